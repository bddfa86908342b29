"""Media facts: the only writer of assets, versions, tracks and parts on their way from an upload to a stream.

Every function takes the caller's session, flushes and never commits. Facts of one asset change under the lock of its row, which
is taken after the locks of its pipeline and jobs. An asset that was cancelled, deleted or has failed takes no further facts: a
job that still brings some is told so by Interrupted.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.course_jobs import RECOUNT, OfCourses
from core.errors import ErrorKind, Interrupted, Refused, Transient
from core.jobs import EdgeCondition, JobRequest
from core.media import AssetOptions, Loudness, MediaInfo, Part, Plan, Stills, TrackKind
from core.media_jobs import (
    BACKGROUND,
    CLEANUP,
    EARLY,
    GIVE_UP,
    INGEST,
    INSPECT_SOURCE,
    OF_ASSET,
    REENCODE,
    REMOVE_OBJECTS,
    NewVersion,
    OfAsset,
    PartialUpload,
    Removal,
)
from db import jobs
from db.models import Asset, AssetState, PartRow, Picture, Pipeline, Track, Version, VersionState
from db.queries import courses, pipelines, versions
from db.queries import media as queries
from domain.failures import Failure
from domain.retirement import retire

CONTENT_KEY_BYTES = 16
"""AES-128."""

_AT_WORK = frozenset({AssetState.UPLOADED, AssetState.PROCESSING, AssetState.PLAYABLE})
_RETRYABLE = frozenset({AssetState.FAILED, AssetState.CANCELLED})


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track that parts will come for. `core`: the asset is not ready without it."""

    name: str
    kind: TrackKind
    core: bool = True
    language: str | None = None
    label: str | None = None


async def upload_completed(
    session: AsyncSession, asset_id: UUID, *, key: str | None = None, size: int | None = None, trace_id: str | None = None
) -> UUID | None:
    """All bytes of the original are in storage: the asset is UPLOADED and its pipeline begins, in the caller's transaction.

    `key` and `size` (bytes) of the original are kept when given. Returns the pipeline's id, None when this was already known.
    """
    asset = await _lock_wanted(session, asset_id)
    if asset.state is not AssetState.UPLOADING:
        return None
    asset.original_key, asset.size = key or asset.original_key, asset.size if size is None else size
    asset.uploaded_at = func.now()
    return await begin(session, asset, NewVersion(asset_id), trace_id)


async def retry(session: AsyncSession, asset_id: UUID, *, trace_id: str | None = None) -> UUID:
    """Begin again with an asset that failed or was cancelled; returns the new pipeline's id.

    Raises Refused `asset.not_found`, or `asset.not_retryable` when it is in another state or its original was removed.
    """
    asset = await _lock_wanted(session, asset_id)
    if asset.state not in _RETRYABLE or asset.original_key is None:
        raise Refused("asset.not_retryable", "This asset can't be processed again.", kind=ErrorKind.CONFLICT)
    asset.failure_code = asset.failure_message = None
    return await begin(session, asset, NewVersion(asset_id), trace_id)


async def begin(session: AsyncSession, asset: Asset, new: NewVersion, trace_id: str | None) -> UUID:
    """A pipeline, its first job, and the one that gives up when a job that matters is discarded; returns the pipeline's id.

    While another version is live nobody waits for this one: everything of it goes behind all first-time work.
    """
    if asset.playable_version_id is None:
        asset.state = AssetState.UPLOADED
    kind, priority = (INGEST, 0) if asset.live_version_id is None else (REENCODE, BACKGROUND)
    pipeline_id = await jobs.add_pipeline(
        session, kind, subject_id=asset.id, owner_id=asset.owner_id, priority=priority, trace_id=trace_id or asset.id.hex
    )
    inspect = await jobs.add(session, JobRequest(INSPECT_SOURCE, new, pipeline_id=pipeline_id))
    assert inspect is not None  # without a unique key a job is always added
    after = ((inspect, EdgeCondition.ON_FAILURE),)
    await jobs.add(session, JobRequest(GIVE_UP, OfAsset(asset.id), pipeline_id=pipeline_id, after=after))
    await session.flush()
    return pipeline_id


