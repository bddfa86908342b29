"""Every kind of bad and strange upload goes the real way of a video, and comes to the one end that is right for it."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import ErrorKind
from core.jobs import FINAL_STATES
from core.media_jobs import RETIRE_VERSION
from core.settings import MediaSettings, Settings
from db.models import AssetState, Job
from storage.base import Storage
from tests.media.corpus import CORPUS, GROUPS, table
from tests.media.witness import Canary, Measured
from tests.media.workshop import Kind, Workshop
from tests.support.assets import asset_of, upload
from tests.support.clips import ffmpeg, make_clip
from tests.support.drain import Drain
from tests.support.published import Published, objects
from transcoding.tools import Tools, find_tools

Sessions = async_sessionmaker[AsyncSession]

_DOCS = Path(__file__).parents[2] / "docs" / "bad-input.md"
# Of one ffmpeg: an 8K picture takes the most.
_MOST_MEMORY = 2**30
# Retries included, the longest way that leads anywhere.
_MOST_JOBS = 40


@pytest.fixture(scope="session")
def listener() -> Iterator[socket.socket]:
    """A listening socket that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="session")
def shop(tools: Tools, listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("corpus")
    canary = make_clip(tools, folder / "canary.mp4", seconds=1)
    return Workshop(tools, folder, canary, listener.getsockname()[1])


@pytest.fixture
def canary(shop: Workshop) -> Iterator[Canary]:
    with Canary(shop.canary) as canary:
        yield canary


def _parameters() -> list[object]:
    return [pytest.param(kind, id=name, marks=_marks(kind)) for name, kind in CORPUS.items()]


def _marks(kind: Kind) -> list[pytest.MarkDecorator]:
    return [] if kind.short else [pytest.mark.full]


@pytest.mark.parametrize("kind", _parameters())
async def test_every_upload_comes_to_its_end(
    kind: Kind,
    shop: Workshop,
    canary: Canary,
    listener: socket.socket,
    settings: Settings,
    session_factory: Sessions,
    storage: Storage,
    tools: Tools,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "upload"
    await asyncio.to_thread(kind.make, shop, path)
    # What points elsewhere must be stopped by the flags alone, not only by a sandbox that hides the world.
    if kind.lures:
        tools = find_tools(MediaSettings(sandbox="plain", ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))
    # From here on, for what was made above may take what it likes.
    monkeypatch.setattr("transcoding.spawn.subprocess.Popen", Measured)
    Measured.peaks.clear()
    drain = Drain(settings, session_factory, storage, tools)
    canary.forget()
    asset_id = await upload(session_factory, storage, path)
    await drain.all()
    asset = await asset_of(session_factory, asset_id)
    jobs = await _jobs(session_factory)
    assert (asset.failure_code or asset.state.value) == kind.ending, [job.errors for job in jobs if job.errors]
    assert len(drain.history) <= _MOST_JOBS
    # What was begun in the fast lane stays for its viewers until tomorrow.
    assert {job.kind for job in jobs if job.state not in FINAL_STATES} <= {RETIRE_VERSION.name}
    assert not canary.touched()
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert list(drain.scratch.iterdir()) == []
    assert not list(drain.cached())
    assert max(Measured.peaks, default=0) < _MOST_MEMORY
    if asset.state is AssetState.READY:
        assert asset.playable_version_id is not None
        published = Published(storage, asset_id, asset.playable_version_id)
        await asyncio.to_thread(_is_whole, tools, published, kind, tmp_path)
        return
    assert objects(storage) == []
    assert asset.failure_message
    assert asset.failure_message.endswith(".")
    errors = [error for job in jobs for error in job.errors]
    assert {error["kind"] for error in errors} == {ErrorKind.BAD_MEDIA.value}


async def _jobs(sessions: Sessions) -> list[Job]:
    async with sessions() as session:
        return list(await session.scalars(select(Job).order_by(Job.id)))


def _is_whole(tools: Tools, published: Published, kind: Kind, folder: Path) -> None:
    """Every track has its end and its length, and decodes without a complaint."""
    tracks = set(published.tracks)
    sounds = {track for track in tracks if track.startswith("audio")}
    assert bool(sounds) == (kind.tracks != "picture")
    texts = {track for track in tracks if track.startswith("text-")}
    assert bool(tracks - sounds - texts) == (kind.tracks != "sound")
    assert published.referenced() <= published.stored()
    for track in tracks:
        playlist = published.playlist(track)
        assert playlist.ended
        lasts_s = sum(entry.duration_s for entry in playlist.segments)
        assert lasts_s == pytest.approx(kind.lasts_s, abs=max(0.3, 0.01 * kind.lasts_s)), track
        if track in texts:
            files = [published.file(track, entry.uri) for entry in playlist.segments]
            assert all(file.startswith(b"WEBVTT\n") for file in files)
            assert any(b" --> " in file for file in files)
            continue
        whole = published.joined(track, folder)
        ffmpeg(tools, "-xerror", "-err_detect", "explode", "-i", str(whole), "-f", "null", "-")


def test_the_corpus_is_large_and_its_names_are_told_apart() -> None:
    assert len(CORPUS) == sum(len(kinds) for kinds in GROUPS.values())
    assert len(CORPUS) >= 60
    assert 20 <= sum(kind.short for kind in CORPUS.values()) <= 50


def test_the_table_in_the_docs_is_the_corpus() -> None:
    assert table().strip() in _DOCS.read_text(encoding="utf-8")
