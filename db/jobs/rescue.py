"""Taking jobs back from workers that died: the lease ran out, or the supervisor saw the process end."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES, JobState
from core.metrics import JOBS_RESCUED
from db.jobs.edges import follow
from db.jobs.locks import wake

# Running jobs are as many as there are slots, so the partial index on them is read whole.
_EXPIRED = text("SELECT id, pipeline_id FROM jobs WHERE state = 'running' AND lease_until < now()")
_ORPHANED = text("SELECT id, pipeline_id FROM jobs WHERE state = 'running' AND lease_until = '-infinity'")

_FORGET_WORKERS = text("DELETE FROM workers WHERE host = :host AND pid = :pid RETURNING id")
_OF_WORKERS = text(
    "UPDATE jobs SET lease_until = '-infinity' WHERE state = 'running' AND worker_id = ANY(:workers) RETURNING id, pipeline_id"
)

_LOCK_PIPELINE = text("SELECT FROM pipelines WHERE id = :id FOR NO KEY UPDATE")

# The attempt was counted when it was claimed; a crash is counted here.
_RESCUE = text("""
    WITH was AS MATERIALIZED (
        SELECT id, CASE
            WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN crashes + 1 >= :max_crashes OR attempt >= max_attempts THEN 'discarded'
            ELSE 'available' END::job_state AS next
        FROM jobs WHERE id = :id AND state = 'running' AND lease_until < now() FOR NO KEY UPDATE
    )
    UPDATE jobs j SET
        state = was.next, crashes = crashes + 1, token = NULL, lease_until = NULL, dispatched_at = NULL,
        finished_at = CASE WHEN was.next = 'available' THEN NULL ELSE now() END,
        errors = errors || jsonb_build_array(jsonb_build_object(
            'at', now(), 'attempt', attempt, 'kind', 'crashed', 'code', 'jobs.worker_lost',
            'message', 'The worker died or was cut off.'))
    FROM was WHERE j.id = was.id RETURNING j.state
""")


async def expired(session: AsyncSession, *, orphans_only: bool = False) -> list[tuple[UUID, UUID | None]]:
    """Running jobs whose lease has run out, each with its pipeline; `orphans_only`: those whose worker was seen to die."""
    rows = await session.execute(_ORPHANED if orphans_only else _EXPIRED)
    return [(row.id, row.pipeline_id) for row in rows]


async def rescue(session: AsyncSession, job_id: UUID, pipeline_id: UUID | None, *, max_crashes: int) -> JobState | None:
    """Take one expired job back: available again, or discarded after `max_crashes`. None when its lease was renewed meanwhile.

    One transaction a job, so that a rescue never holds the locks of two pipelines.
    """
    if pipeline_id is not None:
        await session.execute(_LOCK_PIPELINE, {"id": pipeline_id})
    row = await session.execute(_RESCUE, {"id": job_id, "max_crashes": max_crashes})
    state = row.scalar_one_or_none()
    if state is None:
        return None
    ended = JobState(state)
    JOBS_RESCUED.inc()
    wake(session)
    if ended in FINAL_STATES and pipeline_id is not None:
        await follow(session, [job_id], bad=True)
    return ended


async def expire_leases(session: AsyncSession, host: str, pid: int) -> Sequence[UUID]:
    """A worker process was seen to die: its jobs' leases end now, and the dispatcher takes them back at its next beat."""
    workers = (await session.execute(_FORGET_WORKERS, {"host": host, "pid": pid})).scalars().all()
    if not workers:
        return []
    rows = (await session.execute(_OF_WORKERS, {"workers": list(workers)})).all()
    wake(session)
    return [row.id for row in rows]