async def cancel_processing(session: AsyncSession, asset_id: UUID) -> None:
    """Stop making a stream of the asset and remove what has been made; the original stays, so it can be tried again.

    Raises Refused `asset.not_found`, or `asset.not_processing` when there is nothing to cancel.
    """
    running = await _cancel_pipelines(session, asset_id, INGEST, EARLY)
    asset = await _lock_wanted(session, asset_id)
    if asset.state not in _AT_WORK:
        raise Refused("asset.not_processing", "This asset is not being processed.", kind=ErrorKind.CONFLICT)
    asset.state = AssetState.CANCELLED
    await drop_building(session, asset, after=running)


async def delete_asset(session: AsyncSession, asset_id: UUID) -> None:
    """Forget the asset at once; its objects go when the last job that may still write some has ended.

    Raises Refused `asset.not_found`.
    """
    running = await _cancel_pipelines(session, asset_id, *OF_ASSET)
    # Before the asset, as authors lock them: it is taken out of its lessons.
    await courses.hold_lessons(session, asset_id)
    asset = await _lock_wanted(session, asset_id)
    begun = [upload for upload in await queries.open_uploads(session, asset_id) if upload.storage_state]
    uploads = tuple(PartialUpload(upload.key, upload.storage_state) for upload in begun)
    owner_id = asset.owner_id
    # Who gives the asset to a lesson at this moment comes before, or finds it gone.
    await session.refresh(asset, with_for_update=True)
    await _recount_courses(session, asset_id)
    await session.delete(asset)
    await session.execute(delete(Picture).where(Picture.subject_id == asset_id))
    await session.flush()
    await remove_objects(session, Removal(asset_id, "asset", uploads=uploads), owner_id, after=running)


async def _cancel_pipelines(session: AsyncSession, asset_id: UUID, *kinds: str) -> list[UUID]:
    """Cancel what is under way for the asset in pipelines of those kinds; returns the jobs that still run."""
    running: list[UUID] = []
    for kind in kinds:
        for pipeline_id in await pipelines.open_pipelines(session, kind, asset_id):
            running += await jobs.cancel_pipeline(session, pipeline_id)
    return running


async def remove_objects(session: AsyncSession, removal: Removal, owner_id: UUID | None, after: list[UUID]) -> None:
    """Have objects removed once the jobs `after` have ended, for they may still write some."""
    pipeline_id = await jobs.add_pipeline(session, CLEANUP, subject_id=removal.asset_id, owner_id=owner_id)
    # A job can wait for those of one pipeline: where several are at work, the last to end is followed by a removal, too.
    for ending in await pipelines.by_pipeline(session, after) or [[]]:
        edges = tuple((job_id, EdgeCondition.ON_END) for job_id in ending)
        await jobs.add(session, JobRequest(REMOVE_OBJECTS, removal, pipeline_id=pipeline_id, after=edges))


async def inspected(session: AsyncSession, asset_id: UUID, info: MediaInfo, plan: Plan) -> UUID:
    """Keep what the source is and what will be made of it; returns the id of the new version."""
    asset = await _lock_at_work(session, asset_id)
    if asset.state is AssetState.UPLOADED:
        asset.state = AssetState.PROCESSING
    await keep_source(session, asset, info)
    return await begin_version(session, asset, plan)


async def keep_source(session: AsyncSession, asset: Asset, info: MediaInfo) -> None:
    """Keep what the source of the locked asset is. Courses that show it count how long they take."""
    before, asset.source = asset.source, msgspec.to_builtins(info)
    if before is None or before["duration_s"] != info.duration_s:
        await _recount_courses(session, asset.id)


async def _recount_courses(session: AsyncSession, asset_id: UUID) -> None:
    if found := await courses.showing(session, asset_id):
        await jobs.add(session, JobRequest(RECOUNT, OfCourses(tuple(found))))


async def begin_version(session: AsyncSession, asset: Asset, plan: Plan) -> UUID:
    """A new version of an asset that the caller has locked, with the tracks that the plan names; returns its id."""
    options = msgspec.convert(asset.options, AssetOptions)
    version = Version(
        asset_id=asset.id,
        state=VersionState.BUILDING,
        plan=msgspec.to_builtins(plan),
        content_key=secrets.token_bytes(CONTENT_KEY_BYTES) if options.encrypted else None,
    )
    session.add(version)
    await session.flush()
    tracks = [NewTrack(rung.name, "video") for rung in plan.rungs]
    tracks += [NewTrack(sound.name, "audio", language=sound.language, label=sound.label) for sound in plan.sounds]
    await add_tracks(session, version.id, tracks)
    return version.id


