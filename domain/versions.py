"""Further versions of what plays already: re-encodes, the profile `small`, AV1 rungs, and when each is worth its while.

All of it happens in the background, behind every first-time work, and none of it can harm what plays: a re-encode is another
version that takes the place of the live one when it is whole, AV1 rungs join the live version when they are.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.jobs import EdgeCondition, JobRequest
from core.media import AssetOptions, Plan, Profile, Rung
from core.media_jobs import ADD_AV1, AV1, BACKGROUND, GIVE_UP, REENCODE, NewVersion, OfAsset, OfVersion, Removal
from core.settings import MediaSettings
from db import jobs
from db.models import Asset, AssetState, Job, PartRow, Pipeline, Track, Version
from db.queries import pipelines
from db.queries import versions as queries
from domain import media
from domain.failures import Failure
from domain.media import NewTrack

LONGEST_REASON = 200


async def reencode(
    session: AsyncSession, asset_id: UUID, profile: Profile, reason: str, *, trace_id: str | None = None
) -> UUID:
    """Begin another version of a ready asset, in the background; returns the pipeline's id. What plays stays until it is whole.

    Raises Refused `asset.not_found`, `asset.not_ready`, `asset.no_original` and `asset.reencode_running` (all three CONFLICT).
    """
    asset = await _lock(session, asset_id)
    if asset is None:
        raise Refused("asset.not_found", "There is no such asset.", kind=ErrorKind.NOT_FOUND)
    if asset.state is not AssetState.READY:
        raise Refused("asset.not_ready", "Only what is ready can be encoded anew.", kind=ErrorKind.CONFLICT)
    if asset.original_key is None:
        raise Refused("asset.no_original", "The original of this asset is gone.", kind=ErrorKind.CONFLICT)
    if await pipelines.open_pipelines(session, REENCODE, asset_id):
        raise Refused("asset.reencode_running", "Another version of this asset is being made.", kind=ErrorKind.CONFLICT)
    new = NewVersion(asset_id, profile, reason=reason[:LONGEST_REASON])
    return await media.begin(session, asset, new, trace_id)


async def cancel_reencode(session: AsyncSession, asset_id: UUID) -> None:
    """Stop making another version of an asset and remove what there is of it; what plays stays.

    Raises Refused `asset.not_found`, or `asset.no_reencode` (CONFLICT) when there is none.
    """
    running, found = list[UUID](), await pipelines.open_pipelines(session, REENCODE, asset_id)
    for pipeline_id in found:
        running += await jobs.cancel_pipeline(session, pipeline_id)
    asset = await _lock(session, asset_id)
    if asset is None:
        raise Refused("asset.not_found", "There is no such asset.", kind=ErrorKind.NOT_FOUND)
    if not found:
        raise Refused("asset.no_reencode", "No other version of this asset is being made.", kind=ErrorKind.CONFLICT)
    await media.drop_building(session, asset, after=running)


async def settle(session: AsyncSession, asset_id: UUID, settings: MediaSettings, *, by: UUID | None = None) -> None:
    """Begin what is still to be made of an asset: it has just become ready, or what is wanted of it has changed.

    `by`: the pipeline that made it ready, which does not stand in the way.
    """
    asset = await _lock(session, asset_id)
    if asset is not None:
        await _make_more(session, asset, settings, small=True, by=by)


async def watched(session: AsyncSession, asset_id: UUID, settings: MediaSettings) -> None:
    """Count a playback session; the one that makes an asset watched often enough has more made of it."""
    counted = update(Asset).where(Asset.id == asset_id).values(watched=Asset.watched + 1).returning(Asset.watched)
    times = await session.scalar(counted)
    if times in (settings.media_small_watched, settings.media_av1_watched):
        await settle(session, asset_id, settings)


async def gave_up(
    session: AsyncSession, asset_id: UUID, failure: Failure, settings: MediaSettings, *, pipeline_id: UUID, by: UUID
) -> None:
    """A pipeline of the asset has failed for good. Only with its first version the asset itself does."""
    kind = (await session.get_one(Pipeline, pipeline_id)).kind
    if kind == AV1:
        await _drop_av1(session, asset_id, pipeline_id=pipeline_id, by=by)
        return
    await media.failed(session, asset_id, failure, pipeline_id=pipeline_id, by=by)
    asset = await _lock(session, asset_id)
    if kind == REENCODE and asset is not None:
        # What waited for the new version is made of the old one.
        await _make_more(session, asset, settings, small=False, by=pipeline_id)


async def _make_more(session: AsyncSession, asset: Asset, settings: MediaSettings, *, small: bool, by: UUID | None) -> None:
    """First `small`, for it is a version of its own; then AV1 in the version that stays."""
    version = await session.get(Version, asset.live_version_id) if asset.live_version_id else None
    if version is None or asset.state is not AssetState.READY or asset.original_key is None:
        return
    plan = msgspec.convert(version.plan, Plan)
    if not plan.rungs or set(await pipelines.open_pipelines(session, REENCODE, asset.id)) - {by}:
        return
    due = _due(settings.media_small, asset.watched, settings.media_small_watched)
    if small and due and not await queries.has_profile(session, asset.id, "small"):
        await media.begin(session, asset, NewVersion(asset.id, "small", reason="profile small"), None)
        return
    wanted = msgspec.convert(asset.options, AssetOptions).av1
    policy = settings.media_av1 if wanted == "default" else wanted
    has_av1 = any(rung.codec == "av1" for rung in plan.rungs) or await pipelines.is_open(session, AV1, asset.id, version.id)
    if not has_av1 and _due(policy, asset.watched, settings.media_av1_watched):
        await _begin_av1(session, asset, version.id)


def _due(policy: Literal["off", "on", "watched"], watched_times: int, enough: int) -> bool:
    return policy == "on" or (policy == "watched" and watched_times >= enough)


async def _begin_av1(session: AsyncSession, asset: Asset, version_id: UUID) -> None:
    pipeline_id = await jobs.add_pipeline(
        session, AV1, subject_id=asset.id, owner_id=asset.owner_id, priority=BACKGROUND, trace_id=asset.id.hex
    )
    first = await jobs.add(session, JobRequest(ADD_AV1, OfVersion(asset.id, version_id), pipeline_id=pipeline_id))
    assert first is not None  # without a unique key a job is always added
    after = ((first, EdgeCondition.ON_FAILURE),)
    await jobs.add(session, JobRequest(GIVE_UP, OfAsset(asset.id), pipeline_id=pipeline_id, after=after))


async def av1_planned(session: AsyncSession, asset_id: UUID, version_id: UUID, rungs: Sequence[Rung]) -> Plan:
    """The AV1 rungs join the plan of a version, behind the others, and are announced as tracks. Returns the plan.

    Raises Interrupted `media.not_wanted` when the version is not the live one any more.
    """
    _, version = await media.lock_live(session, asset_id, version_id)
    plan = msgspec.convert(version.plan, Plan)
    known = {rung.name for rung in plan.rungs}
    plan = msgspec.structs.replace(plan, rungs=(*plan.rungs, *(rung for rung in rungs if rung.name not in known)))
    version.plan = msgspec.to_builtins(plan)
    await media.add_tracks(session, version_id, [NewTrack(rung.name, "video", core=False) for rung in rungs])
    return plan


async def _drop_av1(session: AsyncSession, asset_id: UUID, *, pipeline_id: UUID, by: UUID) -> None:
    """The version goes on without the AV1 rungs that did not become whole. What players were told of stays."""
    running = await jobs.cancel_pipeline(session, pipeline_id, spare=by)
    first = await pipelines.job_of_kind(session, pipeline_id, ADD_AV1.name)
    payload = (await session.get_one(Job, first)).payload
    asset, version = await media.lock_live(session, asset_id, msgspec.convert(payload, OfVersion).version_id)
    plan = msgspec.convert(version.plan, Plan)
    listed = {track.name for track in await queries.tracks(session, version.id) if track.listed_at is not None}
    gone = [rung.name for rung in plan.rungs if rung.codec == "av1" and rung.name not in listed]
    kept = tuple(rung for rung in plan.rungs if rung.name not in gone)
    version.plan = msgspec.to_builtins(msgspec.structs.replace(plan, rungs=kept))
    await session.execute(delete(PartRow).where(PartRow.version_id == version.id, PartRow.track.in_(gone)))
    await session.execute(delete(Track).where(Track.version_id == version.id, Track.name.in_(gone)))
    if gone:
        removal = Removal(asset_id, "files", (version.id,), files=tuple(f"{name}/" for name in gone))
        await media.remove_objects(session, removal, asset.owner_id, after=running)


async def _lock(session: AsyncSession, asset_id: UUID) -> Asset | None:
    return await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
