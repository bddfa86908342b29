"""Cancelling: what has not been started ends at once, what runs is told at its worker's next beat."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobState
from db.jobs.edges import follow
from db.jobs.locks import lock_pipeline, wake

_MARK_PIPELINE = text("UPDATE pipelines SET cancel_requested_at = coalesce(cancel_requested_at, now()) WHERE id = :id")

# A claim that slips in between the two statements is seen by the second one: each takes a fresh snapshot.
_END_UNSTARTED = text("""
    UPDATE jobs SET state = 'cancelled', finished_at = now(), dispatched_at = NULL
    WHERE pipeline_id = :id AND state IN ('waiting', 'available', 'retryable')
""")
_MARK_RUNNING = text("""
    UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE pipeline_id = :id AND state = 'running' AND id IS DISTINCT FROM CAST(:spare AS uuid) RETURNING id
""")

_PIPELINE_OF = text("SELECT pipeline_id FROM jobs WHERE id = :id")
_CANCEL_JOB = text("""
    UPDATE jobs SET
        state = CASE WHEN state = 'running' THEN state ELSE 'cancelled' END,
        finished_at = CASE WHEN state = 'running' THEN NULL ELSE now() END,
        dispatched_at = CASE WHEN state = 'running' THEN dispatched_at END,
        cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE id = :id AND state IN ('waiting', 'available', 'retryable', 'running')
    RETURNING state
""")


async def cancel_pipeline(session: AsyncSession, pipeline_id: UUID, *, spare: UUID | None = None) -> list[UUID]:
    """Cancel every job of the pipeline, now and to come; returns those still running, which end soon as `cancelled`.

    Nothing of the pipeline runs afterwards, clean-up jobs included: add those to a pipeline of their own. `spare`: the running
    job that cancels its siblings. Raises AulaError `pipeline.not_found`.
    """
    await lock_pipeline(session, pipeline_id)
    await session.execute(_MARK_PIPELINE, {"id": pipeline_id})
    await session.execute(_END_UNSTARTED, {"id": pipeline_id})
    running = (await session.execute(_MARK_RUNNING, {"id": pipeline_id, "spare": spare})).scalars().all()
    wake(session)
    return list(running)


async def cancel_job(session: AsyncSession, job_id: UUID) -> JobState | None:
    """Cancel one job; its successors follow. `running`: it has been told to stop. None: it had ended, or there is none."""
    pipeline_id = (await session.execute(_PIPELINE_OF, {"id": job_id})).scalar_one_or_none()
    if pipeline_id is not None:
        await lock_pipeline(session, pipeline_id)
    state = (await session.execute(_CANCEL_JOB, {"id": job_id})).scalar_one_or_none()
    if state is None:
        return None
    if state == JobState.CANCELLED and pipeline_id is not None:
        await follow(session, [job_id], bad=True)
    wake(session)
    return JobState(state)
