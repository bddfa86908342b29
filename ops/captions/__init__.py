"""An example of a command for automatic captions."""
