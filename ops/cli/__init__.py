"""`aula`, the command: one verb per module, loaded when it is asked for."""

from ops.cli.root import main

__all__ = ["main"]
