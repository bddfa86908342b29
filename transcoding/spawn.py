"""The one place that starts ffmpeg and ffprobe: sandboxed, limited, watched, and gone when it returns."""

import contextlib
import ctypes
import os
import resource
import select
import selectors
import shlex
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import AulaError, ErrorKind, Interrupted
from transcoding.quota import Quota, allowance
from transcoding.tools import Tools, sandbox_argv
from transcoding.watch import Watch

_TICK_S = 0.2
# Looking at what was written costs a call per file: less often than the clock.
_QUOTA_TICK_S = 1.0
_TERM_GRACE_S = 5.0
_STDERR_LINES = 60
_PR_SET_PDEATHSIG = 1
_GIB = 2**30
# How far below our own processes: what keeps a viewer who plays already ahead, what is needed soon, and what nobody waits for.
HEAD_NICE, BACKGROUND_NICE, IDLE_NICE = 5, 10, 15
# Loaded before any fork: the child may only call what is already there.
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may use. The defaults are generous for 4K sources: 3 GiB of address space, files up to 2 GiB."""

    wall_s: float
    stall_s: float | None = None
    """Kill when progress stands still for so long; None: only the wall clock counts."""
    address_space: int = 3 * _GIB
    file_size: int = 2 * _GIB
    output: int = 2**20
    """Bytes of standard output that are kept; more ends the process."""
    grace_s: float = _TERM_GRACE_S
    nice: int = IDLE_NICE
    """Below our own processes: an encode that takes every core must not slow down what answers people. 0: somebody waits."""


@dataclass(slots=True)
class Progress:
    """ffmpeg's own `-progress` report, one block."""

    frame: int = 0
    out_time_s: float = 0.0
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended by itself."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: str
    cut: bool = False
    """Standard output was longer than allowed, so the process was killed."""

    @property
    def command(self) -> str:
        """The command as one can paste it into a shell."""
        return shlex.join(self.argv)


