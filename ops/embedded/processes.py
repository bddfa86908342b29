"""Child processes that die with their parent, give up root's privileges and are waited for with a deadline."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import BinaryIO, Protocol

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_LOG_LIMIT = 16 * 2**20


def die_with_parent(sig: int = signal.SIGTERM) -> None:
    """Have the kernel send `sig` to this process when the thread that started it ends.

    The thread, not the process: whoever spawns must do so on a thread that lives as long as the child should.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(sig))


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death_signal: int = signal.SIGTERM,
    user: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child with its output appended to `log`, in its own session: a Ctrl-C at the terminal reaches only us."""
    with open_log(log) as output:
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            # Calls one C function and nothing else, so other threads' locks can't matter.
            preexec_fn=lambda: die_with_parent(death_signal),  # noqa: PLW1509
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            pass_fds=pass_fds,
        )


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending; one that has grown past 16 MiB is first renamed to `<name>.1`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def wait_until(ready: Callable[[], bool], deadline_s: float, *, every_s: float = 0.02, stop: Event | None = None) -> bool:
    """Ask `ready` again and again; False when the deadline passed or `stop` was set first."""
    pause = stop or Event()
    end = time.monotonic() + deadline_s
    while not ready():
        if time.monotonic() >= end or pause.wait(every_s):
            return False
    return True


class Process(Protocol):
    """A child, however it was started: what `subprocess.Popen` and `ops.embedded.forks.Forked` have in common."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...


def end(process: Process, sig: int, grace_s: float) -> int:
    """Send `sig`, wait `grace_s`, then kill the child's whole process group; returns the exit status."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie that nobody has reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}
