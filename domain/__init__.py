"""The rules of the platform, and the only writer of its facts."""
