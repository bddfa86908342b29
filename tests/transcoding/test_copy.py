"""The fast lane: which sources are copied, and that what is copied joins to the tick, also with what is encoded."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.media import Part, Plan
from tests.support.clips import (
    AAC,
    FAST_H264,
    NEVER_COPIED,
    joined,
    make_clip,
    make_flash_and_beep,
    make_numbered,
    read_beeps,
    read_flashes,
    read_numbers,
)
from transcoding.copy import copy_head, copy_rest
from transcoding.encode_chunk import encode_chunk
from transcoding.fastlane import segment_starts
from transcoding.keyframes import KeyFrames
from transcoding.prepare import Prepared, prepare
from transcoding.probe import Limits
from transcoding.tools import Tools
from transcoding.verify import BadOutput
from transcoding.watch import Watch

IRREGULAR = "0,1.72,5.12,6.6,11.92,13.2,19.4,21.72,28,33.32"


class Copied:
    """What both runs made of a source."""

    def __init__(self, tools: Tools, source: Path, folder: Path) -> None:
        folder.mkdir()
        self.ready: Prepared = prepare(tools, source, Limits(), folder)
        self.plan: Plan = self.ready.plan
        self.folder = folder
        self.head = self._run(tools, copy_head, "h")
        self.rest = self._run(tools, copy_rest, "r")

    def _run(self, tools: Tools, run: Callable[..., None], prefix: str) -> list[Part]:
        parts: list[Part] = []
        run(tools, self.ready.source, self.plan, self.folder, prefix, parts.append, Watch())
        return parts

    def segments(self, track: str) -> list[str]:
        """The names of all segments of a track; a sound's second run begins again from its start."""
        head = [segment.name for part in self.head if part.track == track for segment in part.segments]
        rest = [segment.name for part in self.rest if part.track == track for segment in part.segments]
        return head + (rest[len(head) :] if track.startswith("audio") else rest)

    def whole(self, track: str) -> Path:
        inits = {part.init_name for part in (*self.head, *self.rest) if part.track == track}
        assert len(inits) == 1
        return joined(self.folder / track, inits.pop(), self.segments(track))


@pytest.mark.parametrize(
    ("rate", "frames", "options"),
    [
        ("25", 900, ["-g", "60", "-bf", "3"]),
        ("30000/1001", 1200, ["-g", "999", "-bf", "2", "-force_key_frames", IRREGULAR]),
    ],
    ids=["25", "29.97 with irregular key frames"],
)
def test_every_frame_of_a_copied_source_is_there_once_and_in_order(
    tools: Tools, tmp_path: Path, rate: str, frames: int, options: Sequence[str]
) -> None:
    source = make_numbered(tools, tmp_path / "in.mp4", frames=frames, rate=rate, size=(480, 360), options=options)
    made = Copied(tools, source, tmp_path / "out")
    assert [rung.name for rung in made.plan.rungs if rung.copied] == ["360p"]
    assert made.head
    assert made.rest
    assert [part.chunk for part in (*made.head, *made.rest)] == [chunk.index for chunk in made.plan.chunks]
    assert sum(part.frames for part in (*made.head, *made.rest)) == frames
    assert read_numbers(tools, made.whole("360p")) == list(range(frames))


def test_copied_and_encoded_rungs_are_cut_at_the_same_frames(tools: Tools, tmp_path: Path) -> None:
    options = ["-g", "999", "-bf", "2", "-force_key_frames", IRREGULAR]
    made = Copied(
        tools,
        make_numbered(tools, tmp_path / "in.mp4", frames=900, size=(480, 360), options=options),
        tmp_path / "out",
    )
    small = tuple(rung for rung in made.plan.rungs if not rung.copied)
    assert [rung.name for rung in small] == ["240p"]
    copied = [segment.duration_s for part in (*made.head, *made.rest) for segment in part.segments]
    encoded: list[float] = []
    for chunk in made.plan.chunks:
        (part,) = encode_chunk(tools, made.ready.source, made.plan, chunk, small, made.folder, f"c{chunk.index}")
        encoded += [segment.duration_s for segment in part.segments]
    assert encoded == pytest.approx(copied, abs=1e-6)
    names = sorted(path.name for path in (made.folder / "240p").glob("c*.m4s"))
    (init,) = (made.folder / "240p").glob("init-*.mp4")
    assert read_numbers(tools, joined(made.folder / "240p", init.name, names)) == list(range(900))


def test_frames_stay_in_order_where_a_player_switches_between_a_copied_and_an_encoded_rung(
    tools: Tools, tmp_path: Path
) -> None:
    options = ["-g", "50", "-bf", "2"]
    made = Copied(
        tools, make_numbered(tools, tmp_path / "in.mp4", frames=500, size=(480, 360), options=options), tmp_path / "out"
    )
    small = tuple(rung for rung in made.plan.rungs if not rung.copied)
    encoded: list[tuple[str, str]] = []
    for chunk in made.plan.chunks:
        (part,) = encode_chunk(tools, made.ready.source, made.plan, chunk, small, made.folder, f"c{chunk.index}")
        encoded += [(part.init_name, segment.name) for segment in part.segments]
    copied = [(part.init_name, segment.name) for part in (*made.head, *made.rest) for segment in part.segments]
    assert len(copied) == len(encoded) >= 5
    numbers: list[int] = []
    for number, (large, little) in enumerate(zip(copied, encoded, strict=True)):
        track, (init, name) = ("360p", large) if number % 2 else ("240p", little)
        numbers += read_numbers(tools, joined(made.folder / track, init, [name]))
    assert numbers == list(range(500))


