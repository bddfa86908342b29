"""A source that left the fast lane half-way, and then can't be encoded either."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import ErrorKind
from core.media import Chunk, MediaInfo, Plan, Rung
from core.media_jobs import GIVE_UP, INGEST, INSPECT_SOURCE
from db.models import AssetState, Job
from db.queries.pipelines import open_pipelines
from domain import media
from domain.failures import explain
from tests.support.assets import add_asset, asset_of

Sessions = async_sessionmaker[AsyncSession]

COPIED = Rung(name="240p", width=320, height=240, fps_num=25, fps_den=1, crf=0, max_rate=400_000, level="1.3", copied=True)
CHUNK = Chunk(index=0, start_s=0.0, duration_s=4.0, frames=100)
PLAN = Plan(duration_s=4.0, target_duration=4, rungs=(COPIED,), chunks=(CHUNK,))
INFO = MediaInfo(container="mov,mp4", duration_s=4.0, start_s=0.0, size=1000)


async def _half_copied(sessions: Sessions) -> tuple[UUID, UUID]:
    """An asset whose copied head plays while everything is to be encoded, and the pipeline that is to do so."""
    async with sessions.begin() as session:
        asset_id = await add_asset(session)
        first = await media.upload_completed(session, asset_id, key="originals/x/source", size=1000)
        version_id = await media.inspected(session, asset_id, INFO, PLAN)
        await media.playable(session, asset_id, version_id)
        assert first is not None
        by = (await session.scalars(select(Job).where(Job.kind == INSPECT_SOURCE.name))).one().id
        again = await media.replan(session, asset_id, pipeline_id=first, by=by)
    assert (await asset_of(sessions, asset_id)).playable_version_id == version_id
    return asset_id, again


async def test_what_fails_after_leaving_the_fast_lane_plays_no_longer_and_can_be_tried_again(session_factory: Sessions) -> None:
    asset_id, pipeline_id = await _half_copied(session_factory)
    async with session_factory.begin() as session:
        kept = select(Job).where(Job.kind == GIVE_UP.name, Job.pipeline_id == pipeline_id)
        by = (await session.scalars(kept)).one().id
        failure = explain(ErrorKind.TRANSIENT, "transcode.failed", "It went wrong.")
        await media.failed(session, asset_id, failure, pipeline_id=pipeline_id, by=by)
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.playable_version_id) == (AssetState.FAILED, None)
    async with session_factory.begin() as session:
        await media.retry(session, asset_id)
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.UPLOADED, None)


async def test_what_is_cancelled_after_leaving_the_fast_lane_can_be_tried_again(session_factory: Sessions) -> None:
    asset_id, _ = await _half_copied(session_factory)
    async with session_factory.begin() as session:
        await media.cancel_processing(session, asset_id)
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.playable_version_id) == (AssetState.CANCELLED, None)
    async with session_factory.begin() as session:
        await media.retry(session, asset_id)
        assert await open_pipelines(session, INGEST, asset_id)
    assert (await asset_of(session_factory, asset_id)).state is AssetState.UPLOADED
