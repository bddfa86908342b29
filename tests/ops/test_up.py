"""`aula up`, as a person runs it: it comes up, survives kills, refuses a twin, and leaves nothing behind."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.embedded.forks import ROOT
from ops.embedded.processes import is_alive
from tests.support.wait import wait_for

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("platform")]


class Up:
    """A running `aula up` and what it printed."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-m", "ops.cli", "up", "--data", str(data_dir), "--port", "0", "--no-demo-course", "--json"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.facts: dict[str, Any] = json.loads(output.readline() or '{"ok": false}')
        assert self.facts["ok"], self.facts

    @property
    def pids(self) -> dict[str, int]:
        """Processes as they were when it came up."""
        return dict(self.facts["processes"])

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection(urlsplit(self.facts["url"]).netloc, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def descendants(self) -> set[int]:
        """Every process below it, Granian's and PostgreSQL's own children too."""
        found, waiting = set[int](), [self.process.pid]
        while waiting:
            children = Path(f"/proc/{waiting[-1]}/task").glob("*/children")
            waiting.pop()
            for pid in {int(word) for file in children for word in file.read_text().split()} - found:
                found.add(pid)
                waiting.append(pid)
        return found


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aula-up-") as name:
        yield Path(name)


def test_up_survives_kills_and_ends_with_ctrl_c(data_dir: Path) -> None:
    up = Up(data_dir)
    try:
        assert up.is_ready()
        assert {"postgres", "redis", "api", "dispatcher", "worker-encode"} <= up.pids.keys()
        twin = subprocess.run(
            [sys.executable, "-m", "ops.cli", "up", "--data", str(data_dir), "--port", "0", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert twin.returncode == 1
        assert json.loads(twin.stdout)["error"]["code"] == "embedded.in_use"
        for victim in ("redis", "postgres", "api", "nursery"):
            os.kill(up.pids[victim], signal.SIGKILL)
            wait_for(lambda victim=victim: not is_alive(up.pids[victim]), f"the end of {victim}")  # type: ignore[misc]
            wait_for(up.is_ready, f"the platform without its first {victim}", deadline_s=90)
        everything = up.descendants()
        assert len(everything) > 8
    finally:
        up.process.send_signal(signal.SIGINT)
        status = up.process.wait(60)
    assert status == 0
    wait_for(lambda: not any(is_alive(pid) for pid in everything), "the end of all processes")
    assert not list((data_dir / "run").iterdir())


def test_what_a_killed_up_leaves_behind_does_not_hinder_the_next(data_dir: Path) -> None:
    up = Up(data_dir)
    everything = up.descendants()
    up.process.kill()
    up.process.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in everything), "the end of the orphans", deadline_s=60)
    again = Up(data_dir)
    assert again.is_ready()
    assert again.facts["password"] == up.facts["password"]
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(60) == 0
