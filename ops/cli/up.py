"""`aula up`: the whole platform in the foreground."""

import asyncio
import signal
import subprocess
import tempfile
from pathlib import Path
from threading import Event
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError
from core.logging import configure_logging
from core.settings import Settings
from db.queries import assets as queries
from ops import accounts
from ops.cli.context import platform_settings, transact
from ops.cli.verb import data_option, print_json, verb
from ops.embedded.platform import Platform
from ops.intake import bring_in


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 chooses a free one.")
@click.option(
    "--demo-asset/--no-demo-asset", default=True, show_default=True, help="Bring in a short lecture when there is nothing yet."
)
@verb
def up(data_dir: Path, host: str, port: int, demo_asset: bool, as_json: bool) -> None:
    """Start PostgreSQL, Redis, API, dispatcher and workers; Ctrl-C stops all of them and nothing else."""
    configure_logging("WARNING")
    stop = Event()
    if not as_json:
        click.echo(f"Starting everything on {data_dir} ...", err=True)
    with Platform(data_dir, host=host, port=port) as platform:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        settings = platform_settings(platform.data_dir)
        password = platform.secrets.operator_password
        operator_id = transact(settings, lambda session: accounts.ensure_operator(session, settings.api, password))
        _say(platform, as_json)
        if demo_asset and not transact(settings, lambda session: _has_assets(session, operator_id)):
            _bring_in_lecture(settings)
        stop.wait()
        if not as_json:
            click.echo("\nStopping ...", err=True)


def _say(platform: Platform, as_json: bool) -> None:
    email, password = accounts.OPERATOR_EMAIL, platform.secrets.operator_password
    if as_json:
        facts = {"ok": True, "url": platform.base_url, "email": email, "password": password, "processes": platform.processes}
        print_json({**facts, "data_dir": str(platform.data_dir)})
        return
    click.echo(f"\n  Aula is up:  {click.style(platform.base_url, bold=True)}")
    click.echo(f"  Sign in as:  {email}  {password}")
    click.echo(f"  API:         {platform.base_url}/schema")
    click.echo(f"  Logs:        {platform.data_dir / 'logs'}")
    click.echo("\n  Ctrl-C stops everything that was started here.\n")


async def _has_assets(session: AsyncSession, operator_id: UUID) -> bool:
    return bool(await queries.visible_to(session, operator_id, everything=True, before=None, limit=1))


def _bring_in_lecture(settings: Settings) -> None:
    from ops.demo.lecture.render import render_lecture
    from transcoding.tools import find_tools

    try:
        with tempfile.TemporaryDirectory(prefix="aula-up-") as folder:
            lecture = render_lecture(find_tools(settings.media).ffmpeg, Path(folder) / "lecture.mp4")
            asset_id = asyncio.run(bring_in(settings, lecture, accounts.OPERATOR_EMAIL, "A first lecture"))
    except (AulaError, OSError, subprocess.CalledProcessError) as error:
        # The platform is of use without it; a Ctrl-C while ffmpeg renders ends here too.
        click.echo(f"  The demo lecture could not be made: {error}", err=True)
    else:
        click.echo(f"  A first lecture is being encoded: asset {asset_id}", err=True)
