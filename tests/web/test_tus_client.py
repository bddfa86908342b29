"""The real tus-js-client in Node: an upload survives its client's death and the API's, byte for byte."""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.support.wait import wait_for
from tests.support.webapp import NODE, WEB, built

CHUNK = 256 * 1024


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Without workers: nobody looks at what arrives."""
    built()
    with Platform(tmp_path_factory.mktemp("platform"), units=(), env={"AULA_ARGON2_MEMORY_KIB": "64"}) as platform:
        yield platform


class Client:
    """A Node process that uploads."""

    def __init__(self, platform: Platform, token: str, file: Path, storage: Path, hold_at: int) -> None:
        told = {
            "webFolder": str(WEB),
            "file": str(file),
            "endpoint": f"{platform.base_url}/api/v1/uploads",
            "token": token,
            "storage": str(storage),
            "chunkSize": CHUNK,
            "holdAt": hold_at,
        }
        script = Path(__file__).parent / "upload.mjs"
        self.process = subprocess.Popen(
            [str(NODE), str(script), json.dumps(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def until(self, word: str) -> Any:
        """Read what it says until `word`; returns what it says of it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            thing = json.loads(line)
            assert "error" not in thing, thing
            if word in thing:
                return thing[word]
        raise AssertionError(f"the client ended without {word!r}")

    def go_on(self) -> None:
        """Release the PATCH that is held."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def uploading(platform: Platform, token: str, file: Path, storage: Path, hold_at: int) -> Iterator[Client]:
    client = Client(platform, token, file, storage, hold_at)
    with client.process:
        try:
            yield client
        finally:
            client.process.kill()


def test_an_upload_survives_its_client_and_the_api(platform: Platform, tmp_path: Path) -> None:
    file, storage = tmp_path / "lecture.mp4", tmp_path / "uploads.json"
    file.write_bytes(os.urandom(5 * CHUNK + 77))
    with Person(platform.base_url, f"node-{secrets.token_hex(4)}@example.org", "a long password", "Node") as person:
        person.register()
        token = str(person.http.headers["Authorization"]).removeprefix("Bearer ")

        with uploading(platform, token, file, storage, hold_at=3) as client:
            assert client.until("resumed") is False
            assert client.until("held") == 2 * CHUNK
            client.process.send_signal(signal.SIGKILL)

        with uploading(platform, token, file, storage, hold_at=2) as client:
            assert client.until("resumed") is True
            assert client.until("held") == 3 * CHUNK
            api = platform.processes["api"]
            os.kill(api, signal.SIGKILL)
            wait_for(lambda: platform.processes.get("api") != api, "the API to be gone", 10)
            client.go_on()
            client.until("done")
            assert client.process.wait(10) == 0

        asset = person.call("GET", "assets").json()["items"][0]
        assert asset["state"] != "uploading"
        assert json.loads(storage.read_text() or "{}") == {}
        stored = platform.data_dir / "objects" / "originals" / asset["id"] / "source"
        assert stored.read_bytes() == file.read_bytes()
