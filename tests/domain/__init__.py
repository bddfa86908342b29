"""The rules of the platform."""
