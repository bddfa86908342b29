"""What operators see: queues, workers, jobs and pipelines as they are now. Read only."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from api.access import OPERATORS, stated
from api.paging import Cursor, Limit, page
from api.services import Injected
from api.wire import Page, View, not_found
from core.jobs import JobState
from db.queries import ops as queries

State = Annotated[JobState | None, QueryParameter(name="state", description="Only jobs in this state.")]


class QueueView(View):
    """One queue: slots of live workers, unfinished jobs by state, when its oldest due job was due."""

    name: str
    paused: bool
    slots: int
    waiting: int
    available: int
    running: int
    retryable: int
    oldest_due_at: datetime | None


class WorkerView(View):
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


class JobView(View):
    """A job without its payload."""

    id: UUID
    pipeline_id: UUID | None
    kind: str
    queue: str
    state: str
    priority: int
    attempt: int
    max_attempts: int
    crashes: int
    progress: float
    errors: list[dict[str, Any]]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class EdgeView(View):
    """`successorId` waits for `predecessorId`."""

    predecessor_id: UUID
    successor_id: UUID
    condition: str
    open: bool


class PipelineView(View):
    """A pipeline; `state` is running, completed, failed or cancelled, `jobs` counts its jobs by state."""

    id: UUID
    kind: str
    subject_id: UUID | None
    owner_id: UUID | None
    state: str
    jobs: dict[str, int]
    created_at: datetime
    cancel_requested_at: datetime | None


class PipelineDetailView(View):
    """A pipeline with its graph."""

    pipeline: PipelineView
    jobs: list[JobView]
    edges: list[EdgeView]


def _job(row: queries.JobView) -> JobView:
    return msgspec.convert(row, JobView, from_attributes=True)


def _pipeline(row: queries.PipelineView) -> PipelineView:
    return msgspec.convert(row, PipelineView, from_attributes=True)


@get(
    "/ops/queues",
    operation_id="listQueues",
    tags=["Operations"],
    summary="Queues",
    **stated(OPERATORS),
)
async def list_queues(services: Injected) -> list[QueueView]:
    """Every queue, busy or not."""
    async with services.sessions() as session:
        return [msgspec.convert(row, QueueView, from_attributes=True) for row in await queries.queues(session)]


@get(
    "/ops/workers",
    operation_id="listWorkers",
    tags=["Operations"],
    summary="Worker processes",
    **stated(OPERATORS),
)
async def list_workers(services: Injected) -> list[WorkerView]:
    """All known worker processes, newest first."""
    async with services.sessions() as session:
        return [msgspec.convert(row, WorkerView, from_attributes=True) for row in await queries.workers(session)]


@get(
    "/ops/jobs",
    operation_id="listJobs",
    tags=["Operations"],
    summary="Jobs",
    **stated(OPERATORS),
)
async def list_jobs(services: Injected, job_state: State = None, cursor: Cursor = None, limit: Limit = 50) -> Page[JobView]:
    """Jobs, newest first."""
    async with services.sessions() as session:
        rows = await queries.jobs(session, job_state, before=cursor, limit=limit + 1)
    return page(rows, limit, _job, lambda job: job.id)


@get(
    "/ops/pipelines",
    operation_id="listPipelines",
    tags=["Operations"],
    summary="Pipelines",
    **stated(OPERATORS),
)
async def list_pipelines(services: Injected, cursor: Cursor = None, limit: Limit = 50) -> Page[PipelineView]:
    """Pipelines, newest first."""
    async with services.sessions() as session:
        rows = await queries.pipelines(session, before=cursor, limit=limit + 1)
    return page(rows, limit, _pipeline, lambda pipeline: pipeline.id)


@get(
    "/ops/pipelines/{pipeline_id:uuid}",
    operation_id="getPipeline",
    tags=["Operations"],
    summary="One pipeline",
    **stated(OPERATORS, 404),
)
async def get_pipeline(services: Injected, pipeline_id: FromPath[UUID]) -> PipelineDetailView:
    """A pipeline with its jobs and what waits for what."""
    async with services.sessions() as session:
        detail = await queries.pipeline(session, pipeline_id)
    if detail is None:
        raise not_found("pipeline")
    return msgspec.convert(detail, PipelineDetailView, from_attributes=True)


ROUTES = (list_queues, list_workers, list_jobs, list_pipelines, get_pipeline)