async def add_tracks(session: AsyncSession, version_id: UUID, tracks: Sequence[NewTrack]) -> None:
    """Announce tracks that parts will come for; one that is known already stays as it is."""
    known = {track.name for track in await versions.tracks(session, version_id)}
    session.add_all(Track(version_id=version_id, **asdict(track)) for track in tracks if track.name not in known)
    await session.flush()


async def drop_track(session: AsyncSession, asset_id: UUID, version_id: UUID, name: str) -> None:
    """Forget a track with its parts; the next playlists know nothing of it. Raises Interrupted like all facts."""
    await lock_version(session, asset_id, version_id)
    await session.execute(delete(PartRow).where(PartRow.version_id == version_id, PartRow.track == name))
    await session.execute(delete(Track).where(Track.version_id == version_id, Track.name == name))


async def parts_finished(session: AsyncSession, asset_id: UUID, version_id: UUID, parts: Sequence[Part]) -> None:
    """Keep verified parts; those that are kept already stay, for a progress transaction may be repeated.

    Raises Transient `media.init_mismatch` when an init segment is not the track's: one EXT-X-MAP has to serve all its parts.
    """
    await lock_version(session, asset_id, version_id)
    tracks = {track.name: track for track in await versions.tracks(session, version_id)}
    kept = await versions.kept_parts(session, version_id, {part.chunk for part in parts})
    for part in parts:
        if part.track not in tracks:
            # Dropped meanwhile, because it adds nothing to the ladder.
            continue
        _agree(tracks[part.track], part)
        if (part.track, part.chunk) not in kept:
            session.add(
                PartRow(
                    version_id=version_id,
                    track=part.track,
                    chunk=part.chunk,
                    segments=msgspec.to_builtins(part.segments),
                    duration_s=sum(segment.duration_s for segment in part.segments),
                    size=sum(segment.size for segment in part.segments),
                    frames=part.frames,
                )
            )
    await session.flush()


def _agree(track: Track, part: Part) -> None:
    """The first part of a track decides on its init segment, the others must agree."""
    if track.init_sha256 is None:
        track.init_name, track.init_sha256, track.codecs = part.init_name, part.init_sha256, part.codecs
        track.timescale = part.timescale
    elif (track.init_sha256, track.codecs) != (part.init_sha256, part.codecs):
        raise Transient(
            "media.init_mismatch",
            "A part of the video came out with other decoder settings than the rest.",
            track=part.track,
            chunk=part.chunk,
        )


async def listed(
    session: AsyncSession, asset_id: UUID, version_id: UUID, names: Sequence[str], finished: Sequence[str]
) -> None:
    """Players are told of the tracks `names` from now on; those `finished` will not grow any more."""
    await lock_version(session, asset_id, version_id)
    ours = Track.version_id == version_id
    unlisted = ours & Track.name.in_(names) & Track.listed_at.is_(None)
    await session.execute(update(Track).where(unlisted).values(listed_at=func.now()))
    open_ones = ours & Track.name.in_(finished) & Track.complete_at.is_(None)
    await session.execute(update(Track).where(open_ones).values(complete_at=func.now()))


async def playable(session: AsyncSession, asset_id: UUID, version_id: UUID) -> bool:
    """The version has playlists that a player can start on; True the first time.

    While another version is live, this one waits until it is published.
    """
    asset, _ = await lock_version(session, asset_id, version_id)
    if asset.playable_version_id == version_id or asset.live_version_id is not None:
        return False
    asset.playable_version_id = version_id
    asset.playable_at = func.now()
    if asset.state in _AT_WORK:
        asset.state = AssetState.PLAYABLE
    await session.flush()
    return True


async def loudness_measured(session: AsyncSession, asset_id: UUID, version_id: UUID, sound: str, loudness: Loudness) -> None:
    """Keep what is known of a sound so far; where it is `settled`, nothing more will be made of it."""
    _, version = await lock_version(session, asset_id, version_id)
    version.loudness = version.loudness | {sound: msgspec.to_builtins(loudness)}
    await session.flush()


async def stills_made(session: AsyncSession, asset_id: UUID, version_id: UUID, stills: Stills) -> None:
    """Keep the keys of poster and storyboard."""
    _, version = await lock_version(session, asset_id, version_id)
    version.stills = msgspec.to_builtins(stills)
    await session.flush()


