"""Writes the playlists of a version as far as every track has got; with the last part also their end.

Two of these jobs never run at once for one version (their unique key), and each reads what is committed after it was claimed,
so a playlist never shrinks. Media playlists come first and the master last: a player never follows a reference into nothing.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Part
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import VersionFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow
from storage import keys
from transcoding import playlists

# A player that meets a playlist with one segment stalls at its edge; hls page, rule 2.
MIN_SEGMENTS = 2


@dataclass(frozen=True, slots=True)
class Written:
    """What players can fetch now."""

    asset_id: UUID
    version_id: UUID
    playable: bool
    ended: bool


def work(ctx: StepContext, of: OfVersion) -> Written:
    """Write what can be listed, if anything can.

    The parts are read behind the fence, right before they are written down: a worker that was frozen and comes back later than
    its successor writes nothing.
    """
    facts = ctx.transaction(lambda session: queries.version_facts(session, of.version_id))
    if facts is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    ended = playlists.complete(facts.parts, facts.plan)
    listed = facts.parts if ended else listable(facts)
    if listed is None:
        return Written(of.asset_id, of.version_id, playable=False, ended=False)
    for track, parts in listed.items():
        ctx.check()
        text = playlists.media_playlist(facts.plan, parts, ended=ended)
        ctx.storage.put_bytes(keys.media_playlist(of.asset_id, of.version_id, track), text.encode())
    if ended or not facts.playable:
        text = playlists.master_playlist(facts.plan, listed, keys.MEDIA_PLAYLIST)
        ctx.storage.put_bytes(keys.master(of.asset_id, of.version_id), text.encode())
    return Written(of.asset_id, of.version_id, playable=True, ended=ended)


def listable(facts: VersionFacts) -> dict[str, tuple[Part, ...]] | None:
    """The longest common prefix of all tracks; None while it is too short for a player to start on."""
    listed = playlists.common_prefix(facts.parts)
    enough = all(sum(len(part.segments) for part in parts) >= MIN_SEGMENTS for parts in listed.values())
    return listed if enough else None


async def record(session: AsyncSession, job: ClaimedJob, result: Written) -> None:
    """The first playlists make the asset playable, the last ones lead to the check."""
    if result.playable:
        await media.playable(session, result.asset_id, result.version_id)
    if result.ended:
        await media.tracks_finished(session, result.asset_id, result.version_id)
        await flow.after_last_playlists(session, job, result.version_id)
