"""Drains the job table: claims and runs what is due through the real runner, without dispatcher, Redis or worker processes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from core.jobs import JobState
from core.media_jobs import RETIRE_VERSION, RUN_CAMPAIGN
from core.settings import Settings
from db.models import Job
from pipelines.registry import STEPS
from pipelines.runner import Runner
from pipelines.step import Step, by_kind
from storage.base import Storage
from transcoding.tools import Tools

T = TypeVar("T")
# What looks again and again until something has happened does so when it is due.
_NOT_EARLY = Job.kind.not_in((RETIRE_VERSION.name, RUN_CAMPAIGN.name)) | (Job.run_at <= func.now())
# Far above what any test's pipeline has: a drain that does not end is a loop.
_MOST_JOBS = 400


class _LoopBridge:
    """From the thread that runs a job to the test's event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class Drain:
    """Runs due jobs in the order of their priority; retries come at once instead of after their back-off."""

    def __init__(
        self,
        settings: Settings,
        sessions: async_sessionmaker[AsyncSession],
        storage: Storage,
        tools: Tools,
        steps: Iterable[Step[Any, Any]] = STEPS,
    ) -> None:
        self.scratch: Path = settings.scratch_dir
        self._cache: Path = settings.cache_dir / "sources"
        self.history: list[str] = []
        """The kinds of the jobs that were run, in order."""
        self._sessions = sessions
        self.runner = Runner(
            settings=settings,
            steps=dict(by_kind(steps)),
            sessions=sessions,
            bridge=_LoopBridge(),
            storage=storage,
            tools=tools,
            worker_id=new_id(),
            scratch=settings.scratch_dir,
        )

    async def all(self, *, at_once: int = 1) -> list[str]:
        """Run until nothing is due; returns the kinds that were run, in order."""
        return await self.until(lambda _: False, at_once=at_once)

    async def until(self, enough: Callable[[Job], bool], *, at_once: int = 1) -> list[str]:
        """Run until nothing is due, or `enough` says so of the next job, which is then not run."""
        first = len(self.history)
        while due := await self._due(at_once):
            if enough(due[0]):
                break
            self.history += [job.kind for job in due]
            await asyncio.gather(*(asyncio.to_thread(self.runner.run, job.id) for job in due))
            assert len(self.history) < _MOST_JOBS, f"the drain does not end: {self.history[-20:]}"
        return self.history[first:]

    def cached(self) -> Iterator[Path]:
        """Sources that are still kept on this machine."""
        return self._cache.iterdir() if self._cache.exists() else iter(())

    async def one(self, job_id: UUID) -> None:
        """Run this job."""
        await asyncio.to_thread(self.runner.run, job_id)

    async def _due(self, limit: int) -> list[Job]:
        async with self._sessions.begin() as session:
            due = update(Job).where(Job.state == JobState.RETRYABLE, _NOT_EARLY)
            await session.execute(due.values(state=JobState.AVAILABLE, run_at=Job.created_at))
            query = select(Job).where(Job.state == JobState.AVAILABLE).order_by(Job.priority, Job.run_at, Job.id)
            return list(await session.scalars(query.limit(limit)))
