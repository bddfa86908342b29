"""What becomes of a video when a step fails, is cancelled, or is done twice."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import AulaError, BadMedia, Transient
from core.jobs import FINAL_STATES, JobKind, JobState
from core.media_jobs import CHECK_PLAYBACK, ENCODE_AUDIO, ENCODE_CHUNK, MAKE_STILLS, PUBLISH, REMOVE_OBJECTS
from core.settings import Settings
from db import jobs
from db.models import Asset, AssetState, Job
from domain import media
from pipelines.context import StepContext
from pipelines.registry import STEPS
from pipelines.step import Step
from storage import keys
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import NEVER_COPIED, make_numbered, read_numbers
from tests.support.drain import Drain
from tests.support.published import Published, objects
from transcoding.encode_audio import encode_audio
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
Work = Callable[[StepContext, Any], Any]
DrainWith = Callable[..., Drain]


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine and a half seconds of small numbered pictures: two chunks."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    sound = "sine=f=440:r=48000:d=9.5"
    return make_numbered(tools, path, frames=95, rate="10", size=(64, 48), audio=sound, options=NEVER_COPIED)


@pytest.fixture
async def asset_id(session_factory: Sessions, storage: Storage, clip: Path) -> UUID:
    return await upload(session_factory, storage, clip)


@pytest.fixture
async def drain_with(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> DrainWith:
    """A drain in which the work of one kind is done by `alter(real work)`."""

    def make(kind: JobKind | None = None, alter: Callable[[Work], Work] = lambda work: work) -> Drain:
        steps = [
            Step(step.kind, alter(step.work), record=step.record, load=step.load) if step.kind is kind else step
            for step in STEPS
        ]
        return Drain(settings, session_factory, storage, tools, steps)

    return make


async def _jobs(sessions: Sessions, kind: JobKind) -> list[Job]:
    async with sessions() as session:
        return list(await session.scalars(select(Job).where(Job.kind == kind.name).order_by(Job.id)))


async def _all_have_ended(sessions: Sessions) -> bool:
    async with sessions() as session:
        return set(await session.scalars(select(Job.state))) <= FINAL_STATES


async def _published(sessions: Sessions, storage: Storage, asset_id: UUID) -> Published:
    asset = await asset_of(sessions, asset_id)
    assert asset.state is AssetState.READY
    assert asset.live_version_id is not None
    return Published(storage, asset_id, asset.live_version_id)


def _fails(error: AulaError, when: Callable[[StepContext], bool]) -> Callable[[Work], Work]:
    """Work that fails, after it was done, where `when` says so."""

    def alter(real: Work) -> Work:
        def work(ctx: StepContext, inputs: Any) -> Any:
            result = real(ctx, inputs)
            if when(ctx):
                raise error
            return result

        return work

    return alter


async def test_a_failure_after_playable_takes_the_version_away(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    broken = BadMedia("media.undecodable", "The video could not be decoded; the file may be damaged.")
    drain = drain_with(CHECK_PLAYBACK, _fails(broken, lambda _: True))
    await drain.until(lambda job: job.kind == CHECK_PLAYBACK.name)
    assert (await asset_of(session_factory, asset_id)).state is AssetState.PLAYABLE
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.FAILED, "media.undecodable")
    assert asset.failure_message == broken.message
    assert asset.playable_version_id is None
    assert objects(storage) == []
    assert [job.attempt for job in await _jobs(session_factory, CHECK_PLAYBACK)] == [1]
    assert await _all_have_ended(session_factory)


async def test_one_chunk_that_cannot_be_encoded_ends_the_whole(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    broken = BadMedia("media.undecodable", "The video could not be decoded; the file may be damaged.")
    drain = drain_with(ENCODE_CHUNK, _fails(broken, lambda ctx: ctx.job.payload["chunk"] == 0))
    await drain.all()
    assert (await asset_of(session_factory, asset_id)).failure_code == "media.undecodable"
    assert objects(storage) == []
    assert [job.state for job in await _jobs(session_factory, ENCODE_CHUNK)] == [JobState.DISCARDED, JobState.CANCELLED]
    assert await _all_have_ended(session_factory)


async def test_our_own_failure_is_told_as_ours_and_can_be_tried_again(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    drain = drain_with(ENCODE_CHUNK, _fails(Transient("transcode.failed", "ffmpeg failed."), lambda _: True))
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.FAILED, "transcode.failed")
    assert "on our side" in (asset.failure_message or "")
    assert (await _jobs(session_factory, ENCODE_CHUNK))[0].attempt == ENCODE_CHUNK.max_attempts
    assert objects(storage) == [keys.original(asset_id)]
    async with session_factory.begin() as session:
        await media.retry(session, asset_id)
    await drain_with().all()
    published = await _published(session_factory, storage, asset_id)
    assert published.stored() == published.referenced()


async def test_a_cancel_in_the_middle_removes_what_was_made(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    encoding, cancelled = Event(), Event()

    def alter(real: Work) -> Work:
        def work(ctx: StepContext, inputs: Any) -> Any:
            result = real(ctx, inputs)
            encoding.set()
            assert cancelled.wait(60)
            return result

        return work

    drain = drain_with(ENCODE_CHUNK, alter)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    running = asyncio.create_task(drain.until(lambda job: job.kind != ENCODE_CHUNK.name))
    assert await asyncio.to_thread(encoding.wait, 60)
    assert len(objects(storage)) > 1
    async with session_factory.begin() as session:
        await media.cancel_processing(session, asset_id)
    assert [job.state for job in await _jobs(session_factory, REMOVE_OBJECTS)] == [JobState.WAITING]
    cancelled.set()
    await running
    await drain.all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.CANCELLED
    assert objects(storage) == [keys.original(asset_id)]
    assert {job.state for job in await _jobs(session_factory, ENCODE_CHUNK)} == {JobState.CANCELLED}
    assert await _all_have_ended(session_factory)


async def test_a_deleted_asset_leaves_nothing(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    drain = drain_with()
    await drain.until(lambda job: job.kind == MAKE_STILLS.name)
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    await drain.all()
    assert objects(storage) == []
    async with session_factory() as session:
        assert await session.get(Asset, asset_id) is None
    assert await _all_have_ended(session_factory)


async def test_a_stale_attempt_is_never_published(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, tools: Tools, asset_id: UUID, tmp_path: Path
) -> None:
    stored, overtaken = Event(), Event()

    def alter(real: Work) -> Work:
        def work(ctx: StepContext, inputs: Any) -> Any:
            result = real(ctx, inputs)
            if ctx.job.attempt == 1 and ctx.job.payload["chunk"] == 1:
                stored.set()
                assert overtaken.wait(60)
            return result

        return work

    drain = drain_with(ENCODE_CHUNK, alter)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name and job.payload["chunk"] == 1)
    zombie = (await _jobs(session_factory, ENCODE_CHUNK))[1]
    stale = asyncio.create_task(drain.one(zombie.id))
    assert await asyncio.to_thread(stored.wait, 60)
    async with session_factory.begin() as session:
        await session.execute(update(Job).where(Job.id == zombie.id).values(lease_until=Job.created_at))
        await jobs.rescue(session, zombie.id, zombie.pipeline_id, max_crashes=3)
    await drain.until(lambda job: job.kind == PUBLISH.name)
    overtaken.set()
    await stale
    await drain.all()
    published = await _published(session_factory, storage, asset_id)
    assert published.stored() == published.referenced()
    for track in published.tracks:
        if not track.startswith("audio"):
            assert read_numbers(tools, published.joined(track, tmp_path)) == list(range(95))
    assert [job.attempt for job in await _jobs(session_factory, ENCODE_CHUNK)] == [1, 2]


async def test_a_video_without_stills_is_ready_all_the_same(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    drain = drain_with(MAKE_STILLS, _fails(Transient("stills.failed", "No picture."), lambda _: True))
    await drain.all()
    await _published(session_factory, storage, asset_id)
    assert [job.state for job in await _jobs(session_factory, MAKE_STILLS)] == [JobState.DISCARDED]


async def test_a_chunk_with_another_init_segment_is_made_again(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    def alter(real: Work) -> Work:
        def work(ctx: StepContext, inputs: Any) -> Any:
            parts = real(ctx, inputs)
            odd = ctx.job.payload["chunk"] == 1 and ctx.job.attempt == 1
            return [msgspec.structs.replace(part, init_sha256="0" * 64) if odd else part for part in parts]

        return work

    await drain_with(ENCODE_CHUNK, alter).all()
    published = await _published(session_factory, storage, asset_id)
    assert published.stored() == published.referenced()
    first, second = await _jobs(session_factory, ENCODE_CHUNK)
    assert (first.attempt, second.attempt) == (1, 2)
    assert [error["code"] for error in second.errors] == ["media.init_mismatch"]


async def test_audio_goes_on_where_an_earlier_attempt_was_cut_off(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, tools: Tools, asset_id: UUID, tmp_path: Path
) -> None:
    """The first attempt commits its first stretch of two segments and dies in the second."""
    monkey = pytest.MonkeyPatch()

    def alter(real: Work) -> Work:
        def work(ctx: StepContext, inputs: Any) -> Any:
            if ctx.job.attempt == 1:
                monkey.setattr("pipelines.media.encode_audio.encode_audio", partial(_dies_after, 2))
            else:
                monkey.undo()
            return real(ctx, inputs)

        return work

    drain = drain_with(ENCODE_AUDIO, alter)
    await drain.all()
    published = await _published(session_factory, storage, asset_id)
    (audio,) = await _jobs(session_factory, ENCODE_AUDIO)
    assert audio.attempt == 2
    names = [entry.uri for entry in published.playlist("audio").segments]
    assert len({name.split("_")[0] for name in names[:2]}) == 1
    assert names[0].split("_")[0] != names[2].split("_")[0]
    assert [name.split("_")[1] for name in names] == [f"{number:05d}.m4s" for number in range(len(names))]
    assert published.stored() == published.referenced()


def _dies_after(segments: int, *args: Any) -> None:
    """The real encoder, which hands over one stretch of so many segments and fails."""
    *before, on_part, watch = args

    def first_only(part: Any) -> None:
        on_part(msgspec.structs.replace(part, segments=part.segments[:segments]))
        raise Transient("transcode.failed", "ffmpeg failed.")

    encode_audio(*[*before, first_only, watch])


async def test_the_check_sees_a_segment_that_is_gone(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    drain = drain_with()
    await drain.until(lambda job: job.kind == CHECK_PLAYBACK.name)
    asset = await asset_of(session_factory, asset_id)
    assert asset.playable_version_id is not None
    prefix = keys.version_prefix(asset_id, asset.playable_version_id)
    storage.delete(next(info.key for info in storage.list(prefix) if info.key.endswith("_00001.m4s")))
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.FAILED, "media.check_failed")
    assert objects(storage) == [keys.original(asset_id)]


async def test_a_playlist_that_a_frozen_writer_overwrote_is_mended(
    drain_with: DrainWith, session_factory: Sessions, storage: Storage, asset_id: UUID
) -> None:
    drain = drain_with()
    await drain.until(lambda job: job.kind == CHECK_PLAYBACK.name)
    version_id = (await asset_of(session_factory, asset_id)).playable_version_id
    assert version_id is not None
    key = keys.media_playlist(asset_id, version_id, "audio")
    whole = storage.read_bytes(key)
    storage.put_bytes(key, whole.replace(b"#EXT-X-ENDLIST", b""))
    assert storage.read_bytes(key) != whole
    await drain.all()
    (check,) = await _jobs(session_factory, CHECK_PLAYBACK)
    assert (check.state, check.attempt) == (JobState.COMPLETED, 2)
    assert storage.read_bytes(key) == whole
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
