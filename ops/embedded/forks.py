"""Our side of the nursery: start it, have processes forked, hear of their ends."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from core.errors import AulaError
from ops.embedded import processes
from ops.embedded.nursery import MESSAGE_LIMIT
from ops.embedded.service import Service

# The checkout: children must find the same packages, whatever the caller's working directory is.
ROOT = Path(__file__).resolve().parents[2]
_BIRTH_S = 60.0
# glibc's malloc asks for huge pages. A password's hash fills 46 MiB, of which a third of the time went into 11,000 page faults;
# measured: 1.4 times as many sign-ins a second, and 1 MB more for each process. Elsewhere than on glibc it says nothing.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class Forked:
    """A process that the nursery forked, with the methods of `subprocess.Popen` that are needed here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = Event()

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        if not self._ended.wait(timeout) or self.returncode is None:
            raise subprocess.TimeoutExpired(["aula"], timeout or 0.0)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Signal it, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def end(self, status: int) -> None:
        """Told by the nursery: it has ended."""
        self.returncode = status
        self._ended.set()


class Nursery(Service):
    """The process that forks the platform's own processes; when it dies, they die with it."""

    def __init__(self, log: Path) -> None:
        """`log` takes what it says before it forks."""
        super().__init__("nursery", log)
        self._channel: socket.socket | None = None
        self._ready = Event()
        self._born: SimpleQueue[int] = SimpleQueue()
        self._children: dict[int, Forked] = {}
        self._lock = Lock()

    def launch(self) -> int:
        """Start it; importing takes it a second."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ready, self._born, self._children = Event(), SimpleQueue(), {}
        with theirs:
            self.process = processes.spawn(
                [sys.executable, "-m", "ops.embedded.nursery", str(theirs.fileno())],
                log=self.log,
                env={**LARGE_PAGES, **os.environ},
                cwd=ROOT,
                death_signal=signal.SIGTERM,
                pass_fds=(theirs.fileno(),),
            )
        self._channel = ours
        Thread(target=self._listen, args=(ours, self._children), name="nursery", daemon=True).start()
        return self.process.pid

    def answers(self) -> bool:
        """Whether it has imported everything."""
        return self._ready.is_set()

    def fork(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> Forked:
        """Have `aula ARGUMENTS` forked. Raises AulaError when the nursery is not there. One caller at a time."""
        order = json.dumps({"arguments": list(arguments), "env": dict(env), "log": str(log)}).encode()
        try:
            if self._channel is None:
                raise BrokenPipeError
            self._channel.sendall(order)
            pid = self._born.get(timeout=_BIRTH_S)
        except (OSError, Empty) as error:
            raise AulaError("embedded.nursery", "The nursery does not answer.") from error
        with self._lock:
            return self._children.setdefault(pid, Forked(pid))

    def stop(self) -> None:
        """Stop it, and with it whatever it still has."""
        super().stop()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _listen(self, channel: socket.socket, children: dict[int, Forked]) -> None:
        with contextlib.suppress(OSError):
            while message := channel.recv(MESSAGE_LIMIT):
                self._hear(json.loads(message), children)
        for child in list(children.values()):
            if child.returncode is None:
                # Nobody could hear of its end any more, and successors are about to start: it must not linger.
                child.send_signal(signal.SIGKILL)
                child.end(-signal.SIGKILL)

    def _hear(self, notice: dict[str, Any], children: dict[int, Forked]) -> None:
        if "ready" in notice:
            self._ready.set()
        elif "born" in notice:
            self._born.put(notice["born"])
        else:
            with self._lock:
                # It may end before `fork` has heard of its birth.
                children.setdefault(notice["ended"], Forked(notice["ended"])).end(notice["status"])
