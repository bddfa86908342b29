"""Redriving: the jobs of a pipeline that were discarded or cancelled get another chance."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.jobs.edges import settle
from db.jobs.locks import lock_pipeline, wake

_UNCANCEL = text("UPDATE pipelines SET cancel_requested_at = NULL WHERE id = :id")

# With them goes what a failure had set off (`on_failure` successors), so that it can be set off again. Their unique keys may be
# taken by younger jobs; a start date, even if there was no start, keeps them out of that index, and the one over running
# jobs still keeps twins apart.
_RESET = text("""
    WITH again AS MATERIALIZED (
        SELECT id FROM jobs WHERE pipeline_id = :id AND state IN ('discarded', 'cancelled')
        UNION
        SELECT e.successor_id FROM job_edges e
        JOIN jobs p ON p.id = e.predecessor_id AND p.pipeline_id = :id AND p.state = 'discarded'
        JOIN jobs s ON s.id = e.successor_id AND s.state = 'completed'
        WHERE e.condition = 'on_failure'
    )
    UPDATE jobs j SET state = 'waiting', attempt = 0, crashes = 0, snoozed_since = NULL, finished_at = NULL,
        cancel_requested_at = NULL, progress = 0,
        started_at = coalesce(started_at, now()), run_at = now()
    FROM again WHERE j.id = again.id RETURNING j.id
""")
_REOPEN = text("UPDATE job_edges SET open = true WHERE predecessor_id = ANY(:ids) AND NOT open")


async def redrive(session: AsyncSession, pipeline_id: UUID) -> Sequence[UUID]:
    """Give every discarded or cancelled job of the pipeline its attempts back; returns them. Completed work stays done.

    Raises AulaError `pipeline.not_found`.
    """
    await lock_pipeline(session, pipeline_id)
    await session.execute(_UNCANCEL, {"id": pipeline_id})
    ids = (await session.execute(_RESET, {"id": pipeline_id})).scalars().all()
    if ids:
        await session.execute(_REOPEN, {"ids": list(ids)})
        await settle(session, ids)
        wake(session)
    return ids
