"""`aula media`: new versions of what plays already."""

from pathlib import Path
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Refused
from core.media import Profile
from db.queries import campaigns as queries
from db.queries.campaigns import Filters
from domain import campaigns, versions
from ops.cli.context import platform_settings, transact
from ops.cli.verb import data_option, print_json, print_table, verb


@click.group()
def media() -> None:
    """Encode again what is ready, one asset or many."""


@media.command()
@click.option("--asset", "asset_id", type=click.UUID, help="This asset alone.")
@click.option("--all", "everything", is_flag=True, help="Every asset that is ready: a campaign.")
@click.option("--older-than", "older_than_days", type=click.IntRange(min=0), help="Only streams older than so many days.")
@click.option("--profile", type=click.Choice(["fast", "small"]), default="fast", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many assets.")
@click.option("--reason", default="", help="Shown to other operators.")
@data_option
@verb
def reencode(
    asset_id: UUID | None,
    everything: bool,
    older_than_days: int | None,
    profile: Profile,
    limit: int | None,
    reason: str,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Make a new version in the background; what plays stays until it is whole."""
    if (asset_id is not None) == everything:
        raise Refused("reencode.which", "Name either --asset or --all.")
    if asset_id is not None and (older_than_days is not None or limit is not None):
        raise Refused("reencode.which", "--older-than and --limit go with --all.")
    filters = Filters(older_than_days=older_than_days, limit=limit)

    async def begin(session: AsyncSession) -> UUID:
        if asset_id is not None:
            return await versions.reencode(session, asset_id, profile, reason)
        return (await campaigns.begin(session, None, profile, reason, filters)).id

    begun = transact(platform_settings(data_dir), begin)
    if as_json:
        print_json({"ok": True, "pipeline_id" if asset_id else "campaign_id": begun})
    else:
        click.echo(f"{'Pipeline' if asset_id else 'Campaign'} {begun} is on its way.")


@media.command("campaigns")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--cancel", "cancelled", type=click.UUID, help="Stop this campaign and the versions that it is making.")
@data_option
@verb
def campaigns_(limit: int, cancelled: UUID | None, data_dir: Path, as_json: bool) -> None:
    """The newest campaigns and how far they are."""
    settings = platform_settings(data_dir)
    if cancelled is not None:
        transact(settings, lambda session: campaigns.cancel(session, cancelled))
    found = transact(settings, lambda session: queries.newest(session, limit))
    if as_json:
        print_json({"ok": True, "campaigns": found})
        return
    rows = [(c.id, c.profile, c.reason, c.started, c.open, c.left, f"{c.finished_at or ''}"[:16]) for c in found]
    print_table(["campaign", "profile", "reason", "started", "open", "left", "finished"], rows, "There are no campaigns.")
