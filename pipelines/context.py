"""What a step's `work` may use: tools, storage, scratch space, and its ties to the job's row."""

import shutil
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Interrupted
from core.settings import Settings
from db import jobs
from db.jobs import ClaimedJob, Fence
from db.patience import insist
from db.session import SessionFactory
from pipelines.attempt import Attempt
from storage.base import Storage
from transcoding.tools import Tools
from transcoding.watch import Watch

T = TypeVar("T")


class Bridge(Protocol):
    """From an actor's thread to the event loop of the process."""

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine on the loop and block this thread until it is done."""


class StepContext:
    """One attempt's surroundings, used in the actor's thread alone."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        settings: Settings,
        storage: Storage,
        tools: Tools,
        scratch: Path,
        sessions: SessionFactory,
        bridge: Bridge,
    ) -> None:
        self.job: ClaimedJob = attempt.job
        self.settings = settings
        self.storage = storage
        self.tools = tools
        self.watch = Watch(should_stop=attempt.stop_reason, on_progress=self.progress)
        """For the spawner of ffmpeg, which asks it several times a second."""
        self._attempt = attempt
        self._scratch = scratch
        self._sessions = sessions
        self._bridge = bridge

    @property
    def scratch(self) -> Path:
        """A folder of this attempt's own, made at first use (many steps need none) and removed after the work."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self._scratch

    def close(self) -> None:
        """Remove the scratch folder; the runner's last word."""
        if self._scratch.exists():
            shutil.rmtree(self._scratch, ignore_errors=True)

    def check(self) -> None:
        """Raise Interrupted when the attempt was cancelled, lost its lease, ran out of time, or the worker is stopping."""
        if (reason := self._attempt.stop_reason()) is not None:
            raise reason

    def progress(self, fraction: float) -> None:
        """Note how far the work is, 0 to 1; it is written with the next renewal, at most every 2 s."""
        self._attempt.progress = min(max(fraction, self._attempt.progress), 1.0)

    def transaction(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Commit what is finished so far, fenced by the attempt's token; blocks until it is committed.

        Raises Interrupted LEASE_LOST when the token is stale, CANCELLED when a cancel was requested. Runs on the loop: `work`
        must only await the session. It is run again when the connection broke, perhaps after a commit that did get through,
        so it must bear that (insert or ignore).
        """
        return self._bridge.call(insist(lambda: self._fenced(work)))

    async def _fenced(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self._sessions.begin() as session:
            match await jobs.fence(session, self.job):
                case Fence.STALE:
                    raise Interrupted("jobs.lease_lost", "Another attempt has taken over.", kind=ErrorKind.LEASE_LOST)
                case Fence.CANCELLED:
                    raise Interrupted("jobs.cancelled", "The job was cancelled.", kind=ErrorKind.CANCELLED)
                case Fence.HELD:
                    return await work(session)
