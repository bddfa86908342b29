"""The platform's own processes as services: API, dispatcher, worker units."""

import http.client
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.jobs import Queue
from ops.embedded.forks import Nursery
from ops.embedded.service import Service


@dataclass(frozen=True)
class Unit:
    """One worker process: the queues it serves and how many jobs it runs at once."""

    name: str
    queues: tuple[Queue, ...]
    slots: int


def default_units() -> tuple[Unit, ...]:
    """Heavy work apart from light work, so that it never blocks it."""
    return (
        Unit("worker-encode", (Queue.ENCODE,), max(1, min(2, os.cpu_count() or 1))),
        Unit("worker-media", (Queue.MEDIA,), 8),
        Unit("worker-light", (Queue.DEFAULT, Queue.MAIL), 4),
    )


class Child(Service):
    """One `aula` process."""

    def __init__(
        self,
        name: str,
        nursery: Nursery,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        is_ready: Callable[[int], bool],
        stop_s: float,
    ) -> None:
        """`is_ready` is asked with the process id."""
        super().__init__(name, log)
        self.stop_s = stop_s
        self._nursery = nursery
        self._arguments = arguments
        self._env = env
        self._is_ready = is_ready

    def launch(self) -> int:
        """Have it forked."""
        self.process = self._nursery.fork(self._arguments, self._env, self.log)
        return self.process.pid

    def answers(self) -> bool:
        """Whether it says that it is ready."""
        return self.process is not None and self._is_ready(self.process.pid)


def is_http_ready(host: str, port: int, *, tls: bool = False) -> bool:
    """Whether the API answers 200 to its readiness check; with `tls` whatever name its certificate bears."""
    connection = (
        http.client.HTTPSConnection(host, port, timeout=2.0, context=ssl._create_unverified_context())  # noqa: S323
        if tls
        else http.client.HTTPConnection(host, port, timeout=2.0)
    )
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
