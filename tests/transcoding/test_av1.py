"""AV1 rungs: a ladder of their own, cut like the others, exact through every join; and what is known without a decoder."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import msgspec
import pytest

from core.errors import Transient
from core.media import Plan
from tests.support.clips import make_numbered, read_numbers
from tests.support.tracks import check_segments
from tests.transcoding.conftest import Made
from tests.transcoding.samples import sample_info
from transcoding import av1
from transcoding.check import check_decodes
from transcoding.encode_chunk import encode_chunk
from transcoding.keyframes import KeyFrames
from transcoding.mp4 import read_fragment, read_init
from transcoding.plan import make_plan
from transcoding.tools import Tools


@pytest.fixture(scope="module")
def decoding(tools: Tools) -> Tools:
    """An ffmpeg that can decode AV1, which ours can't."""
    return replace(tools, ffmpeg=Path(imageio_ffmpeg.get_ffmpeg_exe()), bwrap=None)


def _plan(width: int, height: int) -> Plan:
    return make_plan(sample_info(width, height), KeyFrames((0.0, 20.0, 40.0), 60.0))


def _av1(made: Made, tools: Tools) -> Iterator[str]:
    """Encodes the AV1 rungs of what was made; yields their names."""
    rungs = av1.av1_rungs(made.info, made.plan)
    for chunk in made.plan.chunks:
        for part in encode_chunk(tools, made.source, made.plan, chunk, rungs, made.folder, f"c{chunk.index:04d}"):
            made.parts.setdefault(part.track, []).append(part)
    yield from (rung.name for rung in rungs)


def test_the_ladder_is_whole_and_never_above_the_source() -> None:
    plan, info = _plan(1280, 720), sample_info(1280, 720)
    assert [rung.name for rung in av1.av1_rungs(info, plan)] == ["720p-av1", "480p-av1", "360p-av1", "240p-av1"]
    assert {(rung.codec, rung.fps_num, rung.fps_den) for rung in av1.av1_rungs(info, plan)} == {("av1", 25, 1)}


def test_a_copied_rung_has_its_like_and_a_dropped_one_has_not() -> None:
    plan, info = _plan(1280, 720), sample_info(1280, 720)
    rungs = tuple(msgspec.structs.replace(rung, copied=rung.name == "720p") for rung in plan.rungs if rung.name != "360p")
    found = av1.av1_rungs(info, msgspec.structs.replace(plan, rungs=rungs))
    assert [rung.name for rung in found] == ["720p-av1", "480p-av1", "240p-av1"]


def test_quality_follows_the_rung_beside_it() -> None:
    plan, info = _plan(640, 360), sample_info(640, 360)
    finer = tuple(msgspec.structs.replace(rung, crf=rung.crf - 4) for rung in plan.rungs)
    usual = av1.av1_rungs(info, plan)
    better = av1.av1_rungs(info, msgspec.structs.replace(plan, rungs=finer))
    assert [before.crf - after.crf for before, after in zip(usual, better, strict=True)] == [6, 6]
    assert all(rung.crf == int(rung.crf) for rung in (*usual, *better))


def test_every_frame_comes_back_in_order_through_the_joins(
    tools: Tools, decoding: Tools, tmp_path: Path, transcode: Callable[[Path], Made]
) -> None:
    options = ["-g", "999", "-bf", "2", "-force_key_frames", "0,1.7,5.1,6.6,11.9,13.2"]
    made = transcode(make_numbered(tools, tmp_path / "in.mp4", frames=450, rate="30000/1001", size=(320, 240), options=options))
    assert len(made.plan.chunks) >= 2
    for name in _av1(made, tools):
        parts = made.parts[name]
        assert len({part.init_sha256 for part in parts}) == 1
        assert {part.codecs for part in parts} == {"av01.0.00M.08"}
        check_segments(made.plan, parts, made.folder / name)
        check_decodes(tools, name, parts, made.folder / name)
        check_decodes(decoding, name, parts, made.folder / name)
        assert read_numbers(decoding, made.whole(name)) == list(range(450))
        folder = made.folder / name
        init = read_init((folder / parts[0].init_name).read_bytes())
        segments = [segment.name for part in parts for segment in part.segments]
        fragments = [read_fragment(folder / segment, init) for segment in segments]
        ends = [fragment.first_dts + fragment.duration for fragment in fragments]
        # On a grid that does not fall on ticks, a join may be off by one.
        assert all(abs(fragment.first_dts - end) <= 1 for fragment, end in zip(fragments[1:], ends, strict=False))
        assert Fraction(sum(fragment.samples for fragment in fragments)) == 450


def test_without_a_decoder_damage_shows_in_the_structure(
    tools: Tools, tmp_path: Path, transcode: Callable[[Path], Made]
) -> None:
    assert not av1.has_decoder(tools)
    made = transcode(make_numbered(tools, tmp_path / "in.mp4", frames=50))
    name = next(iter(list(_av1(made, tools))))
    segment = made.folder / name / made.parts[name][0].segments[0].name
    check_decodes(tools, name, made.parts[name], made.folder / name)
    whole = segment.read_bytes()
    begins = whole.index(b"mdat") + 4
    for broken in (whole[:begins] + bytes(64) + whole[begins + 64 :], whole[: len(whole) - 20]):
        segment.write_bytes(broken)
        with pytest.raises(Transient, match="not whole"):
            check_decodes(tools, name, made.parts[name], made.folder / name)
