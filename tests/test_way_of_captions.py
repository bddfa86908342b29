"""The way of captions into a stream: real PostgreSQL, storage and ffmpeg, no HTTP."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.captions.parsing import parse
from core.captions.webvtt import TIMESTAMP_MAP, whole
from core.jobs import JobState
from core.media_jobs import BEGIN_EARLY, CHECK_PLAYBACK, EXTRACT_TEXT, MAKE_TEXT, REMOVE_OBJECTS, WRITE_PLAYLISTS
from core.settings import Settings
from db.models import Asset, AssetState, Job
from db.queries import captions as queries
from domain import captions, early, media
from domain.captions import NewCaption, Origin
from storage import keys
from storage.base import Storage
from tests.pipelines.test_early import Client
from tests.support.assets import add_asset, asset_of, upload
from tests.support.clips import AAC, FAST_H264, ffmpeg, make_clip, make_flash_and_beep
from tests.support.drain import Drain
from tests.support.published import Published, objects
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
EXAMPLE = Path(__file__).parent.parent / "ops/captions/example.py"
HELLO = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello\n\n00:00:03.500 --> 00:00:04.500\nAcross the border\n"


@pytest.fixture
async def drain(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> Drain:
    return Drain(settings, session_factory, storage, tools)


@pytest.fixture(scope="session")
def clip(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds: two segments."""
    path = tmp_path_factory.mktemp("clips") / "six.mp4"
    return make_clip(tools, path, video="testsrc2=s=64x48:r=10", seconds=6, options=(*FAST_H264, "-g", "10", *AAC))


