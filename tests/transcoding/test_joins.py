"""Every frame of a source comes back once and in order, through every join of chunks, on every rung."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.clips import make_flash_and_beep, make_numbered, read_beeps, read_flashes, read_numbers
from tests.support.tracks import check_segments
from tests.transcoding.conftest import Made
from transcoding.check import check_decodes
from transcoding.tools import Tools


@pytest.mark.parametrize(
    ("rate", "frames", "keys"),
    [("25", 900, "expr:gte(t,n_forced*3.3)"), ("30000/1001", 1200, "0,1.7,5.1,6.6,11.9,13.2,19.4,21.7,28,33.3")],
    ids=["25", "29.97 with irregular key frames"],
)
def test_numbered_frames_come_back_in_order_on_every_rung(
    tools: Tools, tmp_path: Path, transcode: Callable[[Path], Made], rate: str, frames: int, keys: str
) -> None:
    options = ["-g", "999", "-bf", "2", "-force_key_frames", keys]
    made = transcode(make_numbered(tools, tmp_path / "in.mp4", frames=frames, rate=rate, size=(480, 360), options=options))
    assert len(made.plan.chunks) >= 5
    assert {rung.name for rung in made.plan.rungs} == {"360p", "240p"}
    for rung in made.plan.rungs:
        parts = made.parts[rung.name]
        assert len({part.init_sha256 for part in parts}) == 1
        check_segments(made.plan, parts, made.folder / rung.name)
        check_decodes(tools, rung.name, parts, made.folder / rung.name)
        assert read_numbers(tools, made.whole(rung.name)) == list(range(frames))


def test_flash_and_beep_stay_together(tools: Tools, tmp_path: Path, transcode: Callable[[Path], Made]) -> None:
    made = transcode(make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=36, options=["-g", "90"]))
    assert len(made.plan.chunks) >= 5
    flashes = read_flashes(tools, made.whole("120p"))
    beeps = read_beeps(tools, made.whole("audio"))
    assert len(flashes) == len(beeps) == 36
    apart = [abs(beep - flash) for flash, beep in zip(flashes, beeps, strict=True)]
    # The very first AAC frame fades in: the one before it, which it overlaps with, was dropped.
    assert apart[0] <= 0.02
    assert max(apart[1:]) <= 0.002
