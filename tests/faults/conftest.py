"""One platform for all fault tests of a process, quick to notice what has died, strict about what it takes in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.demo.verification.probe import Programs
from ops.embedded.platform import Platform
from tests.faults.world import World, make_clip

QUICK = {
    "AULA_LEASE_S": "2",
    "AULA_LEASE_RENEW_S": "0.5",
    "AULA_RESCUE_INTERVAL_S": "0.5",
    "AULA_DISPATCH_POLL_S": "0.1",
    "AULA_HINT_RESEND_S": "1",
    "AULA_BACKOFF_BASE_S": "0.2",
    "AULA_ARGON2_MEMORY_KIB": "64",
    "AULA_ENCODE_THREADS": "1",
}
STRICT = {
    "AULA_MEDIA_MAX_DURATION_S": "60",
    "AULA_MEDIA_MAX_PIXELS": "1000000",
    "AULA_UPLOAD_MAX_BYTES": "33554432",
}


@pytest.fixture(scope="session")
def programs(tools: Any) -> Programs:
    return Programs(tools.ffmpeg, tools.ffprobe)


@pytest.fixture(scope="session")
def world(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Platform(tmp_path_factory.mktemp("platform"), env=QUICK | STRICT) as platform:
        world = World(platform, programs, tmp_path_factory.mktemp("verify"))
        yield world
        world.close()


@pytest.fixture(scope="session")
def clip(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 s: five chunks of which the first is short."""
    return make_clip(programs, tmp_path_factory.mktemp("clip") / "five-chunks.mp4", 36)
