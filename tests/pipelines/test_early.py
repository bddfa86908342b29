"""Work on an upload before its last byte has arrived."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from core.jobs import JobRequest
from core.media_jobs import BEGIN_EARLY, COPY_HEAD, COPY_REST, EARLY, INSPECT_SOURCE, WRITE_PLAYLISTS, OfUpload
from core.settings import Settings
from db import jobs
from db.models import Asset, AssetState, PartRow, Upload, Version, VersionState
from domain import assets, early, uploads
from domain.assets import OptionsChange
from domain.policies import Actor
from storage.base import Storage
from tests.support.assets import add_owner, asset_of
from tests.support.clips import AAC, FAST_H264, NEVER_COPIED, make_flash_and_beep, read_flashes
from tests.support.drain import Drain
from tests.support.published import Published, objects
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "HEAD_BYTES", 1000)


@pytest.fixture
async def drain(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> Drain:
    return Drain(settings, session_factory, storage, tools)


def _clip(tools: Tools, path: Path, *options: str) -> Path:
    """A minute of flashes: head and rest."""
    return make_flash_and_beep(tools, path, seconds=60, options=["-g", "50", *options])


class Client:
    """An upload in pieces, as the API does it."""

    def __init__(self, sessions: Sessions, storage: Storage, settings: Settings, source: Path) -> None:
        self._sessions = sessions
        self._storage = storage
        self._settings = settings.uploads
        self._data = source.read_bytes()
        self.upload_id = ""
        self.asset_id = UUID(int=0)

    async def begin(self) -> None:
        async with self._sessions.begin() as session:
            actor = Actor(await add_owner(session), frozenset({"instructor"}))
            new = uploads.NewUpload(length=len(self._data), filename="film.mp4", title="Film")
            upload = await uploads.begin(session, actor, new, NOW, self._settings)
            self.upload_id, self.asset_id = upload.id, uploads.asset_of(upload)
            await uploads.opened(session, upload.id, self._storage.begin_upload(upload.key))

    async def send(self, until: float) -> None:
        """Bytes up to that part of the whole."""
        async with self._sessions.begin() as session:
            upload = await session.get_one(Upload, self.upload_id)
            end = int(len(self._data) * until)
            state = self._storage.append(upload.key, upload.storage_state, upload.offset, self._data[upload.offset : end])
            readable = self._storage.partial_path(upload.key, state) is not None
            await uploads.advanced(session, upload.id, state, end, NOW, self._settings, readable=readable)

    async def finish(self) -> None:
        await self.send(1.0)
        async with self._sessions.begin() as session:
            upload = await session.get_one(Upload, self.upload_id)
            self._storage.complete_upload(upload.key, upload.storage_state)
            await uploads.completed(session, upload.id, NOW, "trace")


async def _versions(sessions: Sessions) -> list[Version]:
    async with sessions() as session:
        return list(await session.scalars(select(Version).order_by(Version.id)))


async def _parts(sessions: Sessions) -> int:
    async with sessions() as session:
        return len(list(await session.scalars(select(PartRow.chunk))))


async def test_the_head_is_there_before_the_last_byte(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.3)
    assert await drain.all() == [BEGIN_EARLY.name]
    assert await _versions(session_factory) == []
    await client.send(0.9)
    assert await drain.all() == [BEGIN_EARLY.name]
    (version,) = await _versions(session_factory)
    assert version.state is VersionState.BUILDING
    assert await _parts(session_factory) >= 4
    asset = await asset_of(session_factory, client.asset_id)
    assert (asset.state, asset.playable_version_id) == (AssetState.UPLOADING, None)
    await client.finish()
    way = await drain.until(lambda job: job.kind not in (INSPECT_SOURCE.name, WRITE_PLAYLISTS.name))
    assert way == [INSPECT_SOURCE.name, WRITE_PLAYLISTS.name]
    asset = await asset_of(session_factory, client.asset_id)
    assert (asset.state, asset.playable_version_id) == (AssetState.PLAYABLE, version.id)
    history = await drain.all()
    assert COPY_HEAD.name not in history
    assert (await asset_of(session_factory, client.asset_id)).state is AssetState.READY
    assert [each.id for each in await _versions(session_factory)] == [version.id]
    published = Published(storage, client.asset_id, version.id)
    rung = next(track for track in published.tracks if track.endswith("p"))
    assert len(read_flashes(tools, published.joined(rung, tmp_path))) == 60
    assert published.stored() >= published.referenced()


@pytest.mark.parametrize(
    ("name", "options"),
    [("index behind.mp4", []), ("never copied.mp4", ["-movflags", "+faststart", *NEVER_COPIED]), ("matroska.mkv", [])],
)
async def test_others_wait_and_lose_nothing(
    drain: Drain,
    session_factory: Sessions,
    storage: Storage,
    settings: Settings,
    tools: Tools,
    tmp_path: Path,
    name: str,
    options: list[str],
) -> None:
    source = make_flash_and_beep(tools, tmp_path / name, seconds=6, options=[*FAST_H264, *AAC, *options])
    client = Client(session_factory, storage, settings, source)
    await client.begin()
    await client.send(0.5)
    await client.send(0.9)
    assert await drain.all() == [BEGIN_EARLY.name]
    assert await _versions(session_factory) == []
    await client.finish()
    await drain.all()
    assert (await asset_of(session_factory, client.asset_id)).state is AssetState.READY


async def test_a_cancelled_upload_leaves_nothing(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    assert objects(storage)
    async with session_factory.begin() as session:
        await uploads.terminate(session, await session.get_one(Upload, client.upload_id))
    await drain.all()
    assert objects(storage) == []
    assert await _versions(session_factory) == []
    assert storage.partial_path("", {}) is None
    async with session_factory() as session:
        assert await session.get(Asset, client.asset_id) is None


async def test_an_upload_that_expires_leaves_nothing(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    async with session_factory.begin() as session:
        assert await uploads.purge_expired(session, NOW + timedelta(days=30)) == 1
    await drain.all()
    assert objects(storage) == []


async def test_a_head_that_is_not_finished_when_the_last_byte_comes_is_made_anew(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    (version,) = await _versions(session_factory)
    async with session_factory.begin() as session:
        row = await session.scalar(select(PartRow).where(PartRow.chunk == 2))
        await session.delete(row)
    await client.finish()
    history = await drain.all()
    assert COPY_HEAD.name in history
    states = {each.id: each.state for each in await _versions(session_factory)}
    assert states.pop(version.id) is VersionState.FAILED
    assert list(states.values()) == [VersionState.LIVE]
    assert published_alone(storage, client.asset_id, next(iter(states)))


def published_alone(storage: Storage, asset_id: UUID, version_id: UUID) -> bool:
    """Whether there are streams of this version and of no other."""
    streams = [key for key in objects(storage) if key.startswith("hls/")]
    return bool(streams) and all(key.startswith(f"hls/{asset_id}/{version_id}/") for key in streams)


async def test_a_clear_head_of_what_is_to_be_encrypted_is_made_anew_and_goes(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    (clear,) = await _versions(session_factory)
    async with session_factory.begin() as session:
        await assets.change(session, client.asset_id, None, OptionsChange(encrypted=True))
    await client.finish()
    await drain.all()
    (encrypted,) = [version for version in await _versions(session_factory) if version.id != clear.id]
    assert (encrypted.state, encrypted.content_key is None) == (VersionState.LIVE, False)
    assert published_alone(storage, client.asset_id, encrypted.id)


async def test_an_attempt_that_was_stopped_after_planning_is_gone_on_with(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    (version,) = await _versions(session_factory)
    whole = await _parts(session_factory)
    async with session_factory.begin() as session:
        # As it stands where a worker was stopped in mid-work and gave its job back.
        await session.execute(delete(PartRow).where(PartRow.chunk > 0))
        again = OfUpload(client.asset_id, client.upload_id)
        pipeline_id = await jobs.add_pipeline(session, EARLY, subject_id=client.asset_id)
        await jobs.add(session, JobRequest(BEGIN_EARLY, again, pipeline_id=pipeline_id))
    assert await drain.all() == [BEGIN_EARLY.name]
    assert [each.id for each in await _versions(session_factory)] == [version.id]
    assert await _parts(session_factory) >= whole
    await client.finish()
    assert COPY_HEAD.name not in await drain.all()
    asset = await asset_of(session_factory, client.asset_id)
    assert (asset.state, asset.live_version_id) == (AssetState.READY, version.id)
    published = Published(storage, client.asset_id, version.id)
    for track in published.tracks:
        assert sum(entry.duration_s for entry in published.playlist(track).segments) == pytest.approx(60, abs=0.1)


async def test_a_head_that_is_taken_over_takes_no_more_parts(
    drain: Drain, session_factory: Sessions, storage: Storage, settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    client = Client(session_factory, storage, settings, _clip(tools, tmp_path / "in.mp4", "-movflags", "+faststart"))
    await client.begin()
    await client.send(0.9)
    await drain.all()
    async with session_factory.begin() as session:
        pipeline_id = await jobs.add_pipeline(session, EARLY, subject_id=client.asset_id)
        late = await jobs.add(
            session, JobRequest(BEGIN_EARLY, OfUpload(client.asset_id, client.upload_id), pipeline_id=pipeline_id)
        )
        assert late is not None
    async with session_factory.begin() as session:
        writing = await jobs.claim(session, late, new_id(), 60.0)
        assert writing is not None
    await client.finish()
    await drain.until(lambda job: job.kind == COPY_REST.name)
    async with session_factory.begin() as session:
        assert await jobs.fence(session, writing) is jobs.Fence.CANCELLED
