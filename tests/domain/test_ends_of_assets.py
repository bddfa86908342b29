"""How an asset ends: deleted, cancelled or failed while several things go on at once."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from core.jobs import JobRequest, JobState
from core.media_jobs import (
    DOWNLOAD,
    EARLY,
    ENCODE_CHUNK,
    INGEST,
    MAKE_DOWNLOAD,
    REMOVE_OBJECTS,
    OfChunk,
    OfVersion,
)
from db import jobs
from db.jobs import ClaimedJob
from db.models import Asset, Job
from db.queries.pipelines import open_pipelines
from domain import media
from tests.domain.test_media import INFO, PLAN
from tests.support.assets import add_asset

Sessions = async_sessionmaker[AsyncSession]


async def _inspected(sessions: Sessions) -> tuple[UUID, UUID]:
    async with sessions.begin() as session:
        asset_id = await add_asset(session)
        await media.upload_completed(session, asset_id, key="originals/x/source", size=1000)
    async with sessions.begin() as session:
        return asset_id, await media.inspected(session, asset_id, INFO, PLAN)


async def _running(sessions: Sessions, request: JobRequest) -> ClaimedJob:
    async with sessions.begin() as session:
        job_id = await jobs.add(session, request)
        assert job_id is not None
    async with sessions.begin() as session:
        claimed = await jobs.claim(session, job_id, new_id(), 60.0)
        assert claimed is not None
        return claimed


async def _removals(sessions: Sessions) -> list[JobState]:
    async with sessions() as session:
        query = select(Job.state).where(Job.kind == REMOVE_OBJECTS.name).order_by(Job.id)
        return list(await session.scalars(query))


async def test_an_asset_that_two_pipelines_work_on_can_be_deleted(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    async with session_factory.begin() as session:
        (ingest,) = await open_pipelines(session, INGEST, asset_id)
        download = await jobs.add_pipeline(session, DOWNLOAD, subject_id=asset_id)
    chunk = JobRequest(ENCODE_CHUNK, OfChunk(asset_id, version_id, 0, ("240p",)), pipeline_id=ingest)
    file = JobRequest(MAKE_DOWNLOAD, OfVersion(asset_id, version_id), pipeline_id=download)
    running = [await _running(session_factory, request) for request in (chunk, file)]
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    assert set(await _removals(session_factory)) == {JobState.WAITING}
    for left, job in enumerate(running, start=1):
        async with session_factory.begin() as session:
            await jobs.cancel(session, job)
        # The last to end is followed by one that removes what it left.
        assert (await _removals(session_factory)).count(JobState.WAITING) == len(running) - left
    async with session_factory() as session:
        assert await session.get(Asset, asset_id) is None


async def test_a_head_that_is_still_being_copied_is_given_up_with_its_asset(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    async with session_factory.begin() as session:
        early = await jobs.add_pipeline(session, EARLY, subject_id=asset_id)
    request = JobRequest(ENCODE_CHUNK, OfChunk(asset_id, version_id, 0, ("240p",)), pipeline_id=early)
    head = await _running(session_factory, request)
    async with session_factory.begin() as session:
        await media.cancel_processing(session, asset_id)
    assert await _removals(session_factory) == [JobState.WAITING]
    async with session_factory.begin() as session:
        assert await jobs.fence(session, head) is jobs.Fence.CANCELLED
