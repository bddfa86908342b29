"""`aula up`: the whole platform in the foreground."""

import signal
import subprocess
from pathlib import Path
from threading import Event

import rich_click as click
from sqlalchemy.exc import SQLAlchemyError

from core.errors import AulaError
from core.logging import configure_logging
from ops.cli.verb import data_option, print_json, verb
from ops.embedded.platform import Platform

_SIGNALS_SEEN_S = 0.5


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 chooses a free one.")
@click.option(
    "--demo-course/--no-demo-course",
    default=True,
    show_default=True,
    help="Make a course to look at, once: twelve weeks of technical architecture with a short video.",
)
@verb
def up(data_dir: Path, host: str, port: int, demo_course: bool, as_json: bool) -> None:
    """Start PostgreSQL, Redis, API, dispatcher and workers; Ctrl-C stops all of them and nothing else."""
    configure_logging("WARNING")
    stop = Event()
    if not as_json:
        click.echo(f"Starting everything on {data_dir} ...", err=True)
    with Platform(data_dir, host=host, port=port) as platform:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        _furnish(platform, demo_course, as_json)
        # Not one endless wait: the kernel may hand the signal to another thread, and Python runs handlers in this one only.
        while not stop.wait(_SIGNALS_SEEN_S):
            pass
        if not as_json:
            click.echo("\nStopping ...", err=True)


def _furnish(platform: Platform, demo_course: bool, as_json: bool) -> None:
    from ops import first_steps
    from ops.accounts import OPERATOR_EMAIL
    from ops.cli.context import platform_settings, transact

    settings = platform_settings(platform.data_dir)
    password = platform.secrets.operator_password
    transact(settings, lambda session: first_steps.ensure_operator(session, settings, password))
    _say(platform, OPERATOR_EMAIL, password, as_json)
    if not demo_course:
        return
    try:
        course_id = first_steps.ensure_demo_course(settings)
    except (AulaError, SQLAlchemyError, OSError, subprocess.SubprocessError) as error:
        # The platform is of use without it; a Ctrl-C while ffmpeg renders ends here too. The next start tries again.
        click.echo(f"  The demo course could not be made: {error}", err=True)
    else:
        if course_id is not None:
            click.echo("  A demo course is in the catalogue; its video is being encoded.", err=True)


def _say(platform: Platform, email: str, password: str, as_json: bool) -> None:
    if as_json:
        facts = {"ok": True, "url": platform.base_url, "email": email, "password": password, "processes": platform.processes}
        print_json({**facts, "data_dir": str(platform.data_dir)})
        return
    click.echo(f"\n  Aula is up:  {click.style(platform.base_url, bold=True)}")
    click.echo(f"  Sign in as:  {email}  {password}")
    click.echo(f"  API:         {platform.base_url}/schema")
    click.echo(f"  Logs:        {platform.data_dir / 'logs'}")
    click.echo("\n  Ctrl-C stops everything that was started here.\n")
