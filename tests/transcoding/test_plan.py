"""Plans: the ladder of a source, where its chunks are cut, and what falls between."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from core.media import AudioStream, MediaInfo, Plan
from tests.transcoding.samples import sample_info
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan
from transcoding.sample_tables import KeyFrameIndex


def rungs_of(width: int, height: int, **values: Any) -> list[tuple[str, int, int]]:
    plan = make_plan(sample_info(width, height, **values), KeyFrames((0.0,), 60))
    return [(rung.name, rung.width, rung.height) for rung in plan.rungs]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), ["1080p", "720p", "480p", "360p", "240p"]),
        ((1920, 1080), ["1080p", "720p", "480p", "360p", "240p"]),
        ((1280, 720), ["720p", "480p", "360p", "240p"]),
        ((1279, 719), ["718p", "480p", "360p", "240p"]),
        ((640, 400), ["360p", "240p"]),
        ((600, 450), ["450p", "360p", "240p"]),
        ((426, 240), ["240p"]),
        ((161, 91), ["90p"]),
        ((16, 16), ["16p"]),
    ],
)
def test_the_ladder_never_exceeds_the_source(size: tuple[int, int], expected: list[str]) -> None:
    found = rungs_of(*size)
    assert [name for name, _, _ in found] == expected
    for _, width, height in found:
        assert width % 2 == height % 2 == 0
        assert width <= size[0] + 1
        assert height <= size[1]


def test_portrait_rungs_are_named_by_their_width() -> None:
    assert rungs_of(1080, 1920)[:2] == [("1080p", 1080, 1920), ("720p", 720, 1280)]


@pytest.mark.parametrize(
    ("size", "rate", "level"),
    [
        ((1920, 1080), 30, "4.0"),
        ((1920, 1080), 60, "4.2"),
        ((1280, 720), 30, "3.1"),
        ((1280, 720), 60, "3.2"),
        ((426, 240), 25, "2.1"),
    ],
)
def test_levels_hold_size_and_speed(size: tuple[int, int], rate: int, level: str) -> None:
    assert make_plan(sample_info(*size, fps_num=rate), KeyFrames((0.0,), 60)).rungs[0].level == level


@pytest.mark.parametrize(("rate", "expected"), [(24, 24), (60, 60), (100, 50), (120, 60), (90, 45)])
def test_the_rate_is_capped_by_whole_parts(rate: int, expected: int) -> None:
    rung = make_plan(sample_info(640, 360, fps_num=rate), KeyFrames((0.0,), 60)).rungs[0]
    assert Fraction(rung.fps_num, rung.fps_den) == expected


def check_grid(plan: Plan) -> None:
    """Chunks follow each other without gap or overlap, and no segment is longer than the target."""
    fps = Fraction(plan.rungs[0].fps_num, plan.rungs[0].fps_den)
    frame = 0
    for number, chunk in enumerate(plan.chunks):
        assert chunk.index == number
        assert round(Fraction(chunk.start_s) * fps) == frame
        assert chunk.seek_s <= chunk.start_s + float(1 / fps) / 2 + 1e-6
        bounds = [0.0, *chunk.cuts, chunk.duration_s]
        assert bounds == sorted(set(bounds))
        assert all(round(end - start) <= plan.target_duration for start, end in pairwise(bounds))
        frame += chunk.frames
    assert float(frame / fps) == plan.duration_s


@pytest.mark.parametrize("rate", [(25, 1), (30000, 1001), (24000, 1001), (60, 1), (15, 1)])
@pytest.mark.parametrize("duration_s", [0.5, 3.9, 6.1, 31.7, 600.04, 7200.0])
@pytest.mark.parametrize("gap_s", [0.5, 2.002, 7.7, 61.0])
def test_every_grid_is_seamless(rate: tuple[int, int], duration_s: float, gap_s: float) -> None:
    times = tuple(index * gap_s for index in range(int(duration_s / gap_s) + 1))
    info = sample_info(640, 360, fps_num=rate[0], fps_den=rate[1], duration_s=duration_s)
    check_grid(make_plan(info, KeyFrames(times, duration_s)))


def test_the_head_is_cut_short_and_the_rest_long_at_key_frames() -> None:
    times = tuple(index * 2.0 for index in range(300))
    plan = make_plan(sample_info(640, 360, duration_s=600.0), KeyFrames(times, 600.0))
    assert [chunk.duration_s for chunk in plan.chunks[:9]] == [4, 4, 4, 8, 10, 10, 10, 20, 20]
    assert all(chunk.seek_s == chunk.start_s for chunk in plan.chunks)


def test_distant_key_frames_are_cut_inside_and_decoded_from_the_one_before() -> None:
    plan = make_plan(sample_info(640, 360, duration_s=300.0), KeyFrames((0.0, 100.0, 200.0), 300.0))
    check_grid(plan)
    assert all(chunk.duration_s <= 30 for chunk in plan.chunks)
    assert {chunk.seek_s for chunk in plan.chunks} == {0.0, 100.0, 200.0}
    assert all(chunk.start_s - chunk.seek_s < 100 for chunk in plan.chunks)


def test_beyond_the_known_key_frames_cuts_are_regular_and_sought_early() -> None:
    plan = make_plan(sample_info(640, 360, duration_s=120.0), KeyFrames(tuple(map(float, range(0, 44, 2))), 44.0))
    check_grid(plan)
    assert [chunk.start_s - chunk.seek_s for chunk in plan.chunks if chunk.start_s > 44] == [1.0, 1.0, 1.0, 1.0]


def test_sound_alone_has_no_rungs_and_starts_where_it_starts() -> None:
    sound = AudioStream(index=0, codec="mp3", channels=1, sample_rate=44_100, start_s=0.025)
    plan = make_plan(MediaInfo(container="mp3", duration_s=10.0, start_s=0.025, size=1, audio=(sound,)), KeyFrames((), 10))
    assert plan.rungs == ()
    assert plan.audio
    assert plan.audio.channels == 1
    assert plan.source_start_s == 0
    assert len(plan.chunks) == 1


def test_the_presentation_starts_with_the_first_frame() -> None:
    info = sample_info(640, 360, start_s=1.4, video_start_s=1.5)
    assert make_plan(info, KeyFrames((0.0,), 60)).source_start_s == pytest.approx(0.1)


def test_padding_of_the_audio_codec_adds_no_frame() -> None:
    info = sample_info(640, 360, duration_s=5.312, video_duration_s=5.28)
    assert sum(chunk.frames for chunk in make_plan(info, KeyFrames((0.0,), 6)).chunks) == 132


@pytest.mark.parametrize(("gap_s", "target"), [(2.0, 4), (4.4, 4), (4.48, 5), (4.5, 5), (6.5, 7), (8.36, 8)])
def test_no_copied_segment_is_longer_than_the_target_wherever_it_lies_on_the_grid(gap_s: float, target: int) -> None:
    times = tuple(round(number * gap_s, 3) for number in range(10))
    end_s = round(10 * gap_s, 3)
    keyframes = KeyFrames(times, end_s, KeyFrameIndex(times=times, closed=True, end_s=end_s))
    plan = make_plan(sample_info(640, 360, duration_s=end_s, sound=False), keyframes)
    assert plan.copied_rung is not None
    assert plan.target_duration == target
