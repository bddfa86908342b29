"""Asks the kernel what nobody may hide: who opened a file (inotify), and how much memory a process took (rusage)."""

import ctypes
import os
import subprocess
from pathlib import Path
from typing import ClassVar

_LIBC = ctypes.CDLL(None, use_errno=True)
_IN_ACCESS, _IN_OPEN = 0x1, 0x20


class Canary:
    """Watches one file while the block lasts, whoever opens it by whatever name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "Canary":
        self._events = _LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert _LIBC.inotify_add_watch(self._events, os.fsencode(self._path), _IN_ACCESS | _IN_OPEN) >= 0
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._events)

    def touched(self) -> bool:
        """Whether it was opened or read since the last question."""
        try:
            return bool(os.read(self._events, 65_536))
        except BlockingIOError:
            return False

    def forget(self) -> None:
        """Whatever was until now does not count."""
        self.touched()


class Measured(subprocess.Popen[bytes]):
    """Notes how much memory each process took at its worst, its children included."""

    peaks: ClassVar[list[int]] = []
    """Bytes."""

    def wait(self, timeout: float | None = None) -> int:
        """As its parent's, for callers who wait without a limit."""
        if timeout is not None or self.returncode is not None:
            return super().wait(timeout)
        _, status, usage = os.wait4(self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        self.peaks.append(usage.ru_maxrss * 1024)
        return self.returncode
