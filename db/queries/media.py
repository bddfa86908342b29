"""Reads of media facts for the API: how far an asset is on its way, and what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, distinct, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobState
from core.media_jobs import (
    CHECK_PLAYBACK,
    ENCODE_AUDIO,
    ENCODE_CHUNK,
    INGEST,
    INSPECT_SOURCE,
    NORMALISE_AUDIO,
    PUBLISH,
)
from db.models import Asset, AssetState, Job, Pipeline, Upload, Version, VersionState

# How much of the whole each stage is, in percent; the encoders take nearly all of the time.
_INSPECT, _ENCODE, _CHECK, _PUBLISH = 2.0, 92.0, 4.0, 2.0
_ENCODERS = (ENCODE_CHUNK.name, ENCODE_AUDIO.name, NORMALISE_AUDIO.name)
# Before this much is encoded, the time that is left is a guess.
_ETA_FROM = 0.02


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an asset is. `stage`: uploading, queued, inspecting, encoding, finishing, done, failed or cancelled."""

    state: AssetState
    stage: str
    percent: float
    """0 to 100."""
    eta_s: float | None
    """Seconds until it is ready, once that can be said."""
    queue_position: int | None
    """1 is next; None when something runs or nothing waits for a slot."""
    playable: bool
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """The jobs of one kind in a pipeline, together. `done` counts the running ones by their fraction."""

    total: int
    done: float
    running: int
    started_at: datetime | None


_NONE = _Kind(0, 0.0, 0, None)


async def asset_progress(session: AsyncSession, asset_id: UUID) -> Progress | None:
    """The progress of an asset, None when there is no such asset. Three short reads, however long the video."""
    asset = (
        await session.execute(
            select(
                Asset.state, Asset.playable_version_id, Asset.failure_code, Asset.failure_message, func.now().label("now")
            ).where(Asset.id == asset_id)
        )
    ).one_or_none()
    if asset is None:
        return None
    kinds: dict[str, _Kind] = {}
    pipeline_id = await _newest_pipeline(session, asset_id)
    if pipeline_id is not None:
        kinds = await _kinds(session, pipeline_id)
    waits = pipeline_id is not None and asset.state in _AT_WORK and not any(kind.running for kind in kinds.values())
    position = await _queue_position(session, pipeline_id) if waits and pipeline_id is not None else None
    return Progress(
        state=asset.state,
        stage=_stage(asset.state, kinds),
        percent=_percent(asset.state, kinds),
        eta_s=_eta(asset.state, kinds, asset.now),
        queue_position=position,
        playable=asset.playable_version_id is not None,
        error_code=asset.failure_code,
        error_message=asset.failure_message,
    )


_AT_WORK = (AssetState.UPLOADED, AssetState.PROCESSING, AssetState.PLAYABLE)


async def _newest_pipeline(session: AsyncSession, asset_id: UUID) -> UUID | None:
    query = select(Pipeline.id).where(Pipeline.subject_id == asset_id, Pipeline.kind == INGEST)
    found: UUID | None = await session.scalar(query.order_by(Pipeline.id.desc()).limit(1))
    return found


async def _kinds(session: AsyncSession, pipeline_id: UUID) -> dict[str, _Kind]:
    done = case((Job.state == JobState.COMPLETED, 1.0), (Job.state == JobState.RUNNING, Job.progress), else_=0.0)
    rows = await session.execute(
        select(
            Job.kind,
            func.count(),
            func.sum(done),
            func.count().filter(Job.state == JobState.RUNNING),
            func.min(Job.started_at),
        )
        .where(Job.pipeline_id == pipeline_id)
        .group_by(Job.kind)
    )
    return {kind: _Kind(total, float(done_), running, started) for kind, total, done_, running, started in rows}


def _fraction(kinds: dict[str, _Kind], *names: str) -> float:
    """The done fraction of all jobs of these kinds together; 0 before there is one."""
    found = [kinds.get(name, _NONE) for name in names]
    total = sum(kind.total for kind in found)
    return sum(kind.done for kind in found) / total if total else 0.0


def _encoded(kinds: dict[str, _Kind]) -> float:
    return _fraction(kinds, *_ENCODERS)


def _percent(state: AssetState, kinds: dict[str, _Kind]) -> float:
    if state is AssetState.READY:
        return 100.0
    return round(
        _INSPECT * _fraction(kinds, INSPECT_SOURCE.name)
        + _ENCODE * _encoded(kinds)
        + _CHECK * _fraction(kinds, CHECK_PLAYBACK.name)
        + _PUBLISH * _fraction(kinds, PUBLISH.name),
        1,
    )


def _stage(state: AssetState, kinds: dict[str, _Kind]) -> str:
    ended = {
        AssetState.UPLOADING: "uploading",
        AssetState.READY: "done",
        AssetState.FAILED: "failed",
        AssetState.CANCELLED: "cancelled",
    }
    if state in ended:
        return ended[state]
    if state is AssetState.UPLOADED:
        return "inspecting" if kinds.get(INSPECT_SOURCE.name, _NONE).running else "queued"
    if _encoded(kinds) < 1.0:
        started = [kinds[name].started_at for name in _ENCODERS if name in kinds]
        return "encoding" if any(started) else "queued"
    return "finishing"


def _eta(state: AssetState, kinds: dict[str, _Kind], now: datetime) -> float | None:
    """What is left at the pace so far, counted from when the first encoder of this asset started."""
    fraction = _encoded(kinds)
    began = [kinds[name].started_at for name in _ENCODERS if name in kinds]
    starts = [moment for moment in began if moment is not None]
    if state not in _AT_WORK or fraction < _ETA_FROM or not starts:
        return None
    return round((now - min(starts)).total_seconds() * (1.0 - fraction) / fraction, 1)


async def _queue_position(session: AsyncSession, pipeline_id: UUID) -> int | None:
    """How many pipelines have a job ahead of this one's first due job in its queue, plus one."""
    order = (Job.priority, Job.run_at, Job.id)
    first = (
        await session.execute(
            select(Job.queue, *order)
            .where(Job.pipeline_id == pipeline_id, Job.state == JobState.AVAILABLE)
            .order_by(*order)
            .limit(1)
        )
    ).one_or_none()
    if first is None:
        return None
    ahead = select(func.count(distinct(func.coalesce(Job.pipeline_id, Job.id)))).where(
        Job.state == JobState.AVAILABLE,
        Job.queue == first.queue,
        Job.pipeline_id.is_distinct_from(pipeline_id),
        tuple_(*order) < tuple_(first.priority, first.run_at, first.id),
    )
    return 1 + (await session.scalar(ahead) or 0)


async def versions_in(session: AsyncSession, asset_id: UUID, state: VersionState) -> Sequence[Version]:
    """The versions of an asset that are in `state`."""
    return (await session.scalars(select(Version).where(Version.asset_id == asset_id, Version.state == state))).all()


async def open_uploads(session: AsyncSession, asset_id: UUID) -> Sequence[Upload]:
    """Uploads of the asset that were never completed."""
    query = select(Upload).where(Upload.asset_id == asset_id, Upload.completed_at.is_(None))
    return (await session.scalars(query)).all()
