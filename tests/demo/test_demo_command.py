"""`aula demo --json` as a script sees it: one object on standard output, an exit status, nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.demo.lecture.render import render_lecture
from ops.demo.lecture.slides import LECTURE

ROOT = Path(__file__).parents[2]
FIELDS = {
    "asset_id",
    "source",
    "upload_s",
    "first_playable_s",
    "stall_s",
    "ready_s",
    "rungs",
    "av_offset_ms",
    "manifest_url",
    "unsigned_status",
    "jobs",
    "ok",
}


def aula_demo(*arguments: str, temporary: Path) -> tuple[int, dict[str, Any]]:
    """(exit status, the object) of one run that may put temporary files only below `temporary`."""
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary), "AULA_ARGON2_MEMORY_KIB": "64"}
    command = [sys.executable, "-m", "ops.cli", "demo", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=110)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(lines[0])
    return done.returncode, answer


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Short: unix sockets live below it.
    return tmp_path_factory.mktemp("d") / "t"


def test_a_lecture_is_verified(tools: Any, tmp_path: Path, temporary: Path) -> None:
    clip = render_lecture(tools.ffmpeg, tmp_path / "lecture.mp4", slides=LECTURE[:2], slide_s=3.0)
    status, answer = aula_demo("--video", str(clip), temporary=temporary)
    assert answer["error"] is None
    assert answer["ok"]
    assert status == 0
    assert set(answer) >= FIELDS
    assert answer["source"] == {"duration_s": 6.0, "width": 1280, "height": 720, "codec": "h264", "frames": 150}
    assert {rung["name"] for rung in answer["rungs"]} == {"720p", "480p", "360p", "240p"}
    assert {rung["frames"] for rung in answer["rungs"]} == {150}
    assert abs(answer["av_offset_ms"]) <= 40
    assert answer["unsigned_status"] == 403
    assert 0 < answer["first_playable_s"] <= answer["ready_s"]
    assert answer["jobs"]["attempts"] >= answer["jobs"]["total"] > 5
    with pytest.raises(httpx.ConnectError):
        httpx.get(answer["manifest_url"], trust_env=False)
    assert list(temporary.iterdir()) == []


def test_until_playable_stops_early(tools: Any, tmp_path: Path, temporary: Path) -> None:
    clip = render_lecture(tools.ffmpeg, tmp_path / "lecture.mp4", slides=LECTURE[:2], slide_s=3.0)
    status, answer = aula_demo("--video", str(clip), "--until", "playable", temporary=temporary)
    assert status == 0
    assert answer["ok"]
    assert answer["ready_s"] is None
    assert answer["rungs"]


def test_a_refused_file_says_why(tmp_path: Path, temporary: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("These are notes, not a video.\n" * 20)
    status, answer = aula_demo("--video", str(file), temporary=temporary)
    assert status == 1
    assert not answer["ok"]
    assert answer["error"]["code"] == "media.not_a_video"
    assert set(answer) >= FIELDS
    assert list(temporary.iterdir()) == []


def test_a_file_that_does_not_exist_is_not_run(tmp_path: Path, temporary: Path) -> None:
    status, answer = aula_demo("--video", str(tmp_path / "none.mp4"), temporary=temporary)
    assert status == 2
    assert answer["error"]["code"] == "demo.no_such_file"
