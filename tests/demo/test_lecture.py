"""The rendered lecture is what it says: size, rate, length, sound, and a flash with every beep."""

from pathlib import Path
from typing import Any

import pytest

from ops.demo.lecture.render import cue_times, render_lecture
from ops.demo.lecture.slides import LECTURE
from ops.demo.verification.probe import Programs, source_facts


def test_a_lecture_is_rendered(tools: Any, tmp_path: Path) -> None:
    clip = render_lecture(tools.ffmpeg, tmp_path / "lecture.mp4", slides=LECTURE[:2], slide_s=2.0)
    facts = source_facts(Programs(tools.ffmpeg, tools.ffprobe), clip)
    assert (facts.width, facts.height, facts.codec, facts.fps) == (1280, 720, "h264", 25.0)
    assert facts.frames == 100
    assert facts.duration_s == pytest.approx(4.0, abs=0.1)
    assert facts.has_audio


def test_the_whole_lecture_lasts_a_minute() -> None:
    assert len(LECTURE) * 10 == 60
    assert cue_times(3) == [1.0, 11.0, 21.0]
