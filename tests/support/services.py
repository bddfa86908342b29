"""One PostgreSQL server for a whole test run, started when the first test wants it, by the process that outlives all workers.

pytest-xdist's workers come and go, and a child dies with its parent: so the controller owns the server and answers on a
unix socket. A worker asks, the controller starts the server and migrates a template database once, and names the URL.
"""

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from db.migrate import upgrade
from ops.embedded.postgres import EmbeddedPostgres

RUN_DIR = "AULA_TEST_RUN_DIR"
TEMPLATE = "aula"
_ASKING_S = 5.0


class ServiceHost:
    """Runs in the controller; `stop` ends the server and removes its data."""

    def __init__(self) -> None:
        # Short: unix sockets live below it.
        self.run_dir = Path(tempfile.mkdtemp(prefix="aula-test-"))
        self._postgres: EmbeddedPostgres | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.run_dir / "host.sock"))
        self._listener.listen()
        # The server's parent is this thread; it must live until the server is stopped.
        self._thread = Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Listen, and tell the workers where."""
        os.environ[RUN_DIR] = str(self.run_dir)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server and remove everything."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.run_dir / "host.sock"))
            sock.sendall(b"stop\n")
        self._thread.join()
        self._listener.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            # A worker that dies or freezes while it asks must not hold up the others, nor the end.
            client.settimeout(_ASKING_S)
            with client, contextlib.suppress(OSError):
                if client.recv(16).startswith(b"stop"):
                    break
                client.sendall(self._answer())
        if self._postgres is not None:
            self._postgres.stop()

    def _answer(self) -> bytes:
        try:
            return self._url().encode()
        except Exception as error:  # noqa: BLE001 (the worker that asked reports it)
            return f"error: {error}".encode()

    def _url(self) -> str:
        if self._postgres is None:
            server = EmbeddedPostgres(self.run_dir / "pg", durable=False, options={"max_connections": "300"})
            server.start()
            upgrade(server.url_of(TEMPLATE))
            self._postgres = server
        return self._postgres.url_of("postgres")


def ask_for_postgres() -> str:
    """The URL of the run's server, its `postgres` database; blocks while it starts."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(Path(os.environ[RUN_DIR]) / "host.sock"))
        sock.sendall(b"postgres\n")
        answer = b"".join(iter(lambda: sock.recv(4096), b"")).decode()
    if not answer.startswith("postgresql:"):
        raise RuntimeError(answer)
    return answer


def with_database(url: str, name: str) -> str:
    """`url` with another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
