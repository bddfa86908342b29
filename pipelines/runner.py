"""Runs one job: claim | load | work, no transaction open | record and complete, or end as the error says."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from core.errors import AulaError, ErrorKind
from core.jobs import JobState
from core.logging import get_logger
from core.metrics import JOB_RUN_SECONDS, JOBS_FINISHED, LEASES_LOST
from core.settings import Settings
from db import jobs
from db.jobs import ClaimedJob, Express, Fence
from db.patience import insist
from db.session import SessionFactory
from pipelines.attempt import Attempt, Attempts
from pipelines.context import Bridge, StepContext
from pipelines.endings import ENDINGS, Ending, as_error, job_error, snooze_s
from pipelines.step import Step, decode_payload
from storage.base import Storage
from transcoding.tools import Tools

log = get_logger(__name__)

Write = Callable[[AsyncSession], Awaitable[JobState | None]]

_NO_STEP_TIME_LIMIT_S = 60.0


class Runner:
    """Runs jobs by id in the calling thread; one per worker process, used by all its actor threads."""

    def __init__(
        self,
        *,
        settings: Settings,
        steps: Mapping[str, Step[Any, Any]],
        sessions: SessionFactory,
        bridge: Bridge,
        storage: Storage,
        tools: Tools,
        worker_id: UUID,
        scratch: Path,
        express: Express | None = None,
    ) -> None:
        """`scratch`: attempts make their folders in it. `express` saves round trips; without it sessions do everything."""
        self.attempts = Attempts()
        self._settings = settings
        self._steps = steps
        self._sessions = sessions
        self._bridge = bridge
        self._storage = storage
        self._tools = tools
        self._worker_id = worker_id
        self._scratch = scratch
        self._express = express

    def run(self, job_id: UUID) -> None:
        """Do the job if it can be claimed. Never raises for what the job does: every end of it is in its row."""
        claimed = self._claim(job_id)
        if claimed is None:
            return
        step = self._steps.get(claimed.kind)
        with self._taking_part(claimed, step) as attempt, bound_contextvars(**_facts(claimed)):
            try:
                result = self._work(attempt, step)
                state = self._complete(attempt, step, result)
            except BaseException as error:  # noqa: BLE001 (the time limit of the broker is a BaseException too)
                state = self._end(attempt, as_error(error), error)
            log.info("job_ended", state=state, attempt=claimed.attempt, seconds=round(time.monotonic() - attempt.started, 3))

    def _claim(self, job_id: UUID) -> ClaimedJob | None:
        async def claim() -> ClaimedJob | None:
            if self._express is not None:
                return await self._express.claim(job_id, self._worker_id, self._settings.jobs.lease_s)
            async with self._sessions() as session:
                claimed = await jobs.claim(session, job_id, self._worker_id, self._settings.jobs.lease_s)
                await session.commit()
                return claimed

        try:
            return self._bridge.call(insist(claim, until=lambda: self.attempts.stopping))
        except Exception:  # the row is as it was, and its hint will be sent again
            log.exception("claim_failed", job_id=str(job_id))
            return None

    @contextmanager
    def _taking_part(self, claimed: ClaimedJob, step: Step[Any, Any] | None) -> Iterator[Attempt]:
        attempt = Attempt(claimed, step.kind.time_limit_s if step else _NO_STEP_TIME_LIMIT_S)
        self.attempts.add(attempt)
        try:
            yield attempt
        finally:
            self.attempts.remove(attempt)
            JOB_RUN_SECONDS.labels(claimed.kind).observe(time.monotonic() - attempt.started)

    def _work(self, attempt: Attempt, step: Step[Any, Any] | None) -> Any:
        claimed = attempt.job
        if step is None:
            # Another release's job: put off, and discarded if no worker of that release comes within a day.
            raise AulaError("jobs.unknown_kind", f"This worker has no step for {claimed.kind}.", kind=ErrorKind.LOCKED)
        inputs = self._load(claimed, step)
        context = StepContext(
            attempt,
            settings=self._settings,
            storage=self._storage,
            tools=self._tools,
            scratch=self._scratch / claimed.token.hex,
            sessions=self._sessions,
            bridge=self._bridge,
        )
        try:
            context.check()
            return step.work(context, inputs)
        finally:
            context.close()

    def _load(self, claimed: ClaimedJob, step: Step[Any, Any]) -> Any:
        load = step.load
        if load is None:
            return decode_payload(step.kind, claimed)

        async def read() -> Any:
            async with self._sessions() as session:
                return await load(session, claimed)

        return self._bridge.call(insist(read, until=self._hopeless))

    def _complete(self, attempt: Attempt, step: Step[Any, Any] | None, result: Any) -> JobState | None:
        claimed, record, express = attempt.job, step.record if step else None, self._express
        if express is not None and record is None and claimed.pipeline_id is None:
            return self._insist_on(claimed, Ending.COMPLETE, lambda: express.complete(claimed, _kept(result)))

        async def complete(session: AsyncSession) -> JobState | None:
            if record is None:
                return await jobs.complete(session, claimed, _kept(result))
            match await jobs.fence(session, claimed):
                case Fence.STALE:
                    return None
                case Fence.CANCELLED:
                    return await jobs.cancel(session, claimed)
                case Fence.HELD:
                    await record(session, claimed, result)
                    return await jobs.complete(session, claimed, _kept(result), fenced=True)

        return self._commit(claimed, Ending.COMPLETE, complete)

    def _end(self, attempt: Attempt, error: AulaError, cause: BaseException) -> JobState | None:
        claimed, ending = attempt.job, ENDINGS[error.kind]
        if error.code == "jobs.unexpected":
            log.error("step_failed", exc_info=cause)
        elif ending not in (Ending.GIVE_BACK, Ending.CANCEL):
            log.warning("step_failed", code=error.code, error=error.message, ending=ending.value)

        async def end(session: AsyncSession) -> JobState | None:
            return await self._ended(session, claimed, ending, error)

        try:
            return self._commit(claimed, ending, end)
        except Exception:  # the lease will run out, and the rescuer take the job back
            log.exception("ending_not_written")
            return None

    async def _ended(self, session: AsyncSession, claimed: ClaimedJob, ending: Ending, error: AulaError) -> JobState | None:
        kept = job_error(error)
        match ending:
            case Ending.DISCARD:
                return await jobs.discard(session, claimed, kept)
            case Ending.SNOOZE:
                return await jobs.snooze(session, claimed, kept, snooze_s(error))
            case Ending.CANCEL:
                return await jobs.cancel(session, claimed, kept)
            case Ending.GIVE_BACK:
                return await jobs.give_back(session, claimed)
            case Ending.DROP:
                return None
            case _:
                delay_s = jobs.backoff_s(claimed.attempt, self._settings.jobs.backoff_base_s)
                return await jobs.retry(session, claimed, kept, delay_s)

    def _commit(self, claimed: ClaimedJob, ending: Ending, write: Write) -> JobState | None:
        async def transaction() -> JobState | None:
            async with self._sessions.begin() as session:
                return await write(session)

        return self._insist_on(claimed, ending, transaction)

    def _insist_on(
        self, claimed: ClaimedJob, ending: Ending, transaction: Callable[[], Awaitable[JobState | None]]
    ) -> JobState | None:
        """Write an ending, however long the database is away: while the token holds, the result is not lost."""
        state = self._bridge.call(insist(transaction, until=self._hopeless))
        JOBS_FINISHED.labels(claimed.kind, ending.value if state else Ending.DROP.value).inc()
        if state is None:
            LEASES_LOST.labels(claimed.kind).inc()
        return state

    def _hopeless(self) -> bool:
        return self.attempts.closed


def _facts(claimed: ClaimedJob) -> dict[str, str]:
    """What every log line of the job carries."""
    return {"job_id": str(claimed.id), "kind": claimed.kind, "trace_id": claimed.trace_id}


def _kept(result: Any) -> dict[str, Any] | None:
    """What of a result the row keeps."""
    if isinstance(result, msgspec.Struct | dict):
        plain: dict[str, Any] = msgspec.to_builtins(result)
        return plain
    return None
