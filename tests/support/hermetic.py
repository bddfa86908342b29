"""Tests reach nothing outside this machine: a connection to anything but a loopback address or a unix socket fails."""

import ipaddress
import socket
from typing import Any

_connect = socket.socket.connect


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise PermissionError(f"a test tried to reach {host}; tests are hermetic")
    _connect(self, address)


def close_the_outside() -> None:
    """Install the guard for this process."""
    socket.socket.connect = _guarded_connect  # type: ignore[assignment,method-assign]
