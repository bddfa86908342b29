"""The demo course that a new platform gets: its content, as an archive's files, and its first lecture."""