async def published(session: AsyncSession, asset_id: UUID, version_id: UUID) -> None:
    """Flip the live version: from here on new playback sessions get it."""
    asset, version = await lock_version(session, asset_id, version_id)
    if asset.live_version_id not in (None, version_id):
        before = await session.get_one(Version, asset.live_version_id)
        await retire(session, asset, before)
    version.state, version.live_at = VersionState.LIVE, func.now()
    asset.state, asset.ready_at = AssetState.READY, asset.ready_at or func.now()
    asset.live_version_id = asset.playable_version_id = version_id
    await session.flush()


async def replan(session: AsyncSession, asset_id: UUID, *, pipeline_id: UUID, by: UUID) -> UUID:
    """The version that was being made can't be finished by copying: begin again in a new pipeline, with everything encoded.

    What was published of it stays playable until the new version is; its objects go with the retired versions.
    """
    await jobs.cancel_pipeline(session, pipeline_id, spare=by)
    asset = await _lock_at_work(session, asset_id)
    for version in await queries.versions_in(session, asset_id, VersionState.BUILDING):
        await retire(session, asset, version)
    trace_id = (await session.get_one(Pipeline, pipeline_id)).trace_id
    return await begin(session, asset, NewVersion(asset_id, copy=False), trace_id)


async def failed(session: AsyncSession, asset_id: UUID, failure: Failure, *, pipeline_id: UUID, by: UUID) -> None:
    """The asset ends as FAILED, and with it the version that was being made and the rest of the pipeline, but the job `by`.

    An asset that has a live version stays as it is: only the new version was to be.
    """
    running = await jobs.cancel_pipeline(session, pipeline_id, spare=by)
    # The head of what has just been refused may still be being copied.
    running += await _cancel_pipelines(session, asset_id, EARLY)
    asset = await _lock_at_work(session, asset_id)
    whole = asset.live_version_id is None
    if whole:
        asset.state, asset.failure_code, asset.failure_message = AssetState.FAILED, failure.code, failure.message
        if failure.final:
            asset.original_key = None
    await drop_building(session, asset, after=running, original=whole and failure.final)


async def drop_building(session: AsyncSession, asset: Asset, *, after: list[UUID], original: bool = False) -> None:
    """Take the version that was being made out of sight; its objects go once the jobs `after` have ended.

    The asset is locked. `original`: that goes, too.
    """
    dropped = await queries.versions_in(session, asset.id, VersionState.BUILDING)
    if asset.live_version_id is None:
        # Whatever played was half-made: one of these, or one that the fast lane left behind.
        asset.playable_version_id, asset.playable_at = None, None
    for version in dropped:
        version.state = VersionState.FAILED
    await session.flush()
    removal = Removal(asset.id, "versions", tuple(version.id for version in dropped), original=original)
    await remove_objects(session, removal, asset.owner_id, after=after)


async def _lock(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset as it is now, locked until the transaction ends; rows that merely refer to it may still be added."""
    return await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)


async def _lock_wanted(session: AsyncSession, asset_id: UUID) -> Asset:
    asset = await _lock(session, asset_id)
    if asset is None:
        raise Refused("asset.not_found", "There is no such asset.", kind=ErrorKind.NOT_FOUND)
    return asset


async def _lock_at_work(session: AsyncSession, asset_id: UUID) -> Asset:
    asset = await _lock(session, asset_id)
    if asset is None or asset.state not in _AT_WORK | {AssetState.READY}:
        raise Interrupted("media.not_wanted", "The asset is no longer being processed.")
    return asset


async def lock_version(session: AsyncSession, asset_id: UUID, version_id: UUID) -> tuple[Asset, Version]:
    """The asset, locked, and its version, which still takes facts. Raises Interrupted `media.not_wanted` otherwise."""
    asset = await _lock(session, asset_id)
    version = None if asset is None else await session.get(Version, version_id, populate_existing=True)
    open_states = (VersionState.BUILDING, VersionState.LIVE)
    if asset is None or version is None or asset.state in _RETRYABLE or version.state not in open_states:
        raise Interrupted("media.not_wanted", "The version is no longer being made.")
    return asset, version


async def lock_live(session: AsyncSession, asset_id: UUID, version_id: UUID) -> tuple[Asset, Version]:
    """Like `lock_version`, for what is worth making of a live version alone."""
    asset, version = await lock_version(session, asset_id, version_id)
    if version.state is not VersionState.LIVE:
        raise Interrupted("media.not_wanted", "The version is no longer the live one.")
    return asset, version
