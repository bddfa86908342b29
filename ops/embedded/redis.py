"""An embedded Redis: the wheel's binary on a unix socket, append-only file, hints only."""

import contextlib
import socket
from pathlib import Path

from ops.embedded import processes
from ops.embedded.binaries import redis_server
from ops.embedded.service import Service
from ops.embedded.sockets import socket_dir
from ops.embedded.unprivileged import launcher


class EmbeddedRedis(Service):
    """One Redis server with its data in `data_dir/redis` and no TCP port; whoever may reach the socket's folder may use it."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` keeps nothing on disk (tests)."""
        super().__init__("redis", data_dir.resolve() / "logs" / "redis.log")
        self.folder = data_dir.resolve() / "redis"
        self.socket = socket_dir(data_dir) / "redis.sock"
        self._durable = durable

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"unix://{self.socket}"

    def launch(self) -> int:
        """Start the server, over a kill -9 too."""
        launcher().own(self.folder)
        launcher().own(self.socket.parent)
        self.socket.unlink(missing_ok=True)
        self.process = processes.spawn(
            launcher().argv([launcher().install(redis_server().parent) / "redis-server", *self._options()]),
            log=self.log,
            user=launcher().user,
        )
        return self.process.pid

    def answers(self) -> bool:
        """Whether the server answers PING now (while it loads its file it does not)."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(2.0)
            sock.connect(str(self.socket))
            sock.sendall(b"PING\r\n")
            return sock.recv(64).startswith(b"+PONG")
        return False

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
