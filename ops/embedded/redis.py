"""An embedded Redis: the wheel's binary on a unix socket, append-only file, hints only."""

import contextlib
import signal
import socket
import subprocess
from pathlib import Path

from core.errors import AulaError
from ops.embedded import processes
from ops.embedded.binaries import redis_server
from ops.embedded.sockets import socket_dir
from ops.embedded.unprivileged import launcher

_START_S = 30.0
_STOP_S = 10.0


class EmbeddedRedis:
    """One Redis server with its data in `data_dir/redis` and no TCP port; whoever may reach the socket's folder may use it."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` keeps nothing on disk (tests)."""
        self.folder = data_dir.resolve() / "redis"
        self.socket = socket_dir(data_dir) / "redis.sock"
        self.log = data_dir.resolve() / "logs" / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"unix://{self.socket}"

    def start(self) -> str:
        """Start the server, over a kill -9 too, wait until it answers and return its URL."""
        self.launch()
        self.await_ready()
        return self.url

    def launch(self) -> int:
        """Start the server without waiting; returns its process id."""
        launcher().own(self.folder)
        launcher().own(self.socket.parent)
        self.socket.unlink(missing_ok=True)
        self.process = processes.spawn(
            launcher().argv([launcher().install(redis_server().parent) / "redis-server", *self._options()]),
            log=self.log,
            user=launcher().user,
        )
        return self.process.pid

    def await_ready(self) -> None:
        """Wait until the server answers. Raises AulaError with the end of its log when it ends instead."""
        if self.process is None or not processes.came_up(self.process, self.answers, _START_S):
            self.stop()
            raise AulaError("embedded.redis", f"Redis did not start; {self.log} ends with:\n{processes.tail(self.log)}")

    def answers(self) -> bool:
        """Whether the server answers PING now (while it loads its file it does not)."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(2.0)
            sock.connect(str(self.socket))
            sock.sendall(b"PING\r\n")
            return sock.recv(64).startswith(b"+PONG")
        return False

    def stop(self) -> None:
        """Stop the server; harmless when it does not run."""
        if self.process is not None:
            processes.end(self.process, signal.SIGTERM, _STOP_S)
            self.process = None

    def _options(self) -> list[str]:
        # noeviction: a hint that Redis throws away costs a resend. aof-load-truncated: a torn tail is cut off, not fatal.
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]
