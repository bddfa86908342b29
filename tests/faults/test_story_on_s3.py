"""The whole way of a video with its objects in S3 (moto's server)."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ops.demo.narrator import Narrator
from ops.demo.report import Report
from ops.demo.story import Story, cast
from ops.demo.verification.probe import Programs
from ops.embedded.platform import Platform
from tests.faults.conftest import QUICK
from tests.faults.world import make_clip
from tests.support.wait import wait_for

pytestmark = pytest.mark.xdist_group("faults")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[str]:
    """The address of an S3 with an empty bucket `aula`."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    with (tmp_path / "moto.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            with httpx.Client(trust_env=False) as client:

                def has_bucket() -> bool:
                    try:
                        return client.put(f"{base}/aula").status_code == 200
                    except httpx.TransportError:
                        return False

                wait_for(has_bucket, "moto's server", 30)
            yield base
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait()


def test_the_story_passes_on_s3(s3: str, programs: Programs, tmp_path: Path) -> None:
    clip = make_clip(programs, tmp_path / "clip.mp4", 8)
    env = QUICK | {
        "AULA_STORAGE_URL": f"s3://aula/objects?endpoint={s3}&region=us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    report = Report()
    with Platform(tmp_path / "platform", env=env) as platform, Narrator(quiet=True) as narrator:
        people = cast(platform.base_url)
        with people.instructor, people.learner:
            Story(platform.base_url, programs, clip, "ready", narrator, report).tell(people)
    assert report.as_dict()["error"] is None
    assert report.ok
    assert report.findings.unsigned_status == 403
    assert {rung.frames for rung in report.findings.rungs} == {200}
