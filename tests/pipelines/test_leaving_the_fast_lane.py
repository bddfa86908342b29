"""A source that turns out not to fit the fast lane, half-way: its top rung is encoded, in a version of its own."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import Transient
from core.media_jobs import CHECK_PLAYBACK, COPY_HEAD, COPY_REST, ENCODE_CHUNK, INGEST, INSPECT_SOURCE
from core.settings import Settings
from db.models import AssetState, Pipeline, Version, VersionState
from pipelines.media import copy_head
from storage import keys
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import make_numbered
from tests.support.drain import Drain
from tests.support.published import Published
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def liar(tools: Tools, tmp_path: Path) -> Path:
    """The index calls frames key frames that are none, but only behind the head."""
    path = make_numbered(
        tools, tmp_path / "in.mp4", frames=450, rate="10", size=(64, 48), options=["-g", "20", "-x264-params", "scenecut=0"]
    )
    data = bytearray(path.read_bytes())
    at = data.index(b"stss") + 8
    count = int.from_bytes(data[at : at + 4], "big")
    for number in range(count - 4, count):
        entry = at + 4 + 4 * number
        data[entry : entry + 4] = (int.from_bytes(data[entry : entry + 4], "big") - 7).to_bytes(4, "big")
    path.write_bytes(data)
    return path


async def test_what_can_not_be_copied_to_its_end_is_encoded(
    settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools, liar: Path
) -> None:
    drain = Drain(settings, session_factory, storage, tools)
    asset_id = await upload(session_factory, storage, liar)
    way = await drain.until(lambda job: job.kind == COPY_REST.name)
    assert COPY_HEAD.name in way
    asset = await asset_of(session_factory, asset_id)
    assert asset.state is AssetState.PLAYABLE
    head = asset.playable_version_id
    history = await drain.all()
    assert history.count(INSPECT_SOURCE.name) == 1
    assert ENCODE_CHUNK.name in history
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.READY, None)
    assert asset.live_version_id != head
    async with session_factory() as session:
        versions = {row.id: row for row in await session.scalars(select(Version))}
        pipelines = list(await session.scalars(select(Pipeline).where(Pipeline.kind == INGEST)))
    assert head is not None
    assert versions[head].state is VersionState.RETIRED
    assert versions[head].retired_at is not None
    assert asset.live_version_id is not None
    live = versions[asset.live_version_id]
    assert not any(rung["copied"] for rung in live.plan["rungs"])
    assert len(pipelines) == 2
    for track in Published(storage, asset_id, live.id).tracks:
        playlist = Published(storage, asset_id, live.id).playlist(track)
        assert sum(entry.duration_s for entry in playlist.segments) == pytest.approx(45, abs=0.1)


async def test_what_was_copied_but_does_not_decode_is_encoded(
    settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_numbered(tools, tmp_path / "in.mp4", frames=120, rate="10", size=(64, 48), options=["-g", "20"])
    drain = Drain(settings, session_factory, storage, tools)
    asset_id = await upload(session_factory, storage, source)
    await drain.until(lambda job: job.kind == CHECK_PLAYBACK.name)
    left = (await asset_of(session_factory, asset_id)).playable_version_id
    assert left is not None
    published = Published(storage, asset_id, left)
    (rung,) = published.tracks
    key = keys.track_file(asset_id, left, rung, published.playlist(rung).segments[-1].uri)
    data = storage.read_bytes(key)
    samples = data.index(b"mdat") + 4
    # As long as before, and nothing that a decoder takes.
    storage.put_bytes(key, data[: samples + 4] + b"\xff" * (len(data) - samples - 4))
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    assert (asset.state, asset.failure_code) == (AssetState.READY, None)
    assert asset.live_version_id not in (None, left)
    assert drain.history.count(CHECK_PLAYBACK.name) == 2


async def test_what_ffmpeg_can_not_copy_is_encoded(
    settings: Settings,
    session_factory: Sessions,
    storage: Storage,
    tools: Tools,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise Transient("transcode.failed", "ffmpeg failed.")

    monkeypatch.setattr(copy_head, "copy_head", fails)
    source = make_numbered(tools, tmp_path / "in.mp4", frames=60, rate="10", size=(64, 48), options=["-g", "20"])
    drain = Drain(settings, session_factory, storage, tools)
    asset_id = await upload(session_factory, storage, source)
    history = await drain.all()
    assert history.count(COPY_HEAD.name) == 2
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
