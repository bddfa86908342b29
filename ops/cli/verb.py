"""What all verbs share: --json, --data, errors as exit statuses, output for people or for programs."""

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import rich_click as click

from core.errors import AulaError
from core.settings import BadSettings

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

data_option = click.option(
    "--data",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".aula"),
    envvar="AULA_DATA_DIR",
    show_default=True,
    help="Data directory of the embedded platform.",
)


def verb(function: Callable[..., Any]) -> Callable[..., None]:
    """Give a verb `--json` (as `as_json`) and turn its errors into an exit status; what it returns is one, None means 0."""

    @click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object (the last line) and nothing else to standard output."
    )
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, **options: Any) -> None:
        # `kill` ends a verb as Ctrl-C does: through its finally blocks.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            sys.exit(function(*args, as_json=as_json, **options))
        except AulaError as error:
            fail(error, as_json)
        except KeyboardInterrupt:
            sys.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:
            # The reader of our output has gone (`aula ... | head`); nothing more can be said.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_FAILED)

    return run


def fail(error: AulaError, as_json: bool) -> NoReturn:
    """Report an error and exit."""
    if as_json:
        print_json({"ok": False, "error": {"code": error.code, "message": error.message}})
    click.echo(f"{click.style('error', fg='red', bold=True)}: {error.message} ({error.code})", err=True)
    sys.exit(EXIT_USAGE if isinstance(error, BadSettings) else EXIT_FAILED)


def print_json(value: Any) -> None:
    """One line of JSON; dataclasses, ids and moments included."""
    click.echo(msgspec.json.encode(value).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table for people, or the sentence `empty`."""
    from rich.console import Console
    from rich.table import Table

    # Ids are there to be copied: whatever else is squeezed, the first column is not, and into a pipe nothing is.
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
    console.print(table if table.row_count else empty)
