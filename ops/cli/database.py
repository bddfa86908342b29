"""`aula db`: the schema."""

from pathlib import Path

import rich_click as click

from db.migrate import upgrade
from ops.cli.context import platform_settings
from ops.cli.verb import data_option, print_json, verb


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command()
@data_option
@verb
def migrate(data_dir: Path, as_json: bool) -> None:
    """Bring the schema to this release's."""
    upgrade(platform_settings(data_dir).database.database_url)
    if as_json:
        print_json({"ok": True})
    else:
        click.echo("The schema is up to date.")
