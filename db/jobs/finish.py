"""The named endings of an attempt. Each compares the attempt's token, and returns None when it is stale."""

import random
from typing import Any

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES, JobState
from db.jobs.edges import follow
from db.jobs.locks import lock_pipeline_of, wake
from db.jobs.types import ClaimedJob, JobError

_MAX_BACKOFF_S = 900.0
# A job that has been put off for this long is given up: a full disk should not hide a video for ever.
_MAX_SNOOZED_S = 86_400.0


def _leaving(state: str, *, changes: str = "", unless_cancelled: bool = True) -> TextClause:
    """The UPDATE that ends an attempt in `state` (an SQL expression over the row as it was)."""
    if unless_cancelled:
        state = f"CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE {state} END"
    # The newest 20 errors stay. A cancelled job ends as cancelled whatever its attempt came to.
    return text(f"""
        WITH was AS MATERIALIZED (
            SELECT id, CAST({state} AS job_state) AS next
            FROM jobs WHERE id = :id AND token = :token FOR NO KEY UPDATE
        )
        UPDATE jobs j SET
            state = was.next, token = NULL, lease_until = NULL, dispatched_at = NULL,
            finished_at = CASE WHEN was.next IN ('completed', 'cancelled', 'discarded') THEN now() END,
            errors = CASE WHEN CAST(:error AS jsonb) IS NULL THEN errors ELSE
                (CASE WHEN jsonb_array_length(errors) >= 20 THEN errors - 0 ELSE errors END) || jsonb_build_array(
                    jsonb_build_object('at', now(), 'attempt', attempt) || CAST(:error AS jsonb)) END
            {changes}
        FROM was WHERE j.id = was.id
        RETURNING j.state
    """)  # noqa: S608 (constants of this file)


COMPLETE = _leaving("'completed'", changes=", result = CAST(:result AS jsonb), progress = 1")
_COMPLETE_FENCED = _leaving("'completed'", changes=", result = CAST(:result AS jsonb), progress = 1", unless_cancelled=False)
_CANCEL = _leaving("'cancelled'")
_DISCARD = _leaving("'discarded'")
_RETRY = _leaving(
    "CASE WHEN attempt >= max_attempts THEN 'discarded' ELSE 'retryable' END",
    changes=", snoozed_since = NULL, run_at = now() + make_interval(secs => :delay_s)",
)
_SNOOZE = _leaving(
    "CASE WHEN snoozed_since < now() - make_interval(secs => :patience_s) THEN 'discarded' ELSE 'retryable' END",
    changes=""", attempt = attempt - 1, snoozed_since = coalesce(snoozed_since, now()),
        run_at = now() + make_interval(secs => :delay_s)""",
)
_GIVE_BACK = _leaving("'available'", changes=", attempt = attempt - 1")


def backoff_s(attempt: int, base_s: float) -> float:
    """Seconds until the retry after `attempt` failed attempts: min(2^n * base, 15 min) +- 20 % (security page, section 3)."""
    return min(2.0 ** min(attempt, 30) * base_s, _MAX_BACKOFF_S) * random.uniform(0.8, 1.2)


async def complete(
    session: AsyncSession, claimed: ClaimedJob, result: dict[str, Any] | None = None, *, fenced: bool = False
) -> JobState | None:
    """Done; successors may go. Returns the state that the job is in now: `cancelled` if that had been asked for.

    `fenced`: this transaction began with `fence`, so a cancel that is noted by now is its own doing (a job that gives its
    pipeline up cancels itself with it) and the job counts as completed.
    """
    return await _leave(session, claimed, _COMPLETE_FENCED if fenced else COMPLETE, result=encoded(result), error=None)


async def retry(session: AsyncSession, claimed: ClaimedJob, error: JobError, delay_s: float) -> JobState | None:
    """Failed, worth another attempt after `delay_s`; discarded when no attempt is left."""
    return await _leave(session, claimed, _RETRY, error=encoded(error), delay_s=delay_s)


async def snooze(session: AsyncSession, claimed: ClaimedJob, error: JobError | None, delay_s: float) -> JobState | None:
    """Not now: due again after `delay_s`, and the attempt does not count. Discarded when that has gone on for a day."""
    return await _leave(session, claimed, _SNOOZE, error=encoded(error), delay_s=delay_s, patience_s=_MAX_SNOOZED_S)


async def cancel(session: AsyncSession, claimed: ClaimedJob, error: JobError | None = None) -> JobState | None:
    """Stopped on request."""
    return await _leave(session, claimed, _CANCEL, error=encoded(error))


async def discard(session: AsyncSession, claimed: ClaimedJob, error: JobError) -> JobState | None:
    """Failed for good."""
    return await _leave(session, claimed, _DISCARD, error=encoded(error))


async def give_back(session: AsyncSession, claimed: ClaimedJob) -> JobState | None:
    """The worker is stopping: available again at once, and the attempt does not count."""
    return await _leave(session, claimed, _GIVE_BACK, error=None)


def encoded(value: object) -> str | None:
    """`value` as JSON text for the row; None stays NULL."""
    return None if value is None else msgspec.json.encode(value).decode()


async def _leave(session: AsyncSession, claimed: ClaimedJob, statement: TextClause, **values: Any) -> JobState | None:
    await lock_pipeline_of(session, claimed)
    row = await session.execute(statement, {"id": claimed.id, "token": claimed.token, **values})
    state = row.scalar_one_or_none()
    if state is None:
        return None
    wake(session)
    ended = JobState(state)
    if claimed.pipeline_id is not None and ended in FINAL_STATES:
        await follow(session, [claimed.id], bad=ended is not JobState.COMPLETED)
    return ended
