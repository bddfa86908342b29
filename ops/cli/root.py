"""The root of the command: which verb is in which module."""

import sys
from importlib import import_module

import rich_click as click

# Name -> module and function; the order is that of the help page.
_VERBS = {
    "up": "ops.cli.up:up",
    "demo": "ops.cli.demo:demo",
    "doctor": "ops.cli.doctor:doctor",
    "ingest": "ops.cli.ingest:ingest",
    "media": "ops.cli.media:media",
    "pipeline": "ops.cli.pipeline:pipeline",
    "queue": "ops.cli.queue:queue",
    "user": "ops.cli.user:user",
    "db": "ops.cli.database:database",
    "api": "ops.cli.serve:api",
    "worker": "ops.cli.serve:worker",
    "dispatcher": "ops.cli.serve:dispatcher",
}


class _Verbs(click.RichGroup):
    """Imports a verb's module only when the verb is used: `aula worker` must not pay for `aula demo`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, _, name = _VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def root() -> None:
    """Aula: a self-hosted learning platform around a durable media pipeline.

    Exit status: 0 done, 1 refused or failed, 2 wrong usage or settings, 130 interrupted.
    """


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(root(standalone_mode=True))