@pytest.fixture(scope="session")
def subtitled(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two languages and a stream of the first once more, in Matroska."""
    folder = tmp_path_factory.mktemp("subtitled")
    (folder / "en.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\n<i>Hello</i> & welcome\n")
    (folder / "de.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nHallo\n\n2\n00:00:03,500 --> 00:00:04,500\nWelt\n")
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-i", str(folder / "en.srt"), "-i", str(folder / "de.srt")]
    maps = ["-map", "0:v", "-map", "1", "-map", "2", "-map", "1", "-t", "5"]
    codecs = [*FAST_H264, "-c:s:0", "subrip", "-c:s:1", "ass", "-c:s:2", "subrip"]
    tags = ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger", "-metadata:s:s:1", 'title=Deutsch "fein"']
    path = folder / "subtitled.mkv"
    ffmpeg(tools, *inputs, *maps, *codecs, *tags, "-metadata:s:s:2", "language=eng", str(path))
    return path


async def bring(
    sessions: Sessions,
    asset_id: UUID,
    vtt: str = HELLO,
    language: str = "en",
    label: str = "English",
    origin: Origin = "upload",
) -> None:
    async with sessions.begin() as session:
        await captions.put(session, asset_id, NewCaption(language, label, vtt, origin))


async def published(sessions: Sessions, storage: Storage, asset_id: UUID) -> Published:
    asset = await asset_of(sessions, asset_id)
    assert asset.live_version_id is not None
    return Published(storage, asset_id, asset.live_version_id)


def segments_of(found: Published, track: str) -> list[str]:
    names = [entry.uri for entry in found.playlist(track).segments]
    return [found.storage.read_bytes(keys.track_file(found.asset_id, found.version_id, track, name)).decode() for name in names]


def master(found: Published) -> str:
    return found.storage.read_bytes(keys.master(found.asset_id, found.version_id)).decode()


async def test_captions_brought_before_processing_are_in_the_stream_from_its_start(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await bring(session_factory, asset_id)
    history = await drain.all()
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    found = await published(session_factory, storage, asset_id)
    assert history.count(MAKE_TEXT.name) == 1
    head = f"WEBVTT\n{TIMESTAMP_MAP}\n"
    first = f"{head}\n00:00:00.500 --> 00:00:01.500\nHello\n\n00:00:03.500 --> 00:00:04.500\nAcross the border\n"
    second = f"{head}\n00:00:03.500 --> 00:00:04.500\nAcross the border\n"
    assert segments_of(found, "text-en") == [first, second]
    playlist = found.playlist("text-en")
    rung = next(track for track in found.tracks if track.endswith("p"))
    assert [e.duration_s for e in playlist.segments] == [e.duration_s for e in found.playlist(rung).segments]
    assert (playlist.ended, playlist.init_uri) == (True, None)
    media_line = next(line for line in master(found).splitlines() if "TYPE=SUBTITLES" in line)
    assert 'NAME="English"' in media_line
    assert 'LANGUAGE="en"' in media_line
    assert 'URI="text-en/index.m3u8"' in media_line
    variants = [line for line in master(found).splitlines() if line.startswith("#EXT-X-STREAM-INF")]
    assert all('SUBTITLES="text"' in line for line in variants)


async def test_captions_brought_while_it_is_processed_join_when_it_is_ready(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.until(lambda job: job.kind == CHECK_PLAYBACK.name)
    await bring(session_factory, asset_id)
    await drain.all()
    found = await published(session_factory, storage, asset_id)
    assert "text-en" in found.tracks


async def test_captions_are_there_also_where_work_began_before_the_last_byte(
    drain: Drain,
    session_factory: Sessions,
    storage: Storage,
    settings: Settings,
    tools: Tools,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(early, "HEAD_BYTES", 1000)
    options = ["-g", "20", "-movflags", "+faststart"]
    client = Client(
        session_factory, storage, settings, make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=40, options=options)
    )
    await client.begin()
    await bring(session_factory, client.asset_id)
    await client.send(0.95)
    assert await drain.all() == [BEGIN_EARLY.name]
    await bring(session_factory, client.asset_id, language="de", label="Deutsch")
    await client.finish()
    await drain.all()
    found = await published(session_factory, storage, client.asset_id)
    assert {"text-de", "text-en"} <= set(found.tracks)


async def test_captions_join_replace_and_leave_a_stream_that_plays(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    found = await published(session_factory, storage, asset_id)
    assert "SUBTITLES" not in master(found)

    await bring(session_factory, asset_id)
    assert await drain.all() == [MAKE_TEXT.name, WRITE_PLAYLISTS.name]
    before = {entry.uri for entry in found.playlist("text-en").segments}
    assert "Hello" in segments_of(found, "text-en")[0]

    await bring(session_factory, asset_id, HELLO.replace("Hello", "Good day"))
    await drain.all()
    after = {entry.uri for entry in found.playlist("text-en").segments}
    assert before.isdisjoint(after)
    assert "Good day" in segments_of(found, "text-en")[0]
    assert master(found).count("TYPE=SUBTITLES") == 1

    async with session_factory.begin() as session:
        await captions.remove(session, asset_id, "en")
    await drain.all()
    assert "SUBTITLES" not in master(found)
    assert not [key for key in objects(storage) if "/text-en/" in key and key.endswith(".vtt")]


async def test_files_of_replaced_captions_go_when_nobody_can_need_them(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await bring(session_factory, asset_id)
    await drain.all()
    found = await published(session_factory, storage, asset_id)
    old = {f"text-en/{entry.uri}" for entry in found.playlist("text-en").segments}
    await bring(session_factory, asset_id, HELLO.replace("Hello", "Good day"))
    async with session_factory() as session:
        (due,) = await session.scalars(select(Job.id).where(Job.kind == MAKE_TEXT.name, Job.state == JobState.AVAILABLE))
    await drain.one(due)
    async with session_factory() as session:
        (removal,) = await session.scalars(select(Job).where(Job.kind == REMOVE_OBJECTS.name, Job.state == JobState.RETRYABLE))
    assert (removal.run_at - removal.created_at).total_seconds() > 3600
    assert old <= found.stored()
    await drain.all()
    assert found.stored().isdisjoint(old)
    texts = {name for name in found.stored() if name.startswith("text-")}
    assert texts == {name for name in found.referenced() if name.startswith("text-")} - {"text-en/None"}


async def test_what_did_not_change_is_not_made_again(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await bring(session_factory, asset_id)
    await drain.all()
    await bring(session_factory, asset_id)
    assert await drain.all() == []
    await bring(session_factory, asset_id, label="English for all")
    assert (await drain.all())[0] == MAKE_TEXT.name
    assert 'NAME="English for all"' in master(await published(session_factory, storage, asset_id))


async def test_two_languages_with_one_label_differ_in_the_menu(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    await bring(session_factory, asset_id)
    await drain.all()
    await bring(session_factory, asset_id, language="en-GB")
    await drain.all()
    text = master(await published(session_factory, storage, asset_id))
    assert 'NAME="English (en)"' in text
    assert 'NAME="English (en-GB)"' in text


async def test_the_last_of_several_changes_counts(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    for word in ("one", "two", "three"):
        await bring(session_factory, asset_id, HELLO.replace("Hello", word))
    await drain.all(at_once=3)
    found = await published(session_factory, storage, asset_id)
    assert "three" in segments_of(found, "text-en")[0]


async def test_sound_alone_has_captions_too(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    source = make_clip(tools, tmp_path / "talk.m4a", video=None, seconds=9, options=AAC)
    asset_id = await upload(session_factory, storage, source)
    await bring(session_factory, asset_id)
    await drain.all()
    found = await published(session_factory, storage, asset_id)
    playlist = found.playlist("text-en")
    assert [round(entry.duration_s, 1) for entry in playlist.segments] == [4.0, 4.0, 1.0]
    assert 'SUBTITLES="text"' in master(found)


async def test_subtitles_of_the_source_are_extracted(
    drain: Drain, session_factory: Sessions, storage: Storage, subtitled: Path
) -> None:
    asset_id = await upload(session_factory, storage, subtitled)
    await bring(session_factory, asset_id, language="de", label="Von Hand")
    history = await drain.all()
    assert history.count(EXTRACT_TEXT.name) == 1
    async with session_factory() as session:
        found = {each.language: each for each in await queries.of_asset(session, asset_id)}
        english = await queries.one(session, asset_id, "en")
    assert {language: (each.origin, each.label) for language, each in found.items()} == {
        "en": ("embedded", "English"),
        "de": ("upload", "Von Hand"),
    }
    assert english is not None
    (cue,) = parse(english.vtt)
    assert (cue.start_s, cue.end_s, cue.text) == (0.5, 1.5, "<i>Hello</i> &amp; welcome")
    tracks = (await published(session_factory, storage, asset_id)).tracks
    assert {"text-en", "text-de"} <= set(tracks)


async def test_every_kind_of_text_subtitle_is_extracted(
    drain: Drain, session_factory: Sessions, storage: Storage, tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nHallo\n")
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-i", str(tmp_path / "a.srt")]
    mp4, mkv = tmp_path / "text.mp4", tmp_path / "text.mkv"
    ffmpeg(tools, *inputs, "-t", "2", *FAST_H264, "-c:s", "mov_text", "-metadata:s:s:0", "language=fre", str(mp4))
    maps = ["-map", "0:v", "-map", "1", "-map", "1", "-map", "1", "-t", "2"]
    codecs = [*FAST_H264, "-c:s:0", "webvtt", "-c:s:1", "text", "-c:s:2", "ass"]
    ffmpeg(tools, *inputs, *maps, *codecs, "-metadata:s:s:0", "language=jpn", "-metadata:s:s:1", "language=kor", str(mkv))
    heard = {}
    for path in (mp4, mkv):
        asset_id = await upload(session_factory, storage, path)
        await drain.all()
        assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
        async with session_factory() as session:
            for each in await queries.of_asset(session, asset_id):
                caption = await queries.one(session, asset_id, each.language)
                assert caption is not None
                heard[each.language] = [(cue.start_s, cue.text) for cue in parse(caption.vtt)]
    assert heard == {key: [(0.5, "Hallo")] for key in ("fr", "ja", "ko", "und")}


async def test_a_re_encode_gets_the_captions_and_extracts_nothing_again(
    drain: Drain, session_factory: Sessions, storage: Storage, subtitled: Path
) -> None:
    asset_id = await upload(session_factory, storage, subtitled)
    await drain.all()
    async with session_factory.begin() as session:
        await captions.remove(session, asset_id, "de")
        asset = await session.get_one(Asset, asset_id)
        found = await captions.missing(session, asset_id, asset.live_version_id or asset_id)
        assert (found, await captions.ever_live(session, asset_id)) == ([], True)
    await drain.all()
    assert "text-de" not in (await published(session_factory, storage, asset_id)).tracks


async def test_captions_of_an_asset_that_is_deleted_leave_nothing(
    drain: Drain, session_factory: Sessions, storage: Storage, clip: Path
) -> None:
    asset_id = await upload(session_factory, storage, clip)
    await drain.all()
    await bring(session_factory, asset_id)
    async with session_factory.begin() as session:
        await media.delete_asset(session, asset_id)
    await drain.all()
    assert objects(storage) == []


async def test_captions_outlive_a_round_trip_through_the_table(session_factory: Sessions) -> None:
    async with session_factory.begin() as session:
        asset_id = await add_asset(session)
    cues = parse(HELLO.replace("Hello", "<v Änne>Grüße &amp; mehr"))
    await bring(session_factory, asset_id, whole(cues))
    async with session_factory() as session:
        (found,) = await queries.of_asset(session, asset_id)
        row = await queries.one(session, asset_id, "en")
    assert row is not None
    assert parse(row.vtt) == cues
    assert (found.digest, found.size) == (captions.digest(row.vtt), len(row.vtt.encode()))
