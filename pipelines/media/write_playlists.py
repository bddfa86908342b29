"""Writes the playlists of a version as far as its tracks have got; with the last part also their end.

Two of these jobs never run at once for one version (their unique key), and each reads what is committed after it was claimed,
so a playlist never shrinks. Media playlists come first and the master last: a player never follows a reference into nothing.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.models import VersionState
from db.queries import versions as queries
from db.queries.versions import VersionFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow
from pipelines.media.listing import Listing, list_tracks, master_tracks
from storage import keys
from transcoding import playlists
from transcoding.dash import dash_manifest
from transcoding.iframes import can_scrub, iframe_playlist

# Relative to the playlist of a track: a player's cookies or signed path serve the key as well.
_KEY_URI = f"../{keys.CONTENT_KEY}"


@dataclass(frozen=True, slots=True)
class Written:
    """What players can fetch now. `listing`: None while there is nothing to start on."""

    of: OfVersion
    listing: Listing | None
    building: bool


def work(ctx: StepContext, of: OfVersion) -> Written:
    """Write what can be listed, if anything can.

    The parts are read behind the fence, right before they are written down.
    """
    facts = ctx.transaction(lambda session: queries.version_facts(session, of.version_id))
    if facts is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    listing = list_tracks(facts)
    if listing is not None:
        put_playlists(ctx, facts, listing)
    return Written(of, listing, facts.state is VersionState.BUILDING)


def put_playlists(ctx: StepContext, facts: VersionFacts, listing: Listing) -> None:
    """Media playlists first, the master last; once they end, also I-frame playlists and the DASH manifest.

    Each write first asks behind the fence whether this attempt still counts: one that was frozen meanwhile writes nothing.
    """
    plan, asset_id, version_id = facts.plan, facts.asset_id, facts.version_id
    for track, parts in listing.tracks.items():
        ended = listing.ended or facts.tracks[track].kind == "text"
        text = playlists.media_playlist(plan, parts, ended=ended, key_uri=_KEY_URI)
        _put(ctx, keys.media_playlist(asset_id, version_id, track), text)
    named = master_tracks(plan, listing.tracks)
    tracks = [
        playlists.MasterTrack(track.name, track.kind, listing.tracks[track.name], track.language, track.label)
        for track in facts.tracks.values()
        if track.name in named
    ]
    plain = listing.ended and facts.content_key is None
    if plain:
        _put_scrubbing(ctx, facts, listing)
        if (manifest := dash_manifest(plan, tracks)) is not None:
            _put(ctx, keys.dash_manifest(asset_id, version_id), manifest)
    iframe_name = keys.IFRAME_PLAYLIST if plain else None
    _put(ctx, keys.master(asset_id, version_id), playlists.master_playlist(plan, tracks, keys.MEDIA_PLAYLIST, iframe_name))


def _put_scrubbing(ctx: StepContext, facts: VersionFacts, listing: Listing) -> None:
    for rung in facts.plan.rungs:
        parts = listing.tracks.get(rung.name, ())
        if can_scrub(rung, parts):
            key = keys.track_file(facts.asset_id, facts.version_id, rung.name, keys.IFRAME_PLAYLIST)
            _put(ctx, key, iframe_playlist(facts.plan, parts))


def _put(ctx: StepContext, key: str, text: str) -> None:
    ctx.transaction(_nothing)
    ctx.storage.put_bytes(key, text.encode())


async def _nothing(_: AsyncSession) -> None:
    """The fence is all that is wanted."""


async def record(session: AsyncSession, job: ClaimedJob, result: Written) -> None:
    """The first playlists make the asset playable, the last ones lead to the check."""
    of, listing = result.of, result.listing
    if listing is None:
        return
    finished = tuple(listing.tracks) if listing.ended else ()
    await media.listed(session, of.asset_id, of.version_id, listing.joined, finished)
    await media.playable(session, of.asset_id, of.version_id)
    if listing.whole and result.building:
        await flow.after_last_playlists(session, job, of.version_id)
