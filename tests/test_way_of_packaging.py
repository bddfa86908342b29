"""How a stream is packaged, from upload to what players fetch: scrubbing, DASH, encryption, the file to save."""

import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.jobs import JobState
from core.media_jobs import MAKE_DOWNLOAD
from core.settings import Settings
from db.models import AssetState, Job, PartRow, Version
from domain import assets, media
from domain.assets import OptionsChange
from pipelines.media.encryption import decrypt
from pipelines.media.playlist_reader import read_media
from storage import keys
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import (
    NEVER_COPIED,
    ffmpeg,
    make_clip,
    make_flash_and_beep,
    make_numbered,
    read_beeps,
    read_flashes,
    read_numbers,
)
from tests.support.drain import Drain
from tests.support.published import Published, objects
from transcoding.mp4 import read_fragment, read_init, top_boxes
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
MPD = "{urn:mpeg:dash:schema:mpd:2011}"
FRAMES = 90


@pytest.fixture
async def drain(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> Drain:
    return Drain(settings, session_factory, storage, tools)


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds of small numbered pictures with a tone: three segments."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    sound = f"sine=f=440:r=48000:d={FRAMES / 10}"
    return make_numbered(tools, path, frames=FRAMES, rate="10", size=(64, 48), audio=sound, options=NEVER_COPIED)


async def _with_options(
    sessions: Sessions, asset_id: UUID, encrypted: bool | None = None, download: bool | None = None
) -> None:
    async with sessions.begin() as session:
        await assets.change(session, asset_id, None, OptionsChange(encrypted=encrypted, download=download))


async def _ready(sessions: Sessions, storage: Storage, asset_id: UUID) -> Published:
    asset = await asset_of(sessions, asset_id)
    assert asset.state is AssetState.READY
    assert asset.live_version_id is not None
    return Published(storage, asset_id, asset.live_version_id)


async def _version(sessions: Sessions, published: Published) -> Version:
    async with sessions() as session:
        return await session.get_one(Version, published.version_id)


def _file(published: Published, path: str) -> bytes:
    return published.storage.read_bytes(keys.version_prefix(published.asset_id, published.version_id) + path)


def _rung(published: Published) -> str:
    return next(track for track in published.tracks if not track.startswith("audio"))


async def test_each_picture_of_an_i_frame_playlist_is_the_first_of_its_segment(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, clip: Path, tmp_path: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    published = await _ready(session_factory, storage, asset_id)
    rung = _rung(published)
    assert f'URI="{rung}/iframes.m3u8"' in _file(published, "master.m3u8").decode()
    text = _file(published, f"{rung}/iframes.m3u8").decode()
    assert "#EXT-X-I-FRAMES-ONLY\n" in text
    playlist = read_media(text)
    assert playlist.ended
    shown = 0.0
    for entry, segment in zip(playlist.segments, published.playlist(rung).segments, strict=True):
        assert (entry.uri, entry.duration_s) == (segment.uri, segment.duration_s)
        assert entry.byte_range is not None
        offset, length = entry.byte_range
        whole = _file(published, f"{rung}/{entry.uri}")
        assert 0 < length < len(whole)
        picture = tmp_path / "picture.mp4"
        picture.write_bytes(_file(published, f"{rung}/{playlist.init_uri}") + whole[offset : offset + length])
        assert read_numbers(tools, picture) == [round(shown * 10)]
        shown += entry.duration_s


def _segments_of(representation: ET.Element) -> tuple[list[str], list[int]]:
    (listed,) = representation.iter(f"{MPD}SegmentList")
    ticks: list[int] = []
    for entry in listed.iter(f"{MPD}S"):
        ticks += [int(entry.attrib["d"])] * (1 + int(entry.get("r", "0")))
    return [entry.attrib["media"] for entry in listed.iter(f"{MPD}SegmentURL")], ticks


async def test_the_dash_manifest_places_every_segment_to_the_tick(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path, tmp_path: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    published = await _ready(session_factory, storage, asset_id)
    root = ET.fromstring(_file(published, "manifest.mpd"))
    assert root.attrib["type"] == "static"
    assert float(root.attrib["mediaPresentationDuration"][2:-1]) == pytest.approx(FRAMES / 10, abs=0.05)
    found = {each.attrib["id"]: each for each in root.iter(f"{MPD}Representation")}
    assert set(found) == set(published.tracks)
    for track, representation in found.items():
        names, ticks = _segments_of(representation)
        playlist = published.playlist(track)
        assert names == [f"{track}/{entry.uri}" for entry in playlist.segments]
        (listed,) = representation.iter(f"{MPD}SegmentList")
        init = read_init(_file(published, f"{track}/{playlist.init_uri}"))
        assert int(listed.attrib["timescale"]) == init.timescale
        assert int(listed.attrib["presentationTimeOffset"]) == 10 * init.timescale
        at = int(next(listed.iter(f"{MPD}S")).attrib["t"])
        for name, length in zip(names, ticks, strict=True):
            path = tmp_path / "segment.m4s"
            path.write_bytes(_file(published, name))
            fragment = read_fragment(path, init)
            assert (fragment.first_pts - init.media_time, fragment.duration) == (at, length)
            at += length


async def test_what_still_grows_has_neither(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    sound = "sine=f=440:r=48000:d=32"
    source = make_numbered(
        tools, tmp_path / "long.mp4", frames=320, rate="10", size=(64, 48), audio=sound, options=NEVER_COPIED
    )
    await upload(session_factory, storage, source)
    await drain.until(lambda _: any(key.endswith("master.m3u8") for key in objects(storage)))
    playlists = {key: storage.read_bytes(key).decode() for key in objects(storage) if key.endswith(".m3u8")}
    assert len(playlists) >= 3
    assert not any("#EXT-X-ENDLIST" in text or "I-FRAME" in text for text in playlists.values())
    assert not [key for key in objects(storage) if key.endswith((".mpd", "iframes.m3u8"))]


@pytest.mark.parametrize("name", ["manifest.mpd", "iframes.m3u8"])
async def test_what_does_not_fit_the_stream_is_written_anew_before_it_is_published(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path, name: str
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.until(lambda job: job.kind == "media.check_playback")
    (key,) = [key for key in objects(storage) if key.endswith(name)]
    right = storage.read_bytes(key)
    storage.put_bytes(key, right.replace(b"_00001.m4s", b"_00007.m4s"))
    history = await drain.all()
    assert history.count("media.check_playback") == 2
    await _ready(session_factory, storage, asset_id)
    assert storage.read_bytes(key) == right


@contextmanager
def _serving(published: Published, content_key: bytes) -> Iterator[tuple[str, list[str]]]:
    """The version over HTTP, with its key where delivery has it; the address of the master, and what was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            asked.append(path)
            data = content_key if path == "content.key" else _file(published, path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/master.m3u8", asked
        finally:
            server.shutdown()
            thread.join()


async def test_an_encrypted_stream_plays_with_its_key_and_without_it_shows_nothing(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await _with_options(session_factory, asset_id, encrypted=True, download=True)
    history = await drain.all()
    published = await _ready(session_factory, storage, asset_id)
    version = await _version(session_factory, published)
    assert version.content_key is not None
    assert len(version.content_key) == 16
    with _serving(published, version.content_key) as (url, asked):
        assert read_numbers(tools, url) == list(range(FRAMES))
    assert "content.key" in asked
    seen = []
    for track in set(published.tracks):
        text = published.text(track)
        assert text.index("#EXT-X-MAP") < text.index("#EXT-X-KEY")
        assert text.count('#EXT-X-KEY:METHOD=AES-128,URI="../content.key",IV=0x') == text.count("#EXTINF")
        playlist = published.playlist(track)
        for entry in playlist.segments:
            data = _file(published, f"{track}/{entry.uri}")
            assert b"moof" not in data
            assert b"moof" in decrypt(data, version.content_key, bytes.fromhex(entry.iv or ""))[:200]
            seen.append(entry.iv)
        read_init(_file(published, f"{track}/{playlist.init_uri}"))
    assert len(set(seen)) == len(seen) >= 6
    # HLS alone: nothing that would show pictures without the key.
    assert "I-FRAME" not in _file(published, "master.m3u8").decode()
    assert not [key for key in objects(storage) if key.endswith((".mpd", "iframes.m3u8")) or key.startswith("downloads/")]
    assert MAKE_DOWNLOAD.name not in history


async def test_a_copied_source_is_encrypted_too(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_numbered(tools, tmp_path / "copied.mp4", frames=60, rate="10", size=(64, 48), options=("-g", "20"))
    asset_id = await upload(session_factory, storage, source)
    await _with_options(session_factory, asset_id, encrypted=True)
    assert "media.copy_head" in await drain.all()
    published = await _ready(session_factory, storage, asset_id)
    version = await _version(session_factory, published)
    with _serving(published, version.content_key or b"") as (url, _):
        assert read_numbers(tools, url) == list(range(60))


async def test_a_segment_that_is_clear_by_mistake_is_not_published(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await _with_options(session_factory, asset_id, encrypted=True)
    await drain.until(lambda job: job.kind == "media.check_playback")
    async with session_factory.begin() as session:
        part = (await session.scalars(select(PartRow).limit(1))).one()
        part.segments = [segment | {"iv": None} for segment in part.segments]
    await drain.until(lambda job: len(job.errors) > 0)
    async with session_factory() as session:
        failed = (await session.scalars(select(Job).where(Job.kind == "media.check_playback"))).one()
    assert "is not encrypted throughout" in str(failed.errors[0])
    assert (await asset_of(session_factory, asset_id)).live_version_id is None


async def test_viewers_save_one_file_that_plays_from_the_start(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_flash_and_beep(tools, tmp_path / "lecture.mp4", seconds=5, options=NEVER_COPIED)
    asset_id = await upload(session_factory, storage, source)
    await _with_options(session_factory, asset_id, download=True)
    history = await drain.all()
    assert history[-1] == MAKE_DOWNLOAD.name
    published = await _ready(session_factory, storage, asset_id)
    version = await _version(session_factory, published)
    assert version.download_key == keys.download(asset_id, published.version_id, "Lecture")
    saved = tmp_path / "saved.mp4"
    saved.write_bytes(storage.read_bytes(version.download_key))
    with saved.open("rb") as file:
        order = [box.type for box in top_boxes(file, saved.stat().st_size)]
    assert order.index(b"moov") < order.index(b"mdat")
    flashes, beeps = read_flashes(tools, saved), read_beeps(tools, saved)
    assert flashes == pytest.approx([0, 1, 2, 3, 4], abs=0.001)
    assert beeps == pytest.approx(flashes, abs=0.04)
    assert first_times(tools, saved) == pytest.approx([0, 0], abs=0.03)


def first_times(tools: Tools, path: Path) -> list[float]:
    """When the first frame of each stream is shown, in seconds."""
    told = ffmpeg(tools, "-copyts", "-i", str(path), "-map", "0", "-c", "copy", "-f", "framecrc", "pipe:1").decode()
    lines = [line.split(",") for line in told.splitlines() if line and not line.startswith("#")]
    scales = {line.split()[1].rstrip(":"): line.split()[2] for line in told.splitlines() if line.startswith("#tb")}
    first: dict[str, float] = {}
    for index, _, pts, *_ in lines:
        numerator, denominator = scales[index.strip()].split("/")
        first[index] = min(first.get(index, 1e9), int(pts) * int(numerator) / int(denominator))
    return list(first.values())


async def test_the_file_comes_when_it_is_allowed_and_goes_when_it_is_not(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    assert MAKE_DOWNLOAD.name not in await drain.all()
    await _with_options(session_factory, asset_id, download=True)
    await _with_options(session_factory, asset_id, download=True)
    assert await drain.all() == [MAKE_DOWNLOAD.name]
    published = await _ready(session_factory, storage, asset_id)
    assert (await _version(session_factory, published)).download_key in objects(storage)
    await _with_options(session_factory, asset_id, download=False)
    assert (await _version(session_factory, published)).download_key is None
    await drain.all()
    assert not [key for key in objects(storage) if key.startswith("downloads/")]


async def test_a_file_that_is_not_wanted_any_more_when_it_is_made_goes_at_once(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await _with_options(session_factory, asset_id, download=True)
    await drain.until(lambda job: job.kind == MAKE_DOWNLOAD.name)
    await _with_options(session_factory, asset_id, download=False)
    assert await drain.all() == [MAKE_DOWNLOAD.name, "media.remove_objects"]
    assert not [key for key in objects(storage) if key.startswith("downloads/")]
    published = await _ready(session_factory, storage, asset_id)
    assert (await _version(session_factory, published)).download_key is None


async def test_sound_alone_can_be_saved(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_clip(tools, tmp_path / "talk.m4a", video=None, seconds=3, options=("-c:a", "aac"))
    asset_id = await upload(session_factory, storage, source)
    await _with_options(session_factory, asset_id, download=True)
    await drain.all()
    published = await _ready(session_factory, storage, asset_id)
    key = (await _version(session_factory, published)).download_key
    assert key is not None
    saved = tmp_path / "saved.mp4"
    saved.write_bytes(storage.read_bytes(key))
    assert len(ffmpeg(tools, "-i", str(saved), "-f", "s16le", "-ac", "1", "pipe:1")) > 2 * 44_100 * 2.9


async def test_a_deleted_asset_leaves_no_file_behind(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await _with_options(session_factory, asset_id, download=True)
    await drain.until(lambda job: job.kind == MAKE_DOWNLOAD.name)
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    await drain.all()
    async with session_factory() as session:
        (job,) = await session.scalars(select(Job).where(Job.kind == MAKE_DOWNLOAD.name))
    assert job.state is JobState.CANCELLED
    assert objects(storage) == []
