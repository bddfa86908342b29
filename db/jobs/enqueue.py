"""Adding jobs and pipelines, inside the transaction of the fact that calls for them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.jobs import JobRequest
from db.jobs.edges import Edge, insert_edges, lock_predecessors
from db.jobs.locks import PipelineFacts, lock_pipeline, wake

_ADD_PIPELINE = text("""
    INSERT INTO pipelines (id, kind, subject_id, owner_id, priority, trace_id)
    VALUES (:id, :kind, :subject_id, :owner_id, :priority, :trace_id)
""")

# DO UPDATE ... WHERE false changes nothing but locks the job that stands in the way. A claim of that job waits for this
# transaction's end and so works with what it has written; DO NOTHING would let it run on the old facts, and nobody would
# run on the new ones. Rows go in by key, so that two batches can't wait for each other.
_ADD = text("""
    INSERT INTO jobs (id, pipeline_id, owner_id, kind, queue, priority, payload, unique_key, trace_id, max_attempts, run_at,
                      state, finished_at)
    SELECT r.id, r.pipeline_id, r.owner_id, r.kind, r.queue, r.priority, r.payload, r.unique_key, r.trace_id, r.max_attempts,
           coalesce(r.run_at, now()),
           CASE WHEN r.cancelled THEN 'cancelled' WHEN r.waits THEN 'waiting' WHEN r.run_at > now() THEN 'retryable'
                ELSE 'available' END::job_state,
           CASE WHEN r.cancelled THEN now() END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        id uuid, pipeline_id uuid, owner_id uuid, kind text, queue text, priority int, payload jsonb, unique_key text,
        trace_id text, max_attempts int, run_at timestamptz, waits boolean, cancelled boolean)
    ORDER BY r.unique_key, r.id
    ON CONFLICT (unique_key)
        WHERE unique_key IS NOT NULL AND started_at IS NULL AND state IN ('waiting', 'available', 'retryable')
    DO UPDATE SET unique_key = excluded.unique_key WHERE false
    RETURNING id
""")


async def add_pipeline(
    session: AsyncSession,
    kind: str,
    *,
    subject_id: UUID | None = None,
    owner_id: UUID | None = None,
    priority: int = 0,
    trace_id: str | None = None,
) -> UUID:
    """Begin a pipeline in the caller's transaction. `priority` is added to that of its jobs (smaller goes first)."""
    pipeline_id = new_id()
    await session.execute(
        _ADD_PIPELINE,
        {
            "id": pipeline_id,
            "kind": kind,
            "subject_id": subject_id,
            "owner_id": owner_id,
            "priority": priority,
            "trace_id": trace_id or pipeline_id.hex,
        },
    )
    return pipeline_id


async def add(session: AsyncSession, request: JobRequest) -> UUID | None:
    """Add one job in the caller's transaction; None when a job with its unique key already waits to be started."""
    return (await add_many(session, [request]))[0]


async def add_many(session: AsyncSession, requests: Sequence[JobRequest]) -> list[UUID | None]:
    """Add jobs in the caller's transaction, in one statement; the ids come in the order of the requests, None as in `add`.

    Jobs inherit owner, trace and priority offset from their pipeline, and are born cancelled where it is being cancelled.
    Takes the pipelines' locks. Raises AulaError `pipeline.not_found`, `jobs.edge_across_pipelines`.
    """
    if not requests:
        return []
    pipelines = {
        pipeline_id: await lock_pipeline(session, pipeline_id)
        for pipeline_id in sorted({request.pipeline_id for request in requests if request.pipeline_id is not None})
    }
    ids = [new_id() for _ in requests]
    rows, keys = [], set[str]()
    for job_id, request in zip(ids, requests, strict=True):
        if request.unique_key is not None and request.unique_key in keys:
            continue  # one statement may not meet the same key twice
        keys |= {request.unique_key} if request.unique_key is not None else set()
        rows.append(_row(job_id, request, pipelines[request.pipeline_id] if request.pipeline_id is not None else None))
    result = await session.execute(_ADD, {"rows": msgspec.json.encode(rows).decode()})
    added = set(result.scalars())
    await _add_edges(session, ids, requests, added)
    if added:
        wake(session)
        counts: Counter[str] = session.info.setdefault("enqueued", Counter())
        counts.update(request.kind.name for job_id, request in zip(ids, requests, strict=True) if job_id in added)
    return [job_id if job_id in added else None for job_id in ids]


def _row(job_id: UUID, request: JobRequest, pipeline: PipelineFacts | None) -> dict[str, Any]:
    kind = request.kind
    return {
        "id": job_id,
        "pipeline_id": request.pipeline_id,
        "owner_id": request.owner_id or (pipeline.owner_id if pipeline else None),
        "kind": kind.name,
        "queue": kind.queue.value,
        "priority": (kind.priority if request.priority is None else request.priority) + (pipeline.priority if pipeline else 0),
        "payload": request.payload,
        "unique_key": request.unique_key,
        "trace_id": pipeline.trace_id if pipeline else job_id.hex,
        "max_attempts": kind.max_attempts,
        "run_at": request.run_at,
        "waits": bool(request.after),
        "cancelled": pipeline is not None and pipeline.cancelled,
    }


async def _add_edges(session: AsyncSession, ids: Sequence[UUID], requests: Sequence[JobRequest], added: set[UUID]) -> None:
    edges: list[Edge] = [
        (predecessor, job_id, condition)
        for job_id, request in zip(ids, requests, strict=True)
        if job_id in added
        for predecessor, condition in request.after
    ]
    if edges:
        await lock_predecessors(session, edges)
        await insert_edges(session, edges)
