"""Reads for operators: queues, workers, jobs and pipelines as they are now. Pages go backwards in time by id."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES, EdgeCondition, JobState, PauseScope, Queue
from db.models import Job, JobEdge, Pause, Pipeline, Worker

# A worker that was not heard of for so long is not shown as serving a queue.
_SILENT = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue: jobs by state (unfinished ones), slots of live workers, the due time of its oldest due job."""

    name: str
    paused: bool
    slots: int
    waiting: int
    available: int
    running: int
    retryable: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process; `running` counts the jobs that it holds."""

    id: UUID
    host: str
    pid: int
    queues: list[str]
    slots: int
    running: int
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    stopping: bool


@dataclass(frozen=True, slots=True)
class JobView:
    """A job without its payload."""

    id: UUID
    pipeline_id: UUID | None
    kind: str
    queue: str
    state: JobState
    priority: int
    attempt: int
    max_attempts: int
    crashes: int
    progress: float
    errors: list[dict[str, Any]]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class EdgeView:
    """`successor` waits for `predecessor`."""

    predecessor_id: UUID
    successor_id: UUID
    condition: EdgeCondition
    open: bool


@dataclass(frozen=True, slots=True)
class PipelineView:
    """A pipeline and how many of its jobs are in which state. `state` is derived: running, completed, failed or cancelled.

    Failed means that a job was discarded whose failure something waited for; other discarded jobs were not essential.
    """

    id: UUID
    kind: str
    subject_id: UUID | None
    owner_id: UUID | None
    state: str
    jobs: dict[str, int]
    created_at: datetime
    cancel_requested_at: datetime | None


@dataclass(frozen=True, slots=True)
class PipelineDetail:
    """A pipeline with its graph."""

    pipeline: PipelineView
    jobs: list[JobView] = field(default_factory=list)
    edges: list[EdgeView] = field(default_factory=list)


async def queues(session: AsyncSession) -> list[QueueView]:
    """Every queue, busy or not."""
    counts = await session.execute(
        select(Job.queue, Job.state, func.count()).where(Job.state.not_in(FINAL_STATES)).group_by(Job.queue, Job.state)
    )
    by_state = {(queue, state): count for queue, state, count in counts}
    oldest = await session.execute(
        select(Job.queue, func.min(Job.run_at).label("run_at")).where(Job.state == JobState.AVAILABLE).group_by(Job.queue)
    )
    due: dict[str, datetime] = {row.queue: row.run_at for row in oldest}
    paused = set(await session.scalars(select(Pause.value).where(Pause.scope == PauseScope.QUEUE)))
    alive = await session.execute(select(Worker.queues, Worker.slots).where(_alive()))
    slots = [(set(served), count) for served, count in alive]
    return [
        QueueView(
            name=queue.value,
            paused=queue.value in paused,
            slots=sum(count for served, count in slots if queue.value in served),
            waiting=by_state.get((queue.value, JobState.WAITING), 0),
            available=by_state.get((queue.value, JobState.AVAILABLE), 0),
            running=by_state.get((queue.value, JobState.RUNNING), 0),
            retryable=by_state.get((queue.value, JobState.RETRYABLE), 0),
            oldest_due_at=due.get(queue.value),
        )
        for queue in Queue
    ]


def _alive() -> ColumnElement[bool]:
    return Worker.heartbeat_at > func.now() - _SILENT


async def workers(session: AsyncSession) -> list[WorkerView]:
    """All known worker processes, newest first."""
    running = (
        select(Job.worker_id, func.count().label("jobs"))
        .where(Job.state == JobState.RUNNING)
        .group_by(Job.worker_id)
        .subquery()
    )
    rows = await session.execute(
        select(Worker, func.coalesce(running.c.jobs, 0), _alive())
        .outerjoin(running, running.c.worker_id == Worker.id)
        .order_by(Worker.id.desc())
    )
    return [
        WorkerView(
            id=worker.id,
            host=worker.host,
            pid=worker.pid,
            queues=list(worker.queues),
            slots=worker.slots,
            running=held,
            started_at=worker.started_at,
            heartbeat_at=worker.heartbeat_at,
            alive=alive,
            stopping=worker.stopping,
        )
        for worker, held, alive in rows
    ]


async def jobs(
    session: AsyncSession, state: JobState | None = None, *, before: UUID | None = None, limit: int = 50
) -> list[JobView]:
    """Jobs in `state` (all when None), newest first, older than the job `before`."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Job.state == state)
    if before is not None:
        query = query.where(Job.id < before)
    return [_job_view(job) for job in await session.scalars(query)]


