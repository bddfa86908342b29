"""`aula doctor`: is everything here that the platform needs?"""

from pathlib import Path

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError
from core.settings import Settings
from db.queries import health as queries
from ops.cli.context import platform_settings, transact
from ops.cli.verb import EXIT_FAILED, data_option, print_json, print_table, verb
from ops.diagnosis import Level, examine

_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILED: "red"}


@click.command()
@data_option
@verb
def doctor(data_dir: Path, as_json: bool) -> int:
    """Examine versions, services, ffmpeg, sandbox and disk; exit status 1 when something needed is missing."""
    settings = _settings(data_dir)

    async def version(session: AsyncSession) -> str:
        return await queries.server_version(session)

    def database_version() -> str:
        assert settings is not None
        return transact(settings, version)

    findings = list(examine(settings, data_dir, database_version))
    healthy = all(finding.level is not Level.FAILED for finding in findings)
    if as_json:
        print_json({"ok": healthy, "platform_runs": settings is not None, "findings": findings})
    else:
        rows = [(f.topic, f"[{_COLOURS[f.level]}]{f.level}[/]", f.detail) for f in findings]
        print_table(["topic", "", "detail"], rows, "")
        if settings is None:
            click.echo(f"\nNo platform runs on {data_dir}; its services were not asked.")
    return 0 if healthy else EXIT_FAILED


def _settings(data_dir: Path) -> Settings | None:
    try:
        return platform_settings(data_dir)
    except AulaError as error:
        if error.code == "cli.no_platform":
            return None
        raise
