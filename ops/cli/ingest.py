"""`aula ingest`: bring a file in without the page."""

import asyncio
from pathlib import Path
from uuid import UUID

import rich_click as click
from rich.console import Console
from rich.progress import Progress, TaskID

from core.settings import Settings
from db.models import AssetState
from db.queries import media as queries
from db.session import make_engine, make_session_factory
from ops.accounts import OPERATOR_EMAIL
from ops.cli.context import platform_settings
from ops.cli.verb import EXIT_FAILED, data_option, print_json, verb
from ops.intake import bring_in

_ENDS = frozenset({AssetState.READY, AssetState.FAILED, AssetState.CANCELLED})
_LOOK_EVERY_S = 0.5


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", help="Default: the file's name.")
@click.option("--owner", default=OPERATOR_EMAIL, show_default=True, help="E-mail address of an instructor.")
@click.option("--wait", is_flag=True, help="Wait until it is ready; exit status 1 when it fails.")
@data_option
@verb
def ingest(file: Path, title: str | None, owner: str, wait: bool, data_dir: Path, as_json: bool) -> int:
    """Upload FILE and begin its pipeline."""
    settings = platform_settings(data_dir)
    with Progress(console=Console(stderr=True), disable=as_json, transient=True) as bars:
        bar = bars.add_task("uploading", total=1.0)
        asset_id = asyncio.run(
            bring_in(settings, file, owner, title or file.stem, lambda fraction: bars.update(bar, completed=fraction))
        )
        seen = asyncio.run(_follow(settings, asset_id, bars, bar)) if wait else None
    if as_json:
        print_json({"ok": seen is None or seen.state is AssetState.READY, "asset_id": asset_id, "progress": seen})
    else:
        click.echo(f"{asset_id} {'uploaded' if seen is None else seen.state.value}")
        if seen is not None and seen.error_message:
            click.echo(seen.error_message, err=True)
    return 0 if seen is None or seen.state is AssetState.READY else EXIT_FAILED


async def _follow(settings: Settings, asset_id: UUID, bars: Progress, bar: TaskID) -> queries.Progress | None:
    engine = make_engine(settings.database, application_name="aula-cli", profile="api")
    sessions = make_session_factory(engine)
    try:
        while True:
            async with sessions() as session:
                seen = await queries.asset_progress(session, asset_id)
            if seen is None or seen.state in _ENDS:
                return seen
            bars.update(bar, description=seen.stage, completed=seen.percent / 100)
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await engine.dispose()
