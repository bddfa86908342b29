"""Claiming a job by id, and renewing the leases of those at work."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.metrics import JOB_WAIT_SECONDS, JOBS_CLAIMED
from db.jobs.types import ClaimedJob, Hold

# No SKIP LOCKED: a hint is sent once, so a claim that meets a locked row waits for it instead of losing the hint.
# The attempt counts from here on, so that a job that kills its worker runs out of attempts.
CLAIM = text("""
    UPDATE jobs j SET
        state = 'running', attempt = attempt + 1, token = gen_random_uuid(), worker_id = :worker_id,
        lease_until = now() + make_interval(secs => :lease_s), started_at = now(), progress = 0
    WHERE id = :id AND state = 'available' AND run_at <= now()
        AND NOT EXISTS (
            SELECT FROM pauses p WHERE (p.scope = 'queue' AND p.value = j.queue) OR (p.scope = 'kind' AND p.value = j.kind)
                OR (p.scope = 'owner' AND p.value = j.owner_id::text)
                OR (p.scope = 'pipeline' AND p.value = j.pipeline_id::text))
        AND NOT EXISTS (SELECT FROM jobs r WHERE r.unique_key = j.unique_key AND r.state = 'running')
    RETURNING id, kind, queue, payload, attempt, max_attempts, token, pipeline_id, owner_id, trace_id, unique_key,
        extract(epoch FROM now() - run_at)::float8 AS waited_s
""")

# The hint is used up; without it the dispatcher will announce the job again once nothing stands in its way.
UNHINT = text("UPDATE jobs SET dispatched_at = NULL WHERE id = ANY(:ids) AND state = 'available' AND dispatched_at IS NOT NULL")

# A row that its own completing transaction has locked is skipped: nobody can take it from that transaction, and waiting
# would hold up the other renewals.
_RENEW = text("""
    WITH held AS MATERIALIZED (
        SELECT j.id, h.progress
        FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:progress AS float8[])) AS h(id, token, progress)
        JOIN jobs j ON j.id = h.id AND j.token = h.token
        FOR NO KEY UPDATE OF j SKIP LOCKED
    )
    UPDATE jobs j SET lease_until = now() + make_interval(secs => :lease_s), progress = greatest(j.progress, held.progress)
    FROM held WHERE j.id = held.id
    RETURNING j.id, j.cancel_requested_at IS NOT NULL AS cancelled
""")

_STILL_HELD = text("""
    SELECT j.id, j.cancel_requested_at IS NOT NULL AS cancelled
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[])) AS h(id, token)
    JOIN jobs j ON j.id = h.id AND j.token = h.token
""")


async def claim(session: AsyncSession, job_id: UUID, worker_id: UUID, lease_s: float) -> ClaimedJob | None:
    """Start an attempt of the job; None when it is not due, not available, paused, or a job with its key is running.

    Use a session of its own: the transaction may be rolled back here. Waits for a locked row.
    """
    try:
        result = await session.execute(CLAIM, {"id": job_id, "worker_id": worker_id, "lease_s": lease_s})
    except IntegrityError:
        # uq_jobs_running_key: the other job with this key was claimed in the same instant.
        await session.rollback()
        row = None
    else:
        row = result.mappings().one_or_none()
    if row is None:
        await unhint(session, [job_id])
        return None
    return claimed_from(dict(row))


def claimed_from(row: dict[str, Any]) -> ClaimedJob:
    """The claimed job, counted. Bare asyncpg brings the payload as JSON text."""
    if isinstance(row["payload"], str):
        row["payload"] = msgspec.json.decode(row["payload"])
    claimed = ClaimedJob(**row)
    JOBS_CLAIMED.labels(claimed.kind).inc()
    JOB_WAIT_SECONDS.labels(claimed.kind).observe(max(0.0, claimed.waited_s))
    return claimed


async def unhint(session: AsyncSession, job_ids: Sequence[UUID]) -> None:
    """Forget that hints for these jobs were sent; those still available will be announced again."""
    await session.execute(UNHINT, {"ids": list(job_ids)})


async def renew(session: AsyncSession, holds: Sequence[Hold], lease_s: float) -> dict[UUID, bool]:
    """Renew leases and write progress in one statement. Returns for each job still held whether its cancel was requested.

    A job that is missing from the answer is lost: its token is stale.
    """
    ids, tokens = [hold.id for hold in holds], [hold.token for hold in holds]
    columns = {"ids": ids, "tokens": tokens, "progress": [hold.progress for hold in holds], "lease_s": lease_s}
    renewed: dict[UUID, bool] = {row.id: row.cancelled for row in await session.execute(_RENEW, columns)}
    if len(renewed) < len(holds):
        locked = await session.execute(_STILL_HELD, {"ids": ids, "tokens": tokens})
        renewed |= {row.id: row.cancelled for row in locked if row.id not in renewed}
    return renewed
