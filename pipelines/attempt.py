"""The attempts that this process is making: shared by their threads, the lease renewal and the shutdown."""

import time
from threading import Lock
from uuid import UUID

from core.errors import ErrorKind, Interrupted
from db.jobs import ClaimedJob, Hold


class Attempt:
    """One claimed job at work in this process. Its thread asks `stop_reason`, others call `interrupt`."""

    def __init__(self, job: ClaimedJob, time_limit_s: float) -> None:
        self.job = job
        self.started = time.monotonic()
        self.progress = 0.0
        self._time_limit_s = time_limit_s
        self._reason: Interrupted | None = None

    def interrupt(self, reason: Interrupted) -> None:
        """Tell the work to stop. The first reason counts, but a lost lease outranks all others: nothing may be written."""
        if self._reason is None or reason.kind is ErrorKind.LEASE_LOST:
            self._reason = reason

    def stop_reason(self) -> Interrupted | None:
        """Why the work should stop, None to go on."""
        if self._reason is None and time.monotonic() - self.started > self._time_limit_s:
            message = f"Not done after {self._time_limit_s:.0f} s."
            self.interrupt(Interrupted("jobs.timed_out", message, kind=ErrorKind.TIMED_OUT))
        return self._reason

    @property
    def hold(self) -> Hold:
        """What has to be renewed."""
        return Hold(self.job.id, self.job.token, self.progress)


class Attempts:
    """All attempts of the process, by token."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_token: dict[UUID, Attempt] = {}
        self._stopping = False
        self.closed = False
        """The grace of a shutdown is over: nobody waits for a database any more."""

    @property
    def stopping(self) -> bool:
        return self._stopping

    def add(self, attempt: Attempt) -> None:
        """Take part from now on; while the process is stopping, with orders to stop."""
        with self._lock:
            self._by_token[attempt.job.token] = attempt
            stopping = self._stopping
        if stopping:
            attempt.interrupt(_shutdown())

    def remove(self, attempt: Attempt) -> None:
        with self._lock:
            self._by_token.pop(attempt.job.token, None)

    def all(self) -> list[Attempt]:
        with self._lock:
            return list(self._by_token.values())

    def stop(self) -> None:
        """The process is stopping: tell every attempt, and those to come."""
        with self._lock:
            self._stopping = True
        for attempt in self.all():
            attempt.interrupt(_shutdown())


def _shutdown() -> Interrupted:
    return Interrupted("jobs.shutdown", "The worker is stopping.", kind=ErrorKind.SHUTDOWN)
