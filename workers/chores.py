"""What the leading dispatcher does by the clock: promote, rescue, fire schedules, count, forget."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from core.clock import utc_now
from core.jobs import JobKind, JobState, Queue
from core.logging import get_logger
from core.metrics import QUEUE_DEPTH
from core.settings import JobSettings
from db import jobs
from db.patience import brief, is_passing
from db.session import SessionFactory
from domain import idempotency

log = get_logger(__name__)

_CRON_S = 1.0
_COUNT_S = 5.0
_FORGET_S = 60.0
_SILENT_WORKERS_S = 300.0
_COUNTED = (JobState.WAITING, JobState.AVAILABLE, JobState.RUNNING, JobState.RETRYABLE)


@dataclass(slots=True)
class _Chore:
    do: Callable[[], Awaitable[None]]
    every_s: float
    due_at: float


class Chores:
    """The chores of one term of leadership."""

    def __init__(self, sessions: SessionFactory, settings: JobSettings, kinds: Mapping[str, JobKind]) -> None:
        self._sessions = sessions
        self._settings = settings
        self._kinds = kinds
        now = asyncio.get_running_loop().time()
        self._chores = [
            _Chore(self._promote, settings.dispatch_poll_s, now),
            # After an outage of the database every lease may look expired. A new leader gives live workers one renewal first.
            _Chore(self._rescue_expired, settings.rescue_interval_s, now + settings.lease_renew_s),
            _Chore(self._fire, _CRON_S, now),
            _Chore(self._count, _COUNT_S, now),
            _Chore(self._forget, _FORGET_S, now + _FORGET_S),
        ]

    async def do_due(self) -> None:
        """Do what is due; a chore that fails is logged and comes again at its next time."""
        now = asyncio.get_running_loop().time()
        for chore in self._chores:
            if chore.due_at <= now:
                chore.due_at = now + chore.every_s
                try:
                    await chore.do()
                except Exception as error:
                    if not is_passing(error):
                        log.exception("chore_failed", chore=chore.do.__name__)
                    else:
                        log.warning("database_away", error=brief(error))

    async def rescue(self, *, orphans_only: bool) -> None:
        """Take back the jobs of dead workers."""
        async with self._sessions() as session:
            expired = await jobs.expired(session, orphans_only=orphans_only)
        for job_id, pipeline_id in expired:
            try:
                async with self._sessions.begin() as session:
                    state = await jobs.rescue(session, job_id, pipeline_id, max_crashes=self._settings.max_crashes)
            except Exception as error:
                # A pipeline that somebody keeps locked must hold up neither the other rescues nor the round of dispatch.
                if not is_passing(error):
                    raise
                log.warning("rescue_put_off", job_id=str(job_id), error=brief(error))
            else:
                log.warning("job_rescued", job_id=str(job_id), state=state)

    async def _promote(self) -> None:
        async with self._sessions.begin() as session:
            await jobs.promote(session)

    async def _rescue_expired(self) -> None:
        await self.rescue(orphans_only=False)

    async def _fire(self) -> None:
        async with self._sessions.begin() as session:
            for name in await jobs.fire_due(session, self._kinds):
                log.info("schedule_fired", schedule=name)

    async def _count(self) -> None:
        async with self._sessions() as session:
            depths = await jobs.depths(session)
        for queue in Queue:
            for state in _COUNTED:
                QUEUE_DEPTH.labels(queue.value, state.value).set(depths.get((queue.value, state), 0))

    async def _forget(self) -> None:
        async with self._sessions.begin() as session:
            await jobs.forget_silent(session, _SILENT_WORKERS_S)
            await jobs.prune(session, self._settings.finished_retention_s)
            await idempotency.forget_expired(session, utc_now())
