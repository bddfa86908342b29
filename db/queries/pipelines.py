"""Reads of pipelines: which are under way for a subject, which job of theirs is which, and why one failed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES, EdgeCondition, JobState
from db.models import Job, JobEdge, Pipeline


async def open_pipelines(session: AsyncSession, kind: str, subject_id: UUID) -> Sequence[UUID]:
    """Pipelines of that kind about `subject_id` that have unfinished jobs, oldest first."""
    unfinished = exists().where(Job.pipeline_id == Pipeline.id, Job.state.not_in(FINAL_STATES))
    query = select(Pipeline.id).where(Pipeline.subject_id == subject_id, Pipeline.kind == kind, unfinished)
    return (await session.scalars(query.order_by(Pipeline.id))).all()


async def is_open(session: AsyncSession, kind: str, asset_id: UUID, version_id: UUID) -> bool:
    """Whether a pipeline of that kind has unfinished jobs about this version of the asset."""
    unfinished = Job.state.not_in(FINAL_STATES) & (Job.payload["version_id"].astext == str(version_id))
    query = select(Job.id).join(Pipeline, Pipeline.id == Job.pipeline_id).where(unfinished)
    query = query.where(Pipeline.subject_id == asset_id, Pipeline.kind == kind)
    return await session.scalar(query.limit(1)) is not None


async def job_of_kind(session: AsyncSession, pipeline_id: UUID, kind: str) -> UUID | None:
    """The newest job of that kind in the pipeline."""
    query = select(Job.id).where(Job.pipeline_id == pipeline_id, Job.kind == kind).order_by(Job.id.desc()).limit(1)
    found: UUID | None = await session.scalar(query)
    return found


async def by_pipeline(session: AsyncSession, job_ids: Sequence[UUID]) -> list[list[UUID]]:
    """The jobs, together with those of the same pipeline."""
    found: dict[UUID | None, list[UUID]] = {}
    for row in await session.execute(select(Job.id, Job.pipeline_id).where(Job.id.in_(job_ids)).order_by(Job.id)):
        found.setdefault(row.pipeline_id, []).append(row.id)
    return list(found.values())


async def fatal_error(session: AsyncSession, alarmed: UUID) -> dict[str, Any] | None:
    """Why the `on_failure` successor `alarmed` runs: the last error of the predecessor that was discarded first.

    Other jobs of the pipeline may have been discarded before without harm (stills): they are not the reason.
    """
    query = (
        select(Job.errors)
        .join(JobEdge, JobEdge.predecessor_id == Job.id)
        .where(JobEdge.successor_id == alarmed, JobEdge.condition == EdgeCondition.ON_FAILURE)
        .where(Job.state == JobState.DISCARDED)
        .order_by(Job.finished_at, Job.id)
        .limit(1)
    )
    errors = await session.scalar(query)
    return errors[-1] if errors else None
