"""Edges: a successor waits for its predecessors, and is let go or cancelled when they have ended.

Everything here runs under the row lock of the predecessors' pipeline, so that of two siblings that end at once the second sees
what the first has done. All predecessors of a job must therefore belong to one pipeline, mostly its own. Nothing is counted: a
successor is free when NOT EXISTS an open edge, which a partial index answers.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError, ErrorKind
from core.jobs import EdgeCondition, JobState
from db.jobs.locks import lock_pipeline, wake

Edge = tuple[UUID, UUID, EdgeCondition]
"""Predecessor, successor, condition."""

_CLOSE = text("UPDATE job_edges SET open = false WHERE predecessor_id = ANY(:ended) AND open RETURNING successor_id")

# The branches stand in this order so that the common case (a sibling succeeded, others are still at work) ends at the first
# probe of the partial index, however many siblings there are. `bad`: one of those that ended did not succeed.
_SETTLE = text("""
    WITH verdict AS MATERIALIZED (
        SELECT s.id, CASE
            WHEN :bad AND EXISTS (
                SELECT FROM job_edges e JOIN jobs p ON p.id = e.predecessor_id
                WHERE e.successor_id = s.id AND e.condition = 'on_success' AND p.state IN ('cancelled', 'discarded')
            ) THEN 'cancel'
            WHEN EXISTS (
                SELECT FROM job_edges e WHERE e.successor_id = s.id AND e.open AND e.condition <> 'on_failure'
            ) THEN 'wait'
            WHEN NOT EXISTS (
                SELECT FROM job_edges e WHERE e.successor_id = s.id AND e.condition = 'on_failure'
            ) THEN 'go'
            WHEN NOT :bad AND EXISTS (
                SELECT FROM job_edges e WHERE e.successor_id = s.id AND e.open AND e.condition = 'on_failure'
            ) THEN 'wait'
            WHEN EXISTS (
                SELECT FROM job_edges e JOIN jobs p ON p.id = e.predecessor_id
                WHERE e.successor_id = s.id AND e.condition = 'on_failure' AND p.state = 'discarded'
            ) THEN 'go'
            WHEN EXISTS (
                SELECT FROM job_edges e WHERE e.successor_id = s.id AND e.open AND e.condition = 'on_failure'
            ) THEN 'wait'
            ELSE 'cancel'
        END AS word
        FROM jobs s WHERE s.id = ANY(:ids) AND s.state = 'waiting'
    )
    UPDATE jobs j SET
        state = CASE WHEN v.word = 'cancel' THEN 'cancelled' WHEN j.run_at > now() THEN 'retryable' ELSE 'available' END
            ::job_state,
        finished_at = CASE WHEN v.word = 'cancel' THEN now() END,
        run_at = CASE WHEN v.word = 'go' THEN greatest(j.run_at, now()) ELSE j.run_at END
    FROM verdict v WHERE j.id = v.id AND v.word <> 'wait' AND j.state = 'waiting'
    RETURNING j.id, j.state
""")

_PIPELINES_OF = text("SELECT id, pipeline_id FROM jobs WHERE id = ANY(:ids)")

_HOLD_BACK = text("""
    UPDATE jobs SET state = 'waiting', dispatched_at = NULL
    WHERE id = ANY(:ids) AND state IN ('available', 'retryable') AND started_at IS NULL
""")

_TOO_LATE = text("SELECT id FROM jobs WHERE id = ANY(:ids) AND state NOT IN ('waiting', 'cancelled') LIMIT 1")

_INSERT = text("""
    INSERT INTO job_edges (predecessor_id, successor_id, condition, open)
    SELECT e.predecessor_id, e.successor_id, e.condition::edge_condition, p.state NOT IN ('completed', 'cancelled', 'discarded')
    FROM unnest(CAST(:predecessors AS uuid[]), CAST(:successors AS uuid[]), CAST(:conditions AS text[]))
        AS e(predecessor_id, successor_id, condition)
    JOIN jobs p ON p.id = e.predecessor_id
    ON CONFLICT DO NOTHING
""")


async def add_edges(session: AsyncSession, edges: Iterable[Edge]) -> None:
    """Make successors wait for predecessors, in the caller's transaction; predecessors that have ended count at once.

    The predecessors of a job must belong to one pipeline (AulaError `jobs.edge_across_pipelines`); a successor must not have
    been started (`jobs.edge_too_late`). Edges that exist stay as they are.
    """
    edges = list(edges)
    if not edges:
        return
    await lock_predecessors(session, edges)
    successors = list({successor for _, successor, _ in edges})
    await session.execute(_HOLD_BACK, {"ids": successors})
    if (late := (await session.execute(_TOO_LATE, {"ids": successors})).scalar()) is not None:
        raise AulaError("jobs.edge_too_late", f"Job {late} has been started and can't wait any more.", kind=ErrorKind.CONFLICT)
    await insert_edges(session, edges)


async def lock_predecessors(session: AsyncSession, edges: Sequence[Edge]) -> None:
    """Lock the pipelines of all predecessors; raises AulaError `jobs.edge_across_pipelines`."""
    ids = list({predecessor for predecessor, _, _ in edges})
    pipeline_of: dict[UUID, UUID] = {
        row.id: row.pipeline_id for row in await session.execute(_PIPELINES_OF, {"ids": ids}) if row.pipeline_id is not None
    }
    by_successor: dict[UUID, set[UUID | None]] = {}
    for predecessor, successor, _ in edges:
        by_successor.setdefault(successor, set()).add(pipeline_of.get(predecessor))
    if any(len(pipelines) > 1 or None in pipelines for pipelines in by_successor.values()):
        raise AulaError("jobs.edge_across_pipelines", "All jobs that one job waits for must belong to one pipeline.")
    for pipeline_id in sorted(set(pipeline_of.values())):
        await lock_pipeline(session, pipeline_id)


async def insert_edges(session: AsyncSession, edges: Sequence[Edge]) -> None:
    """Write edges into waiting successors, after `lock_predecessors`, and settle them."""
    columns = {
        "predecessors": [predecessor for predecessor, _, _ in edges],
        "successors": [successor for _, successor, _ in edges],
        "conditions": [condition.value for _, _, condition in edges],
    }
    await session.execute(_INSERT, columns)
    await settle(session, list({successor for _, successor, _ in edges}))


async def follow(session: AsyncSession, ended: Sequence[UUID], *, bad: bool) -> None:
    """Close the edges of jobs that have just ended; let their successors go, or cancel them and follow those in turn.

    `bad`: at least one of them was cancelled or discarded. The caller holds the pipeline's lock.
    """
    while ended:
        successors = (await session.execute(_CLOSE, {"ended": list(ended)})).scalars().all()
        if not successors:
            return
        ended = await _settle(session, successors, bad=bad)
        bad = True


async def _settle(session: AsyncSession, ids: Sequence[UUID], *, bad: bool) -> list[UUID]:
    """Release or cancel those of `ids` whose wait is over; returns the cancelled ones."""
    rows = (await session.execute(_SETTLE, {"ids": list(ids), "bad": bad})).all()
    if rows:
        wake(session)
    return [row.id for row in rows if row.state == JobState.CANCELLED]


async def settle(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Judge waiting jobs afresh: those without edges or with all edges met go, the doomed are cancelled and followed."""
    await follow(session, await _settle(session, ids, bad=True), bad=True)
