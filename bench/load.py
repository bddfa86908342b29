"""A load generator that is cheaper than what it measures: raw keep-alive sockets, one epoll, bodies thrown away by the kernel.

`python -m bench.load HOST PORT CONNECTIONS SECONDS PATH...` prints `requests bytes seconds cpu_s` of this process.
"""

import os
import select
import socket
import sys
import time
from dataclasses import dataclass

_HEAD = 16 * 1024
_DISCARD = 4 * 2**20


@dataclass(slots=True)
class _Connection:
    """One socket with one request under way."""

    sock: socket.socket
    asked: int = 0
    left: int = 0


class Load:
    """Asks for the same few paths over and over; every answer must be a 200 of the size that the first one had."""

    def __init__(self, host: str, port: int, connections: int, paths: list[str]) -> None:
        self._requests = [f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode() for path in paths]
        self._buffer = bytearray(_DISCARD)
        self._epoll = select.epoll()
        self._connections: dict[int, _Connection] = {}
        for number in range(connections):
            sock = socket.create_connection((host, port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Far from one another in the round: none shall ask for what another has just had made.
            self._connections[sock.fileno()] = _Connection(sock, asked=number * len(paths) // connections)
            self._epoll.register(sock.fileno(), select.EPOLLIN)
        self.requests = 0
        self.bytes = 0

    def run(self, seconds: float) -> float:
        """Ask for at least `seconds`; returns how long it was. Each connection has one request under way."""
        began = time.monotonic()
        for connection in self._connections.values():
            connection.sock.sendall(self._requests[connection.asked % len(self._requests)])
        while (took := time.monotonic() - began) < seconds:
            for number, _ in self._epoll.poll(1):
                self._receive(self._connections[number])
        return took

    def _receive(self, connection: _Connection) -> None:
        sock = connection.sock
        if connection.left:
            # On TCP this takes the bytes off the queue without copying them: a viewer elsewhere costs this machine no copy.
            got = sock.recv_into(self._buffer, min(connection.left, _DISCARD), socket.MSG_TRUNC)
        else:
            head = sock.recv(_HEAD)
            got = len(head)
            connection.left = _length(head)
        if not got:
            raise ConnectionError("the server closed the connection")
        self.bytes += got
        connection.left -= got
        if not connection.left:
            self.requests += 1
            connection.asked += 1
            sock.sendall(self._requests[connection.asked % len(self._requests)])


def _length(head: bytes) -> int:
    """Bytes of the whole answer that begins with `head`."""
    end = head.find(b"\r\n\r\n")
    name = head.lower().find(b"\r\ncontent-length:", 0, end + 2)
    if not head.startswith(b"HTTP/1.1 200 ") or end < 0 or name < 0:
        raise ConnectionError(f"not the expected answer: {head[:200]!r}")
    return end + 4 + int(head[name + 17 : head.index(b"\r\n", name + 2)])


def main() -> None:
    """Run the load that the arguments describe."""
    host, port, connections, seconds, *paths = sys.argv[1:]
    load = Load(host, int(port), int(connections), paths)
    took = load.run(float(seconds))
    times = os.times()
    print(load.requests, load.bytes, took, times.user + times.system)


if __name__ == "__main__":
    main()
