"""The real server around `stream_app`, and what a client needs to speak to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from api.cookies import cookie_name
from core.settings import StorageSettings
from storage import keys, open_storage
from storage.signing import Signer, signed_path, stream_path
from tests.api.stream_app import INSTANCE, KEYS
from tests.support.wait import wait_for

_ROOT = Path(__file__).resolve().parents[2]


class StreamServer:
    """A running server, its storage, and signatures that it accepts."""

    def __init__(self, sock: Path, storage_url: str, revoked: Path) -> None:
        self.sock = sock
        self.storage = open_storage(StorageSettings(storage_url=storage_url))
        self.signer = Signer.from_setting(KEYS)
        self.client = httpx.Client(transport=httpx.HTTPTransport(uds=str(sock)), base_url="http://stream.test")
        self._revoked = revoked

    def token(self, asset: UUID, session: UUID | None = None, life_s: float = 600) -> str:
        """A signature that ends in `life_s` seconds."""
        return self.signer.sign(asset, session or uuid4(), datetime.now(UTC) + timedelta(seconds=life_s))

    def cookie(self, token: str) -> dict[str, str]:
        """The request header that carries a signature."""
        return {"cookie": f"{cookie_name(INSTANCE)}={token}"}

    def revoke(self, sessions: list[UUID]) -> None:
        """Put these sessions on the deny-list."""
        new = self._revoked.with_suffix(".new")
        new.write_text(json.dumps([str(each) for each in sessions]))
        new.replace(self._revoked)

    def raw(self, request: bytes) -> bytes:
        """Send exactly these bytes and return all of the answer, which must close the connection."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.sock))
            sock.sendall(request)
            return b"".join(iter(lambda: sock.recv(65536), b""))


class Film:
    """One stored asset with one object of each kind."""

    def __init__(self, server: StreamServer, segment: bytes = b"0123456789") -> None:
        self.asset, self.version = uuid4(), uuid4()
        self.segment = segment
        self.token = server.token(self.asset)
        self.cookie = server.cookie(self.token)
        self.master = keys.master(self.asset, self.version)
        self.playlist = keys.media_playlist(self.asset, self.version, "720p")
        self.segment_key = keys.track_file(self.asset, self.version, "720p", "c0000-abc_00000.m4s")
        self.init = keys.track_file(self.asset, self.version, "720p", "init-0123.mp4")
        self.poster = keys.still(self.asset, self.version, "poster.jpg")
        for key, data in {
            self.master: b"#EXTM3U\n720p/index.m3u8\n",
            self.playlist: b"#EXTM3U\n",
            self.segment_key: segment,
            self.init: b"init",
            self.poster: b"jpeg",
        }.items():
            server.storage.put_bytes(key, data)

    def signed(self, key: str) -> str:
        """The signed path of a key."""
        return signed_path(self.token, key)

    def plain(self, key: str) -> str:
        """The path of a key, to be fetched with the cookie."""
        return stream_path(key)


@contextmanager
def running_stream(storage_url: str) -> Iterator[StreamServer]:
    """A server on a unix socket while the context lasts."""
    # Short: socket paths have 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="aula-") as folder:
        sock, revoked = Path(folder) / "s", Path(folder) / "revoked"
        revoked.write_text("[]")
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--uds", str(sock), "--log-level"]
        process = subprocess.Popen(
            [*command, "warning", "tests.api.stream_app:app"],
            cwd=_ROOT,
            env=os.environ | {"STREAM_STORAGE": storage_url, "STREAM_REVOKED": str(revoked)},
            # A group of its own: its workers outlive a server that has to be killed.
            start_new_session=True,
        )
        server = StreamServer(sock, storage_url, revoked)
        try:
            wait_for(lambda: process.poll() is not None or answers(sock), "the stream server to answer", 90)
            yield server
        finally:
            server.client.close()
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answers(sock: Path) -> bool:
    """Whether a server is there."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(sock)) == 0