def run(
    tools: Tools,
    argv: Sequence[str],
    limits: Limits,
    *,
    reads: tuple[Path, ...] = (),
    writes: Path | None = None,
    watch: Watch | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Finished:
    """Runs `argv` (ffmpeg or ffprobe with arguments) to its end and returns what it said, whatever its exit code.

    With `on_progress`, standard output is read as `-progress pipe:1` and the hook is called per block, in
    this thread. Raises the error that `watch.should_stop` returns, Interrupted TIMED_OUT, or OutOfResources
    `media.scratch_quota` when too much was written below `writes`; the whole process group is gone by then.
    """
    full = [*sandbox_argv(tools.bwrap, Path(argv[0]), reads, writes), *argv] if tools.bwrap else list(argv)
    quota = Quota(writes, allowance(tools, reads)) if writes is not None else None
    process = subprocess.Popen(
        full,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=writes,
        env={"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"},
        process_group=0,
        preexec_fn=_restrict(limits),  # noqa: PLW1509 - two system calls that take no lock
    )
    try:
        pidfd = os.pidfd_open(process.pid)
    except BaseException:
        # Out of descriptors, say: then nothing else would end it.
        _kill(process)
        raise
    run_ = _Run(process, pidfd, limits, quota, watch or Watch(), on_progress)
    try:
        run_.to_end()
    finally:
        run_.end_group()
    return Finished(tuple(argv), process.returncode, bytes(run_.stdout), "\n".join(run_.stderr), run_.cut)


def _restrict(limits: Limits) -> Callable[[], None]:
    """What the child does between fork and exec: die with the parent's thread, take its limits. Nothing that allocates."""
    cpu = int(limits.wall_s * max(os.cpu_count() or 1, 2)) + 60
    pairs = (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    )

    def restrict() -> None:
        os.nice(limits.nice)
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for which, value in pairs:
            resource.setrlimit(which, (value, value))

    return restrict


def _kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group, at once, and reap."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


class _Run:
    """One process while it lives."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        pidfd: int,
        limits: Limits,
        quota: Quota | None,
        watch: Watch,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.process = process
        self.stdout = bytearray()
        self.stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self.cut = False
        self._limits = limits
        self._quota = quota
        self._watch = watch
        self._on_progress = on_progress
        self._progress = Progress()
        self._rest = {"stdout": b"", "stderr": b""}
        # Readable once the leader has ended. It is reaped only after the group was killed: until then the group id stays ours.
        self._pidfd = pidfd
        self._started = self._moved = self._measured = time.monotonic()

    def to_end(self) -> None:
        """Reads both pipes until the process has ended; looks after limits and hooks at every tick."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._pidfd, selectors.EVENT_READ, "end")
            for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, name)
            ended = False
            while not ended and not self.cut:
                events = selector.select(_TICK_S)
                ended = any(key.data == "end" for key, _ in events)
                for key, _ in events:
                    if key.data != "end" and not self._read(key.data, key.fd):
                        selector.unregister(key.fileobj)
                self._tick()
        for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            while not self.cut and self._read(name, pipe.fileno(), final=True):
                pass

    def _read(self, name: str, fd: int, *, final: bool = False) -> bool:
        """Takes what a pipe has; False at its end (or, when `final`, when there is nothing more)."""
        try:
            data = os.read(fd, 65_536)
        except BlockingIOError:
            return not final
        if not data:
            return False
        if name == "stdout" and self._on_progress is None:
            self.stdout += data
            self.cut = len(self.stdout) > self._limits.output
            return True
        *lines, self._rest[name] = (self._rest[name] + data).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            if name == "stderr":
                self.stderr.append(text[:500])
            else:
                self._report(text)
        return True

    def _report(self, line: str) -> None:
        """One `key=value` line of ffmpeg's progress; `progress=` ends a block."""
        key, _, value = line.partition("=")
        value = value.strip()
        if key in ("frame", "out_time_us", "total_size") and self._progress.values.get(key) != value:
            self._moved = time.monotonic()
        self._progress.values[key] = value
        if key == "frame" and value.isdigit():
            self._progress.frame = int(value)
        elif key == "out_time_us" and value.lstrip("-").isdigit():
            self._progress.out_time_s = int(value) / 1e6
        elif key == "progress" and self._on_progress:
            began = time.monotonic()
            self._on_progress(self._progress)
            # The hook may store and commit what is finished: how long that takes is not ffmpeg's stall.
            self._moved += time.monotonic() - began

    def _tick(self) -> None:
        now = time.monotonic()
        if (stop := self._watch.should_stop()) is not None:
            raise stop
        if now - self._started > self._limits.wall_s:
            raise self._timed_out("transcode.timed_out", f"took more than {self._limits.wall_s:.0f} s")
        if self._limits.stall_s is not None and now - self._moved > self._limits.stall_s:
            raise self._timed_out("transcode.stalled", f"made no progress for {self._limits.stall_s:.0f} s")
        if self._quota is not None and now - self._measured >= _QUOTA_TICK_S:
            self._measured = now
            self._quota.check()

    def _timed_out(self, code: str, what: str) -> AulaError:
        return Interrupted(code, f"ffmpeg {what}.", kind=ErrorKind.TIMED_OUT, stderr=list(self.stderr)[-10:])

    def end_group(self) -> None:
        """SIGTERM, grace, SIGKILL to the whole group, then reap. Harmless after a normal end."""
        if not self._ended(0):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self._ended(0.0 if self.cut else self._limits.grace_s)
        _kill(self.process)
        os.close(self._pidfd)
        if self._rest["stderr"]:
            self.stderr.append(self._rest["stderr"].decode("utf-8", "replace")[:500])

    def _ended(self, within_s: float) -> bool:
        return bool(select.select([self._pidfd], [], [], within_s)[0])
