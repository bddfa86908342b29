"""What a few seconds of a source say about its CRF and its rungs."""

from pathlib import Path

import msgspec
import pytest

from core.errors import ErrorKind, Interrupted
from core.media import Plan, Rung
from tests.support.clips import FAST_H264, make_clip
from tests.transcoding.samples import sample_info
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.quality import Quality, Score, apply_quality, excerpts, judge, probe_quality
from transcoding.tools import Tools
from transcoding.watch import Watch

SLIDES = "color=c=white:s=640x480:r=10,drawgrid=w=40:h=24:t=2:c=black"
NOISE = "color=c=gray:s=640x480:r=10,noise=alls=60:allf=t:all_seed=7"
# Nothing finer than a picture of 160x120 can hold.
UPSCALED = "testsrc2=s=160x120:r=10,scale=640:480:flags=lanczos"


def probed(tools: Tools, folder: Path, video: str) -> tuple[Plan, Quality]:
    options = (*FAST_H264, "-crf", "10", "-g", "20")
    clip = make_clip(tools, folder / "clip.mp4", video=video, audio=None, seconds=10, options=options)
    ready = prepare(tools, clip, Limits(), folder, copy=False)
    quality = probe_quality(tools, ready.source, ready.plan, folder)
    assert {path.name for path in folder.iterdir()} == {"clip.mp4"}
    return ready.plan, quality


def plan_of(width: int, height: int, **values: object) -> Plan:
    return make_plan(sample_info(width, height, **values), KeyFrames((0.0,), 0.0), copy=False)  # type: ignore[arg-type]


def score(rung: Rung, ssim_db: float, bit_rate: float, change: float = 0.1) -> Score:
    pixels = rung.width * rung.height
    return Score(rung=rung.name, pixels=pixels, ssim_db=ssim_db, bit_rate=bit_rate, change=change)


def test_slides_keep_their_sharpness_with_fewer_bytes_and_noise_fills_no_line(tools: Tools, tmp_path: Path) -> None:
    made = {}
    for name, video in (("slides", SLIDES), ("noise", NOISE)):
        (tmp_path / name).mkdir()
        made[name] = probed(tools, tmp_path / name, video)
    (plan, slides), (_, noise) = made["slides"], made["noise"]
    assert (slides.content, noise.content) == ("still", "grainy")
    # The higher CRF where nothing is lost by it...
    assert slides.rungs[0].crf == plan.rungs[0].crf + 3
    assert slides.rungs[0].max_rate < plan.rungs[0].max_rate / 2
    # ...and where what is lost can't be seen; the rate stays capped.
    assert noise.rungs[0].crf == plan.rungs[0].crf + 2
    assert noise.rungs[0].max_rate == plan.rungs[0].max_rate
    assert slides.rungs[0].bit_rate < noise.rungs[0].bit_rate / 4


def test_an_upscaled_source_loses_the_rungs_that_only_repeat_a_smaller_one(tools: Tools, tmp_path: Path) -> None:
    plan, quality = probed(tools, tmp_path, UPSCALED)
    assert [rung.name for rung in plan.rungs] == ["480p", "360p", "240p"]
    assert [gone.name for gone in quality.dropped][:1] == ["480p"]
    assert apply_quality(plan, quality).rungs[0].name == "360p"


def test_a_source_without_a_picture_that_can_be_decoded_stays_as_planned(tools: Tools, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 4096)
    plan = plan_of(640, 360)
    quality = probe_quality(tools, broken, plan, tmp_path)
    assert quality == Quality()
    assert apply_quality(plan, quality) == plan


def test_whoever_waits_can_stop_it(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None)
    stop = Interrupted("job.cancelled", "No longer wanted.", kind=ErrorKind.CANCELLED)
    with pytest.raises(Interrupted):
        probe_quality(tools, clip, plan_of(160, 120), tmp_path, Watch(should_stop=lambda: stop))


def test_excerpts_are_a_small_part_of_any_source() -> None:
    assert excerpts(plan_of(640, 360, duration_s=5.0)) == ((), 0.0)
    for duration_s in (9.0, 30.0, 3600.0):
        starts, length_s = excerpts(plan_of(640, 360, duration_s=duration_s))
        assert starts
        assert len(set(starts)) == len(starts)
        assert len(starts) * length_s <= 0.06 * duration_s + 1e-9
        assert starts[-1] + length_s < duration_s


def test_a_picture_below_the_floor_gets_more_bits_and_the_sizes_between_two_probed_ones_their_share() -> None:
    plan = plan_of(1920, 1080)
    planned = {rung.name: rung for rung in plan.rungs}
    quality = judge(plan, (score(planned["720p"], 20.0, 900_000), score(planned["360p"], 12.0, 300_000)), {})
    steps = {rung.name: rung.crf - planned[rung.name].crf for rung in quality.rungs}
    assert steps["1080p"] == steps["720p"] == 2
    assert steps["360p"] == steps["240p"] == -2
    assert -2 < steps["480p"] < 2
    rates = [rung.bit_rate for rung in quality.rungs]
    assert rates == sorted(rates, reverse=True)
    assert not quality.dropped


def test_rungs_below_a_rate_that_every_line_carries_are_not_made() -> None:
    plan = plan_of(1280, 720)
    rungs = {rung.name: rung for rung in plan.rungs}
    quality = judge(plan, (score(rungs["720p"], 30.0, 160_000), score(rungs["360p"], 26.0, 60_000)), {"480p": 30.0})
    assert [rung.name for rung in apply_quality(plan, quality).rungs] == ["720p"]
    assert {gone.name for gone in quality.dropped} == {"480p", "360p", "240p"}


def test_a_copied_rung_is_left_alone_and_does_not_replace_an_encoded_one() -> None:
    plan = plan_of(1280, 720)
    top, *rest = plan.rungs
    plan = msgspec.structs.replace(plan, rungs=(msgspec.structs.replace(top, copied=True), *rest))
    by_name = {rung.name: rung for rung in plan.rungs}
    scores = (score(by_name["480p"], 30.0, 600_000), score(by_name["360p"], 28.0, 300_000))
    after = apply_quality(plan, judge(plan, scores, {"360p": 60.0})).rungs
    assert after[0] == plan.rungs[0]
    assert [rung.name for rung in after] == ["720p", "360p", "240p"]
