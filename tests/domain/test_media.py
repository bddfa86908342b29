"""Media facts and the jobs that they call for change together, or not at all."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import ErrorKind, Interrupted, Refused, Transient
from core.ids import new_id
from core.jobs import JobRequest, JobState
from core.media import Chunk, MediaInfo, Part, Plan, Rung, Segment
from core.media_jobs import ENCODE_CHUNK, GIVE_UP, INGEST, INSPECT_SOURCE, REMOVE_OBJECTS, OfChunk
from db import jobs
from db.models import Asset, AssetState, Job, PartRow, Version, VersionState
from db.queries import versions
from db.queries.pipelines import open_pipelines
from domain import media
from domain.failures import explain
from tests.support.assets import add_asset, asset_of

Sessions = async_sessionmaker[AsyncSession]

RUNG = Rung(name="240p", width=320, height=240, fps_num=25, fps_den=1, crf=24, max_rate=400_000, level="1.3")
PLAN = Plan(duration_s=4.0, target_duration=4, rungs=(RUNG,), chunks=(Chunk(index=0, start_s=0.0, duration_s=4.0, frames=100),))
INFO = MediaInfo(container="mov,mp4", duration_s=4.0, start_s=0.0, size=1000)


def _part(chunk: int = 0, sha: str = "a" * 64) -> Part:
    segment = Segment(name=f"c{chunk:04d}-x_00000.m4s", duration_s=4.0, size=500)
    return Part(
        track="240p",
        chunk=chunk,
        init_name="init-a.mp4",
        init_sha256=sha,
        codecs="avc1.64000d",
        segments=(segment,),
        frames=100,
    )


async def _jobs(sessions: Sessions) -> dict[str, JobState]:
    async with sessions() as session:
        return {job.kind: job.state for job in await session.scalars(select(Job))}


async def _uploaded(sessions: Sessions) -> UUID:
    async with sessions.begin() as session:
        asset_id = await add_asset(session)
        await media.upload_completed(session, asset_id, key="originals/x/source", size=1000)
    return asset_id


async def _inspected(sessions: Sessions) -> tuple[UUID, UUID]:
    asset_id = await _uploaded(sessions)
    async with sessions.begin() as session:
        return asset_id, await media.inspected(session, asset_id, INFO, PLAN)


async def test_a_complete_upload_and_its_first_job_are_one_fact(session_factory: Sessions) -> None:
    asset_id = await _uploaded(session_factory)
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.size, asset.original_key) == (AssetState.UPLOADED, 1000, "originals/x/source")
    assert await _jobs(session_factory) == {INSPECT_SOURCE.name: JobState.AVAILABLE, GIVE_UP.name: JobState.WAITING}


async def test_an_upload_that_rolls_back_leaves_no_job(session_factory: Sessions) -> None:
    async with session_factory.begin() as session:
        asset_id = await add_asset(session)
    async with session_factory() as session:
        await media.upload_completed(session, asset_id)
        await session.rollback()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.UPLOADING
    assert await _jobs(session_factory) == {}


async def test_a_completion_that_is_reported_twice_counts_once(session_factory: Sessions) -> None:
    asset_id = await _uploaded(session_factory)
    async with session_factory.begin() as session:
        assert await media.upload_completed(session, asset_id) is None
        assert len(await open_pipelines(session, INGEST, asset_id)) == 1


async def test_a_part_with_another_init_segment_does_not_count(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    async with session_factory.begin() as session:
        await media.parts_finished(session, asset_id, version_id, [_part()])
    with pytest.raises(Transient) as caught:
        async with session_factory.begin() as session:
            await media.parts_finished(session, asset_id, version_id, [_part(chunk=1, sha="b" * 64)])
    assert caught.value.code == "media.init_mismatch"
    async with session_factory() as session:
        assert list(await session.scalars(select(PartRow.chunk))) == [0]
        facts = await versions.version_facts(session, version_id)
        assert facts is not None
        assert facts.parts == {"240p": (_part(),)}


async def test_a_part_that_is_reported_twice_counts_once(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    for _ in range(2):
        async with session_factory.begin() as session:
            await media.parts_finished(session, asset_id, version_id, [_part()])
    async with session_factory() as session:
        assert len(list(await session.scalars(select(PartRow)))) == 1


async def test_publishing_again_retires_the_version_before(session_factory: Sessions) -> None:
    asset_id, first = await _inspected(session_factory)
    async with session_factory.begin() as session:
        assert await media.playable(session, asset_id, first)
        assert not await media.playable(session, asset_id, first)
        await media.published(session, asset_id, first)
    async with session_factory.begin() as session:
        asset = await session.get_one(Asset, asset_id)
        asset.state = AssetState.UPLOADED
        second = await media.inspected(session, asset_id, INFO, PLAN)
        await media.published(session, asset_id, second)
    async with session_factory() as session:
        states = {version.id: version.state for version in await session.scalars(select(Version))}
    assert states == {first: VersionState.RETIRED, second: VersionState.LIVE}
    assert (await asset_of(session_factory, asset_id)).live_version_id == second


async def test_a_cancelled_asset_takes_no_more_facts(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    async with session_factory.begin() as session:
        await media.cancel_processing(session, asset_id)
    with pytest.raises(Interrupted):
        async with session_factory.begin() as session:
            await media.parts_finished(session, asset_id, version_id, [_part()])
    asset = await asset_of(session_factory, asset_id)
    assert asset.state is AssetState.CANCELLED
    assert asset.original_key is not None
    assert (await _jobs(session_factory))[INSPECT_SOURCE.name] is JobState.CANCELLED
    with pytest.raises(Refused) as caught:
        async with session_factory.begin() as session:
            await media.cancel_processing(session, asset_id)
    assert caught.value.kind is ErrorKind.CONFLICT


async def test_objects_are_removed_when_the_last_job_that_may_write_some_has_ended(session_factory: Sessions) -> None:
    asset_id, version_id = await _inspected(session_factory)
    async with session_factory.begin() as session:
        (pipeline_id,) = await open_pipelines(session, INGEST, asset_id)
        request = JobRequest(ENCODE_CHUNK, OfChunk(asset_id, version_id, 0, ("240p",)), pipeline_id=pipeline_id)
        chunk = await jobs.add(session, request)
        assert chunk is not None
    async with session_factory.begin() as session:
        running = await jobs.claim(session, chunk, new_id(), 60.0)
        assert running is not None
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    assert (await _jobs(session_factory))[REMOVE_OBJECTS.name] is JobState.WAITING
    async with session_factory() as session:
        assert await session.get(Asset, asset_id) is None
        assert await session.get(Version, version_id) is None
    async with session_factory.begin() as session:
        await jobs.cancel(session, running)
    assert (await _jobs(session_factory))[REMOVE_OBJECTS.name] is JobState.AVAILABLE


async def test_a_failed_asset_can_be_tried_again_unless_its_file_was_refused(session_factory: Sessions) -> None:
    for kind, again in ((ErrorKind.CRASHED, True), (ErrorKind.BAD_MEDIA, False)):
        asset_id = await _uploaded(session_factory)
        async with session_factory.begin() as session:
            (pipeline_id,) = await open_pipelines(session, INGEST, asset_id)
            failure = explain(kind, "media.some_reason", "The file is odd.")
            await media.failed(session, asset_id, failure, pipeline_id=pipeline_id, by=new_id())
        asset = await asset_of(session_factory, asset_id)
        assert (asset.state, asset.failure_code) == (AssetState.FAILED, "media.some_reason")
        assert (asset.failure_message == "The file is odd.") is not again
        async with session_factory.begin() as session:
            if again:
                assert await media.retry(session, asset_id) != pipeline_id
                assert (await session.get_one(Asset, asset_id)).state is AssetState.UPLOADED
            else:
                with pytest.raises(Refused):
                    await media.retry(session, asset_id)
