"""Writes the playlists of a version as far as every track has got; with the last part also their end.

Two of these jobs never run at once for one version (their unique key), and each reads what is committed after it was claimed,
so a playlist never shrinks. Media playlists come first and the master last: a player never follows a reference into nothing.
"""

from collections.abc import Mapping
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

    The parts are read behind the fence, right before they are written down.
    """
    facts = ctx.transaction(lambda session: queries.version_facts(session, of.version_id))
    if facts is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    ended = playlists.complete(facts.parts, facts.plan)
    listed = facts.parts if ended else listable(facts)
    if listed is None:
        return Written(of.asset_id, of.version_id, playable=False, ended=False)
    put_playlists(ctx, facts, listed, ended=ended)
    return Written(of.asset_id, of.version_id, playable=True, ended=ended)


def put_playlists(ctx: StepContext, facts: VersionFacts, listed: Mapping[str, tuple[Part, ...]], *, ended: bool) -> None:
    """Media playlists first; the master when it is new or final.

    Each write first asks behind the fence whether this attempt still counts: one that was frozen meanwhile writes nothing.
    """
    for track, parts in listed.items():
        text = playlists.media_playlist(facts.plan, parts, ended=ended)
        _put(ctx, keys.media_playlist(facts.asset_id, facts.version_id, track), text)
    if ended or not facts.playable:
        master = playlists.master_playlist(facts.plan, listed, keys.MEDIA_PLAYLIST)
        _put(ctx, keys.master(facts.asset_id, facts.version_id), master)


def _put(ctx: StepContext, key: str, text: str) -> None:
    ctx.transaction(_nothing)
    ctx.storage.put_bytes(key, text.encode())


async def _nothing(_: AsyncSession) -> None:
    """The fence is all that is wanted."""


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