async def pipelines(session: AsyncSession, *, before: UUID | None = None, limit: int = 50) -> list[PipelineView]:
    """Pipelines, newest first, older than the pipeline `before`."""
    query = _with_failure().order_by(Pipeline.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Pipeline.id < before)
    return await _views(session, query)


async def pipeline(session: AsyncSession, pipeline_id: UUID) -> PipelineDetail | None:
    """One pipeline with its jobs and edges; None when there is no such pipeline."""
    views = await _views(session, _with_failure().where(Pipeline.id == pipeline_id))
    if not views:
        return None
    found = (await session.scalars(select(Job).where(Job.pipeline_id == pipeline_id).order_by(Job.id))).all()
    rows = await session.scalars(
        select(JobEdge)
        .join(Job, Job.id == JobEdge.successor_id)
        .where(Job.pipeline_id == pipeline_id)
        .order_by(JobEdge.successor_id, JobEdge.predecessor_id)
    )
    edges = [EdgeView(edge.predecessor_id, edge.successor_id, edge.condition, edge.open) for edge in rows]
    return PipelineDetail(views[0], [_job_view(job) for job in found], edges)


def _with_failure() -> Select[tuple[Pipeline, bool]]:
    fatal = (
        exists()
        .where(Job.pipeline_id == Pipeline.id, Job.state == JobState.DISCARDED)
        .where(JobEdge.predecessor_id == Job.id, JobEdge.condition == EdgeCondition.ON_FAILURE)
    )
    return select(Pipeline, fatal)


async def _views(session: AsyncSession, query: Select[tuple[Pipeline, bool]]) -> list[PipelineView]:
    rows: Sequence[tuple[Pipeline, bool]] = [(row[0], row[1]) for row in await session.execute(query)]
    counts = await session.execute(
        select(Job.pipeline_id, Job.state, func.count())
        .where(Job.pipeline_id.in_([pipeline.id for pipeline, _ in rows]))
        .group_by(Job.pipeline_id, Job.state)
    )
    by_state: dict[UUID | None, dict[JobState, int]] = {}
    for pipeline_id, state, count in counts:
        by_state.setdefault(pipeline_id, {})[state] = count
    return [
        PipelineView(
            id=pipeline.id,
            kind=pipeline.kind,
            subject_id=pipeline.subject_id,
            owner_id=pipeline.owner_id,
            state=_state(pipeline, failed, by_state.get(pipeline.id, {})),
            jobs={state.value: count for state, count in by_state.get(pipeline.id, {}).items()},
            created_at=pipeline.created_at,
            cancel_requested_at=pipeline.cancel_requested_at,
        )
        for pipeline, failed in rows
    ]


def _state(pipeline: Pipeline, failed: bool, counts: dict[JobState, int]) -> str:
    if any(state not in FINAL_STATES for state in counts):
        return "running"
    if failed:
        return "failed"
    return "cancelled" if pipeline.cancel_requested_at is not None else "completed"


def _job_view(job: Job) -> JobView:
    return JobView(
        id=job.id,
        pipeline_id=job.pipeline_id,
        kind=job.kind,
        queue=job.queue,
        state=job.state,
        priority=job.priority,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        crashes=job.crashes,
        progress=job.progress,
        errors=list(job.errors),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )
