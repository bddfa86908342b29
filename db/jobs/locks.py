"""Locks and marks that the job statements share. The order everywhere is: pipeline, then job."""

from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError, ErrorKind
from db.jobs.types import ClaimedJob, Fence


class PipelineFacts(msgspec.Struct, frozen=True):
    """What a new job inherits from its pipeline."""

    priority: int
    trace_id: str
    owner_id: UUID | None
    cancelled: bool


# NO KEY UPDATE does not collide with the key-share locks that foreign keys take when others insert jobs.
_LOCK_PIPELINE = text(
    "SELECT priority, trace_id, owner_id, cancel_requested_at IS NOT NULL FROM pipelines WHERE id = :id FOR NO KEY UPDATE"
)
_HOLD_JOB = text(
    "SELECT cancel_requested_at IS NOT NULL AS cancelled FROM jobs WHERE id = :id AND token = :token FOR NO KEY UPDATE"
)


def wake(session: AsyncSession) -> None:
    """Ring the dispatcher's bell once this session has committed."""
    session.info["touched_jobs"] = True


async def lock_pipeline(session: AsyncSession, pipeline_id: UUID) -> PipelineFacts:
    """Lock the pipeline's row until the transaction ends; raises AulaError `pipeline.not_found`."""
    row = (await session.execute(_LOCK_PIPELINE, {"id": pipeline_id})).one_or_none()
    if row is None:
        raise AulaError("pipeline.not_found", f"There is no pipeline {pipeline_id}.", kind=ErrorKind.NOT_FOUND)
    return PipelineFacts(*row)


async def lock_pipeline_of(session: AsyncSession, claimed: ClaimedJob) -> None:
    """Lock the pipeline of an attempt, if it has one. One that is gone took the job along, as the next statement will see."""
    if claimed.pipeline_id is not None:
        await session.execute(_LOCK_PIPELINE, {"id": claimed.pipeline_id})


async def fence(session: AsyncSession, claimed: ClaimedJob) -> Fence:
    """Lock the attempt's pipeline and job until the transaction ends and tell whether the attempt may still write."""
    await lock_pipeline_of(session, claimed)
    cancelled = (await session.execute(_HOLD_JOB, {"id": claimed.id, "token": claimed.token})).scalar_one_or_none()
    if cancelled is None:
        return Fence.STALE
    return Fence.CANCELLED if cancelled else Fence.HELD
