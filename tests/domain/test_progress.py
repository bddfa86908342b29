"""What an owner is told about an asset on its way, from the rows of its jobs."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from core.jobs import JobRequest, JobState
from core.media_jobs import ENCODE_AUDIO, ENCODE_CHUNK, INGEST, INSPECT_SOURCE, OfChunk, OfSound
from db import jobs
from db.models import Asset, AssetState, Job
from db.queries.media import Progress, asset_progress
from db.queries.pipelines import open_pipelines
from domain import media
from tests.support.assets import add_asset

Sessions = async_sessionmaker[AsyncSession]


async def _uploaded(sessions: Sessions) -> UUID:
    async with sessions.begin() as session:
        asset_id = await add_asset(session)
        await media.upload_completed(session, asset_id, key="originals/x/source", size=1)
    return asset_id


async def _progress(sessions: Sessions, asset_id: UUID) -> Progress:
    async with sessions() as session:
        progress = await asset_progress(session, asset_id)
    assert progress is not None
    return progress


async def _claim(sessions: Sessions, asset_id: UUID, kind: str) -> jobs.ClaimedJob:
    async with sessions.begin() as session:
        (pipeline_id,) = await open_pipelines(session, INGEST, asset_id)
        query = select(Job.id).where(Job.pipeline_id == pipeline_id, Job.kind == kind, Job.state == JobState.AVAILABLE)
        job_id = (await session.scalars(query.order_by(Job.id))).first()
        assert job_id is not None
        claimed = await jobs.claim(session, job_id, new_id(), 60.0)
    assert claimed is not None
    return claimed


async def _encoding(sessions: Sessions, asset_id: UUID, chunks: int) -> None:
    """As if the inspection had planned so many chunks and audio."""
    inspection = await _claim(sessions, asset_id, INSPECT_SOURCE.name)
    version_id = new_id()
    async with sessions.begin() as session:
        pipeline_id = inspection.pipeline_id
        requests = [
            JobRequest(ENCODE_CHUNK, OfChunk(asset_id, version_id, n, ("240p",)), pipeline_id=pipeline_id)
            for n in range(chunks)
        ]
        await jobs.add_many(
            session, [*requests, JobRequest(ENCODE_AUDIO, OfSound(asset_id, version_id, "audio"), pipeline_id=pipeline_id)]
        )
        await jobs.complete(session, inspection)
        await session.execute(update(Asset).where(Asset.id == asset_id).values(state=AssetState.PROCESSING))


async def test_nothing_is_known_of_an_asset_that_is_not_there(session_factory: Sessions) -> None:
    async with session_factory() as session:
        assert await asset_progress(session, new_id()) is None


async def test_a_queue_is_told_by_the_videos_ahead(session_factory: Sessions) -> None:
    first, second, third = [await _uploaded(session_factory) for _ in range(3)]
    positions = [(await _progress(session_factory, asset)).queue_position for asset in (first, second, third)]
    assert positions == [1, 2, 3]
    await _claim(session_factory, first, INSPECT_SOURCE.name)
    told = await _progress(session_factory, first)
    assert (told.queue_position, told.stage) == (None, "inspecting")
    told = await _progress(session_factory, third)
    assert (told.queue_position, told.stage, told.percent) == (2, "queued", 0.0)


async def test_many_chunks_of_another_video_are_one_place_in_the_queue(session_factory: Sessions) -> None:
    first, second = [await _uploaded(session_factory) for _ in range(2)]
    for asset_id in (first, second):
        await _encoding(session_factory, asset_id, chunks=4)
    assert (await _progress(session_factory, second)).queue_position == 2


async def test_percent_and_eta_follow_the_encoders(session_factory: Sessions) -> None:
    asset_id = await _uploaded(session_factory)
    await _encoding(session_factory, asset_id, chunks=3)
    assert (await _progress(session_factory, asset_id)).eta_s is None
    done = await _claim(session_factory, asset_id, ENCODE_CHUNK.name)
    half = await _claim(session_factory, asset_id, ENCODE_CHUNK.name)
    async with session_factory.begin() as session:
        await jobs.complete(session, done)
        await session.execute(
            update(Job)
            .where(Job.id.in_([done.id, half.id]))
            .values(started_at=func.now() - timedelta(seconds=60), progress=func.greatest(Job.progress, 0.5))
        )
    told = await _progress(session_factory, asset_id)
    assert told.stage == "encoding"
    assert told.percent == pytest.approx(2 + 92 * 1.5 / 4, abs=0.1)
    # 60 s for three eighths: 100 s for the other five.
    assert told.eta_s == pytest.approx(100, abs=5)
    assert not told.playable