@pytest.mark.full
def test_flash_and_beep_are_together_after_ten_minutes_on_copied_and_encoded_rungs(tools: Tools, tmp_path: Path) -> None:
    source = make_flash_and_beep(
        tools, tmp_path / "in.mp4", seconds=610, every_s=5, rate="10", size="320x270", options=["-g", "30"]
    )
    made = Copied(tools, source, tmp_path / "out")
    small = tuple(rung for rung in made.plan.rungs if not rung.copied)
    names: list[str] = []
    init = ""
    for chunk in made.plan.chunks:
        (part,) = encode_chunk(tools, made.ready.source, made.plan, chunk, small, made.folder, f"c{chunk.index:04d}")
        names, init = names + [segment.name for segment in part.segments], part.init_name
    beeps = read_beeps(tools, made.whole("audio"))
    assert len(beeps) == 122
    for path in (made.whole("270p"), joined(made.folder / small[0].name, init, names)):
        flashes = read_flashes(tools, path, "10")
        assert max(abs(beep - flash) for flash, beep in zip(flashes, beeps, strict=True)) <= 0.04


def test_flash_and_beep_stay_together_when_both_are_copied(tools: Tools, tmp_path: Path) -> None:
    made = Copied(tools, make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=45, options=["-g", "90"]), tmp_path / "out")
    assert [sound.copied for sound in made.plan.sounds] == [True]
    flashes, beeps = read_flashes(tools, made.whole("120p")), read_beeps(tools, made.whole("audio"))
    assert len(flashes) == len(beeps) == 45
    assert max(abs(beep - flash) for flash, beep in zip(flashes, beeps, strict=True)) <= 0.04


def _copied(tools: Tools, path: Path) -> bool:
    ready = prepare(tools, path, Limits(), path.parent)
    return ready.plan.copied_rung is not None


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("other chroma", [*NEVER_COPIED]),
        ("open groups", ["-preset", "veryfast", "-g", "25", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"]),
        ("key frames too far apart", ["-g", "999", "-x264-params", "scenecut=0"]),
        ("fragments without an index", ["-movflags", "+frag_keyframe+empty_moov"]),
        ("fields", ["-flags", "+ildct+ilme", "-x264opts", "tff=1"]),
    ],
)
def test_what_players_or_the_grid_can_not_take_is_encoded(
    tools: Tools, tmp_path: Path, name: str, options: Sequence[str]
) -> None:
    video = "testsrc2=s=160x120:r=25"
    path = make_clip(tools, tmp_path / f"{name}.mp4", video=video, seconds=14, options=(*FAST_H264, *AAC, *options))
    assert not _copied(tools, path)


def test_an_upright_h264_of_common_make_is_copied(tools: Tools, tmp_path: Path) -> None:
    assert _copied(tools, make_clip(tools, tmp_path / "plain.mp4", seconds=5))
    assert _copied(tools, make_clip(tools, tmp_path / "silent.mov", audio=None, options=FAST_H264, seconds=5))


def test_sound_that_players_do_not_take_is_encoded_beside_the_copied_picture(tools: Tools, tmp_path: Path) -> None:
    path = make_clip(tools, tmp_path / "mp3.mp4", seconds=5, options=(*FAST_H264, "-c:a", "libmp3lame"))
    plan = prepare(tools, path, Limits(), tmp_path).plan
    assert plan.copied_rung is not None
    assert [sound.copied for sound in plan.sounds] == [False]


def test_an_index_that_lies_is_found_out(tools: Tools, tmp_path: Path) -> None:
    """The table calls frames key frames that are none: the muxer cuts where the decoder can't start, or not at all."""
    path = make_clip(tools, tmp_path / "in.mp4", seconds=20, options=(*FAST_H264, *AAC, "-g", "200"))
    data = bytearray(path.read_bytes())
    at = data.index(b"stss") + 8
    count = int.from_bytes(data[at : at + 4], "big")
    for number in range(1, count):
        entry = at + 4 + 4 * number
        data[entry : entry + 4] = (int.from_bytes(data[entry : entry + 4], "big") - 7).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(BadOutput):
        Copied(tools, path, tmp_path / "out")


def test_segments_follow_the_rule_of_the_muxer() -> None:
    def starts(*times: float) -> tuple[list[float], int]:
        return segment_starts(KeyFrames(tuple(times), 100.0))

    assert starts(0, 2, 4, 6, 8) == ([0, 4, 8], 3)
    # The second cut comes at 8 s or later, whatever the first segment's length.
    assert starts(0, 5, 9, 13, 17) == ([0, 5, 9, 13, 17], 5)
    assert starts(0, 7, 7.5, 8, 9, 12) == ([0, 7, 8, 12], 4)
    # The run that begins behind the head counts from its own start.
    late, in_head = starts(0, 9, 18, 27, 36, 37, 41, 44)
    assert (late, in_head) == ([0, 9, 18, 27, 36, 41, 44], 4)


def test_the_sound_of_the_head_ends_with_a_whole_segment(tools: Tools, tmp_path: Path) -> None:
    options = ["-g", "999", "-force_key_frames", "expr:gte(t,n_forced*7)", "-x264-params", "scenecut=0"]
    made = Copied(tools, make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=60, options=options), tmp_path / "out")
    head, rest = (
        [segment.duration_s for part in parts if part.track == "audio" for segment in part.segments]
        for parts in (made.head, made.rest)
    )
    assert len(head) >= 2
    assert head == rest[: len(head)]
    assert sum(rest) == pytest.approx(60, abs=0.05)
