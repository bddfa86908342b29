"""TCP ports: chosen, reserved for as long as the platform lives, and never shared by accident."""

import errno
import socket

from core.errors import AulaError


class ReservedPort:
    """A port that nobody else can take, while our API may die and come back on it.

    The socket is bound but does not listen: the kernel gives connections to listeners only, and with SO_REUSEPORT a process
    of the same user may listen beside it.
    """

    def __init__(self, host: str, port: int) -> None:
        """Reserve `port`, or a free one for 0. Raises AulaError when somebody has it."""
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            self._socket.bind((host, port))
            refuse_if_served(host, self.number)
        except OSError as error:
            self._socket.close()
            raise AulaError("embedded.port", f"Can't listen on {host}:{port}: {error.strerror}.") from error
        except AulaError:
            self._socket.close()
            raise

    @property
    def number(self) -> int:
        """The port."""
        return int(self._socket.getsockname()[1])

    def release(self) -> None:
        """Give it back."""
        self._socket.close()


def reachable(host: str) -> str:
    """The address under which this machine reaches what listens on `host`: a loopback one for "all addresses"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def base_url(host: str, port: int, *, tls: bool = False) -> str:
    """The URL of an HTTP server on this machine."""
    name, scheme = reachable(host), "https" if tls else "http"
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def refuse_if_served(host: str, port: int) -> None:
    """Raise AulaError when something already answers there: a second Granian would start and silently share the port."""
    target = reachable(host)
    with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as sock:
        sock.settimeout(1.0)
        if sock.connect_ex((target, port)) != errno.ECONNREFUSED:
            raise AulaError("embedded.port", f"{host}:{port} is in use by another program; choose another port.")
