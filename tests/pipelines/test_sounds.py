"""What becomes of the sounds of a source: as loud as they should be, in step, one rendition of each language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.errors import Transient
from core.media import AssetOptions, Loudness
from core.media_jobs import ENCODE_AUDIO, NORMALISE_AUDIO
from core.settings import Settings
from db.models import Asset, AssetState, Job, PartRow, Version
from pipelines.context import StepContext
from pipelines.registry import STEPS
from pipelines.step import Step
from storage import keys
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import AAC, FAST_H264, ffmpeg, make_flash_and_beep, read_beeps, read_flashes
from tests.support.drain import Drain
from tests.support.published import Published
from tests.support.sounds import CLAPS, MONO, MUSIC, SILENCE, SINE, SPEECH, SURROUND, integrated, make_sound
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]


@dataclass
class House:
    """Brings files in and lets them become streams."""

    settings: Settings
    sessions: Sessions
    storage: Storage
    tools: Tools
    history: list[str]

    async def stream(self, path: Path, options: AssetOptions | None = None, steps: Any = STEPS) -> Published:
        asset_id = await upload(self.sessions, self.storage, path)
        if options is not None:
            async with self.sessions.begin() as session:
                await session.execute(update(Asset).where(Asset.id == asset_id).values(options=msgspec.to_builtins(options)))
        self.history += await Drain(self.settings, self.sessions, self.storage, self.tools, steps).all()
        asset = await asset_of(self.sessions, asset_id)
        assert (asset.state, asset.failure_code) == (AssetState.READY, None)
        assert asset.live_version_id is not None
        published = Published(self.storage, asset_id, asset.live_version_id)
        assert published.stored() == published.referenced()
        return published

    async def loudness(self, version_id: UUID) -> dict[str, Loudness]:
        async with self.sessions() as session:
            version = await session.get_one(Version, version_id)
        return msgspec.convert(version.loudness, dict[str, Loudness])


@pytest.fixture
async def house(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> House:
    return House(settings, session_factory, storage, tools, [])


def _sounds(published: Published) -> list[str]:
    return list(dict.fromkeys(track for track in published.tracks if track.startswith("audio")))


def _master(published: Published) -> str:
    return published.storage.read_bytes(keys.master(published.asset_id, published.version_id)).decode()


@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("quiet speech.wav", SPEECH),
        ("loud music.wav", MUSIC),
        ("tone.flac", SINE),
        ("surround.m4a", SURROUND),
        ("claps in silence.wav", CLAPS),
        ("telephone.wav", MONO),
    ],
)
async def test_every_kind_of_sound_is_published_at_the_same_loudness(
    house: House, tools: Tools, tmp_path: Path, name: str, graph: str
) -> None:
    source = make_sound(tools, tmp_path / name, graph)
    published = await house.stream(source)
    assert _sounds(published) == ["audio-r128"]
    heard = integrated(tools, published.joined("audio-r128", tmp_path))
    assert heard == pytest.approx(-16, abs=1)
    (told,) = (await house.loudness(published.version_id)).values()
    assert told.settled
    assert told.integrated is not None
    assert abs(told.integrated + 16) > 0.5
    # AAC itself takes a little of what is like noise.
    assert told.output_integrated == pytest.approx(heard, abs=0.8)
    # Who began with the quick track goes on with it.
    quick = published.playlist("audio")
    assert quick.ended
    assert sum(entry.duration_s for entry in quick.segments) == pytest.approx(6, abs=0.05)


async def test_silence_stays_silence(house: House, tools: Tools, tmp_path: Path) -> None:
    published = await house.stream(make_sound(tools, tmp_path / "silence.wav", SILENCE))
    assert _sounds(published) == ["audio"]
    assert integrated(tools, published.joined("audio", tmp_path)) <= -70
    assert (await house.loudness(published.version_id))["audio"].integrated is None


async def test_what_is_right_already_is_not_encoded_again(house: House, tools: Tools, tmp_path: Path) -> None:
    right = make_sound(tools, tmp_path / "right.wav", f"{SINE},volume=5dB")
    assert integrated(tools, right) == pytest.approx(-16, abs=0.4)
    published = await house.stream(right)
    assert _sounds(published) == published.listed == ["audio"]
    assert house.history.count(NORMALISE_AUDIO.name) == 1
    told = (await house.loudness(published.version_id))["audio"]
    assert (told.settled, told.gain_db, told.output_integrated) == (True, 0.0, None)


async def test_a_sound_stays_as_it_is_where_its_owner_wants_it_so(house: House, tools: Tools, tmp_path: Path) -> None:
    published = await house.stream(make_sound(tools, tmp_path / "quiet.wav", SPEECH), AssetOptions(loudness=False))
    assert published.listed == ["audio"]
    told = (await house.loudness(published.version_id))["audio"]
    assert told.settled
    assert told.integrated is not None


async def test_flash_and_beep_stay_together_when_the_copied_sound_is_replaced(
    house: House, tools: Tools, tmp_path: Path
) -> None:
    published = await house.stream(make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=8, options=["-g", "25"]))
    assert _sounds(published) == ["audio-r128"]
    assert ENCODE_AUDIO.name not in house.history
    (rung,) = [track for track in published.tracks if not track.startswith("audio")]
    flashes = read_flashes(tools, published.joined(rung, tmp_path))
    for sound in ("audio", "audio-r128"):
        beeps = read_beeps(tools, published.joined(sound, tmp_path))
        assert len(beeps) == len(flashes) == 8
        assert max(abs(beep - flash) for beep, flash in zip(beeps, flashes, strict=True)) <= 0.04


# MPEG-TS knows no titles, and is worked on as a remuxed copy.
@pytest.mark.parametrize(("name", "second"), [("two.mkv", "English commentary"), ("two.ts", "en")])
async def test_two_languages_become_a_group(house: House, tools: Tools, tmp_path: Path, name: str, second: str) -> None:
    source = tmp_path / name
    inputs = ["testsrc2=s=160x120:r=25:d=6", "sine=f=440:r=48000:d=6", "sine=f=880:r=44100:d=6"]
    ffmpeg(
        tools,
        *[argument for graph in inputs for argument in ("-f", "lavfi", "-i", graph)],
        *("-map", "0", "-map", "1", "-map", "2", *FAST_H264, "-g", "50", *AAC),
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng", "-metadata:s:a:1", "title=English commentary"),
        str(source),
    )
    published = await house.stream(source)
    assert _sounds(published) == ["audio-r128", "audio-2-r128"]
    master = _master(published)
    renditions = re.findall(r'#EXT-X-MEDIA:TYPE=AUDIO.*NAME="(.*?)",LANGUAGE="(.*?)",DEFAULT=(\w+).*URI="(.*?)"', master)
    assert renditions == [
        ("de", "de", "YES", "audio-r128/index.m3u8"),
        (second, "en", "NO", "audio-2-r128/index.m3u8"),
    ]
    # For who only listens.
    assert re.search(
        r'#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="mp4a.40.2",AUDIO="audio"\naudio-r128/', master
    )
    for track in ("audio", "audio-r128", "audio-2", "audio-2-r128"):
        playlist = published.playlist(track)
        assert playlist.ended
        assert sum(entry.duration_s for entry in playlist.segments) == pytest.approx(6, abs=0.05)
        if track.endswith("r128"):
            assert integrated(tools, published.joined(track, tmp_path)) == pytest.approx(-16, abs=1)


@pytest.mark.parametrize("after_the_work", [False, True])
async def test_a_sound_is_normalised_once_whatever_became_of_the_first_attempt(
    house: House, session_factory: Sessions, tools: Tools, tmp_path: Path, after_the_work: bool
) -> None:
    """The first attempt dies with everything stored, or in the middle of storing it."""
    died = Transient("transcode.failed", "ffmpeg failed.")

    def dies(real: Callable[..., Any]) -> Callable[..., Any]:
        def work(ctx: StepContext, inputs: Any) -> Any:
            if ctx.job.attempt > 1:
                return real(ctx, inputs)
            if after_the_work:
                real(ctx, inputs)
            else:
                put = ctx.storage.put_file

                def first_only(key: str, path: Path) -> None:
                    if key.endswith("_00001.m4s"):
                        raise died
                    put(key, path)

                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(ctx.storage, "put_file", first_only)
                    real(ctx, inputs)
            raise died

        return work

    steps = [Step(one.kind, dies(one.work), one.record, one.load) if one.kind is NORMALISE_AUDIO else one for one in STEPS]
    published = await house.stream(make_sound(tools, tmp_path / "quiet.wav", SPEECH), steps=steps)
    assert _sounds(published) == ["audio-r128"]
    async with session_factory() as session:
        (job,) = await session.scalars(select(Job).where(Job.kind == NORMALISE_AUDIO.name))
        parts = list(await session.scalars(select(PartRow).where(PartRow.track == "audio-r128").order_by(PartRow.chunk)))
    assert job.attempt == 2
    assert [part.chunk for part in parts] == list(range(len(parts)))
    names = [segment["name"] for part in parts for segment in part.segments]
    assert [entry.uri for entry in published.playlist("audio-r128").segments] == names
    assert len({name.split("_")[0] for name in names}) == 1
