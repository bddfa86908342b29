"""The way of a video, from a complete upload to a published stream: real PostgreSQL, storage and ffmpeg, no HTTP."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.jobs import FINAL_STATES, JobState
from core.media_jobs import (
    ANNOUNCE,
    ENCODE_AUDIO,
    ENCODE_CHUNK,
    GIVE_UP,
    INGEST,
    INSPECT_SOURCE,
    NORMALISE_AUDIO,
    WRITE_PLAYLISTS,
)
from core.settings import Settings
from db.models import AssetState, Job, Version
from db.queries import ops
from db.queries.media import asset_progress
from pipelines.media.playlist_reader import read_media
from storage import open_storage
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import AAC, FAST_H264, NEVER_COPIED, make_clip, make_numbered, read_numbers
from tests.support.drain import Drain
from tests.support.published import Published, objects
from tests.support.s3 import S3Server, running_s3
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def drain(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> Drain:
    return Drain(settings, session_factory, storage, tools)


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds with numbered frames and a tone: two chunks, three segments."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_numbered(tools, path, frames=225, audio="sine=f=440:r=48000:d=9", options=NEVER_COPIED)


@pytest.fixture(scope="session")
def long_clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of small pictures: four chunks."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    return make_numbered(
        tools, path, frames=320, rate="10", size=(64, 48), audio="sine=f=440:r=48000:d=32", options=NEVER_COPIED
    )


@pytest.fixture(scope="module")
def s3_server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture
async def asset_id(session_factory: Sessions, storage: Storage, clip: Path) -> UUID:
    return await upload(session_factory, storage, clip)


async def _published(sessions: Sessions, storage: Storage, asset_id: UUID) -> Published:
    asset = await asset_of(sessions, asset_id)
    assert asset.playable_version_id is not None
    return Published(storage, asset_id, asset.playable_version_id)


async def _jobs(sessions: Sessions) -> list[Job]:
    async with sessions() as session:
        return list(await session.scalars(select(Job).order_by(Job.id)))


async def test_a_video_becomes_a_stream(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, asset_id: UUID, tmp_path: Path
) -> None:
    history = await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert asset.state is AssetState.READY
    assert asset.live_version_id == asset.playable_version_id is not None
    published = await _published(session_factory, storage, asset_id)
    rungs = [track for track in published.tracks if not track.startswith("audio")]
    assert rungs
    for rung in rungs:
        assert read_numbers(tools, published.joined(rung, tmp_path)) == list(range(225))
    for track in published.tracks:
        playlist = published.playlist(track)
        assert playlist.ended
        assert sum(entry.duration_s for entry in playlist.segments) == pytest.approx(9, abs=0.1)
    assert published.stored() == published.referenced()
    async with session_factory() as session:
        version = await session.get_one(Version, published.version_id)
    assert version.stills is not None
    assert all(storage.stat(version.stills[name]) for name in ("poster", "storyboard", "storyboard_vtt"))
    assert history.count(ENCODE_CHUNK.name) == 2
    assert history[-1] in (ANNOUNCE.name, "media.remove_objects")
    assert all(job.attempt == 1 for job in await _jobs(session_factory) if job.state is JobState.COMPLETED)
    assert list(drain.scratch.iterdir()) == []


async def test_three_steps_lie_on_the_way_to_the_first_playable_frame(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_clip(tools, tmp_path / "short.mp4", seconds=3, options=(*FAST_H264, *NEVER_COPIED, *AAC))
    asset_id = await upload(session_factory, storage, source)
    encoders = [INSPECT_SOURCE.name, ENCODE_AUDIO.name, ENCODE_CHUNK.name]
    way = await drain.until(lambda job: job.kind not in (*encoders, WRITE_PLAYLISTS.name))
    assert [kind for kind in way if kind != WRITE_PLAYLISTS.name] == encoders
    assert way[-1] == WRITE_PLAYLISTS.name
    assert (await asset_of(session_factory, asset_id)).state is AssetState.PLAYABLE


async def test_playlists_only_grow_and_end_once(
    drain: Drain, session_factory: Sessions, storage: Storage, long_clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, long_clip)
    seen: list[dict[str, str]] = []
    while await _next_playlists(drain):
        if (await asset_of(session_factory, asset_id)).playable_version_id is None:
            continue
        published = await _published(session_factory, storage, asset_id)
        seen.append({track: published.text(track) for track in published.listed})
        for name in published.referenced():
            assert name in published.stored()
    assert len(seen) >= 3
    for earlier, later in pairwise(seen):
        assert all(later[track].startswith(text.removesuffix("#EXT-X-ENDLIST\n")) for track, text in earlier.items())
    for texts in seen:
        for text in texts.values():
            assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
            assert "#EXT-X-START:TIME-OFFSET=0.001" in text
            assert sum(entry.duration_s for entry in read_media(text).segments) >= 3.9
        assert len({"#EXT-X-ENDLIST" in text for text in texts.values()}) == 1
    ended = ["#EXT-X-ENDLIST" in next(iter(texts.values())) for texts in seen]
    assert ended == sorted(ended)
    assert (ended[0], ended[-1]) == (False, True)


async def _next_playlists(drain: Drain) -> list[str]:
    """Run up to and with the next write of playlists; empty when there is none left."""
    wrote = len(drain.history)
    await drain.until(lambda job: drain.history[wrote:][-1:] == [WRITE_PLAYLISTS.name])
    return drain.history[wrote:] if WRITE_PLAYLISTS.name in drain.history[wrote:] else []


async def test_jobs_of_one_video_may_run_side_by_side(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, long_clip: Path, tmp_path: Path
) -> None:
    asset_id = await upload(session_factory, storage, long_clip)
    await drain.all(at_once=4)
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    published = await _published(session_factory, storage, asset_id)
    for track in published.tracks:
        if not track.startswith("audio"):
            assert read_numbers(tools, published.joined(track, tmp_path)) == list(range(320))


@pytest.mark.parametrize(
    ("name", "video", "audio", "tracks"),
    [
        ("silent.mp4", "testsrc2=s=160x120:r=25", None, 1),
        ("sound.m4a", None, "sine=f=440:r=44100", 1),
        ("broadcast.ts", "testsrc2=s=160x120:r=25", "sine=f=440:r=48000", 2),
        ("portrait.mkv", "testsrc2=s=90x162:r=30", "sine=f=440:r=48000", 2),
    ],
)
async def test_other_sources_become_streams_too(
    drain: Drain,
    session_factory: Sessions,
    storage: Storage,
    tools: Tools,
    tmp_path: Path,
    name: str,
    video: str | None,
    audio: str | None,
    tracks: int,
) -> None:
    asset_id = await upload(session_factory, storage, make_clip(tools, tmp_path / name, video=video, audio=audio, seconds=5))
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.READY, None)
    published = await _published(session_factory, storage, asset_id)
    assert len(published.tracks) >= tracks
    for track in published.tracks:
        assert sum(entry.duration_s for entry in published.playlist(track).segments) == pytest.approx(5, abs=0.2)
    assert not list(drain.cached())


@pytest.fixture
def refused(clip: Path, tmp_path: Path) -> dict[str, Path]:
    """Files that are no video, by name."""
    files = {
        "empty.mp4": b"",
        "text.mp4": b"This is no video, whatever its name says.\n" * 40,
        "list.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "cut.mp4": clip.read_bytes()[: clip.stat().st_size // 2],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in files}


async def test_a_refused_file_fails_at_once_and_leaves_nothing(
    drain: Drain, session_factory: Sessions, storage: Storage, refused: dict[str, Path]
) -> None:
    codes = {}
    for name, path in refused.items():
        asset_id = await upload(session_factory, storage, path)
        history = await drain.all()
        assert history == [INSPECT_SOURCE.name, GIVE_UP.name, "media.remove_objects"]
        asset = await asset_of(session_factory, asset_id)
        assert asset.state is AssetState.FAILED
        assert asset.failure_message
        codes[name] = asset.failure_code
        async with session_factory() as session:
            progress = await asset_progress(session, asset_id)
        assert progress is not None
        assert (progress.stage, progress.error_code, progress.playable) == ("failed", asset.failure_code, False)
    assert codes["empty.mp4"] == "media.empty"
    assert codes["text.mp4"] == codes["list.mp4"] == "media.not_a_video"
    assert codes["cut.mp4"] == "media.truncated"
    assert objects(storage) == []
    assert list(drain.scratch.iterdir()) == []
    assert {job.attempt for job in await _jobs(session_factory) if job.kind == INSPECT_SOURCE.name} == {1}


async def test_every_job_of_a_finished_way_has_ended(drain: Drain, session_factory: Sessions, asset_id: UUID) -> None:
    await drain.all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    states = {job.kind: job.state for job in await _jobs(session_factory)}
    assert set(states.values()) <= FINAL_STATES
    assert states[GIVE_UP.name] is JobState.CANCELLED


async def test_a_source_in_an_object_store_is_fetched_once_and_not_kept(
    settings_with: Callable[..., Settings], session_factory: Sessions, s3_server: S3Server, tools: Tools, long_clip: Path
) -> None:
    settings = settings_with(storage_url=s3_server.url("way"))
    storage = open_storage(settings.storage)
    drain = Drain(settings, session_factory, storage, tools)
    asset_id = await upload(session_factory, storage, long_clip)
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    assert [source.name for source in drain.cached()] == [str(asset_id)]
    await drain.all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    published = await _published(session_factory, storage, asset_id)
    assert published.stored() == published.referenced()
    assert not list(drain.cached())


async def test_too_little_scratch_space_puts_the_work_off(
    settings_with: Callable[..., Settings], session_factory: Sessions, storage: Storage, tools: Tools, asset_id: UUID
) -> None:
    crowded = Drain(settings_with(scratch_factor=1e15), session_factory, storage, tools)
    await crowded.one((await _jobs(session_factory))[0].id)
    inspection = (await _jobs(session_factory))[0]
    assert (inspection.state, inspection.attempt) == (JobState.RETRYABLE, 0)
    assert [error["code"] for error in inspection.errors] == ["media.no_scratch_space"]
    assert (await asset_of(session_factory, asset_id)).state is AssetState.UPLOADED
    await Drain(settings_with(), session_factory, storage, tools).all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY


async def test_operators_see_the_whole_graph(
    drain: Drain, session_factory: Sessions, storage: Storage, asset_id: UUID, refused: dict[str, Path]
) -> None:
    await drain.until(lambda job: job.kind == ENCODE_CHUNK.name)
    async with session_factory() as session:
        encode = next(view for view in await ops.queues(session) if view.name == "encode")
        (running,) = await ops.pipelines(session)
        detail = await ops.pipeline(session, running.id)
    assert (encode.available, encode.slots, encode.paused) == (2, 0, False)
    assert encode.oldest_due_at is not None
    assert (running.state, running.subject_id) == ("running", asset_id)
    assert detail is not None
    assert len(detail.jobs) == sum(running.jobs.values())
    (give_up,) = [job for job in detail.jobs if job.kind == GIVE_UP.name]
    guarded = {edge.predecessor_id for edge in detail.edges if edge.successor_id == give_up.id and edge.open}
    assert {job.kind for job in detail.jobs if job.id in guarded} == {ENCODE_CHUNK.name, NORMALISE_AUDIO.name}
    await upload(session_factory, storage, refused["text.mp4"])
    await drain.all()
    async with session_factory() as session:
        states = [view.state for view in await ops.pipelines(session) if view.kind == INGEST]
        discarded = await ops.jobs(session, JobState.DISCARDED)
        assert await ops.pipeline(session, asset_id) is None
        assert len(await ops.pipelines(session, before=running.id)) == 0
    assert states == ["failed", "completed"]
    assert [(job.kind, job.errors[-1]["code"]) for job in discarded] == [(INSPECT_SOURCE.name, "media.not_a_video")]
