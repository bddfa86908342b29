"""What the dispatcher asks: how much room is there, which due jobs go next, whose hint has to be forgotten.

Order of a queue: background jobs (priority from 1000 on) after all others; then by turn. A job's turn is the number of its
owner's jobs that go before it (running, due with a smaller priority, or sent lately) plus its priority / 100: owners take
turns, and among owners who are level the more urgent job goes first. Within one owner priority alone decides, then age.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobState, Queue
from db.jobs.locks import wake
from db.jobs.types import Census, Hint

_CENSUS = text("""
    WITH load AS MATERIALIZED (SELECT worker_id, count(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY worker_id),
    idle AS (
        SELECT unnest(w.queues) AS queue, greatest(w.slots - coalesce(load.jobs, 0), 0) AS slots
        FROM workers w LEFT JOIN load ON load.worker_id = w.id
        WHERE NOT w.stopping AND w.heartbeat_at > now() - make_interval(secs => :alive_s)
    )
    SELECT q.queue, coalesce((SELECT sum(slots) FROM idle WHERE idle.queue = q.queue), 0)::int AS free_slots,
        ARRAY(SELECT id FROM jobs WHERE queue = q.queue AND state = 'available' AND dispatched_at IS NOT NULL) AS hinted,
        EXISTS (SELECT FROM jobs WHERE queue = q.queue AND state = 'available' AND dispatched_at IS NULL)
            AND NOT EXISTS (SELECT FROM pauses WHERE scope = 'queue' AND value = q.queue) AS due,
        EXISTS (SELECT FROM jobs WHERE queue = q.queue AND state = 'running' AND lease_until = '-infinity') AS orphaned
    FROM unnest(CAST(:queues AS text[])) AS q(queue)
""")

# `owners` is a loose index scan: it hops from owner to owner in the index, so that 100,000 rows of one owner cost as much as
# one. Each owner then offers its next few jobs. The owner NULL (jobs of the platform itself) is one owner among the others, in
# a branch of its own because an index can be asked for IS NULL but not for IS NOT DISTINCT FROM. The owner leads each ORDER BY
# because only then the planner sees that the index has the rows of IS NULL in order.
_DUE = "j.queue = :queue AND j.state = 'available' AND j.dispatched_at IS NULL"
_OFFER = f"""
    SELECT j.id, j.priority, j.run_at, j.owner_id FROM jobs j
    WHERE {_DUE} AND %s AND j.run_at <= now()
        AND NOT EXISTS (SELECT FROM jobs r WHERE r.unique_key = j.unique_key AND r.state = 'running')
        AND NOT EXISTS (SELECT FROM pauses p WHERE (p.scope = 'queue' AND p.value = j.queue)
            OR (p.scope = 'kind' AND p.value = j.kind) OR (p.scope = 'pipeline' AND p.value = j.pipeline_id::text))
    ORDER BY j.owner_id, j.priority, j.run_at, j.id
    LIMIT (SELECT ceil(CAST(:room AS float8) / greatest(count(*), 1))::int + 2 FROM owners)
"""  # noqa: S608 (constants of this file)
_PICK = text(
    f"""
    WITH RECURSIVE owners(owner_id) AS (
        (SELECT owner_id FROM jobs j WHERE {_DUE} AND owner_id IS NOT NULL ORDER BY owner_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.owner_id FROM jobs j WHERE {_DUE} AND j.owner_id > o.owner_id ORDER BY j.owner_id LIMIT 1)
        FROM owners o WHERE o.owner_id IS NOT NULL
    ),
    offers AS (
        SELECT offer.* FROM owners o CROSS JOIN LATERAL ({_OFFER % "j.owner_id = o.owner_id"}) offer
        WHERE NOT EXISTS (SELECT FROM pauses p WHERE p.scope = 'owner' AND p.value = o.owner_id::text)
        UNION ALL
        ({_OFFER % "j.owner_id IS NULL"})
    ),
    busy AS (
        SELECT owner_id, count(*) AS jobs FROM jobs WHERE queue = :queue AND state = 'running' GROUP BY owner_id
    ),
    turns AS (
        SELECT o.id, o.priority, o.run_at, floor(o.priority / 1000.0) AS band,
            row_number() OVER (PARTITION BY o.owner_id ORDER BY o.priority, o.run_at, o.id)
                + coalesce(b.jobs, 0) + coalesce(s.share, 0) + o.priority / 100.0 AS turn
        FROM offers o
        LEFT JOIN busy b ON b.owner_id IS NOT DISTINCT FROM o.owner_id
        LEFT JOIN unnest(CAST(:owners AS uuid[]), CAST(:shares AS float8[])) AS s(owner_id, share)
            ON s.owner_id IS NOT DISTINCT FROM o.owner_id
    ),
    chosen AS MATERIALIZED (
        SELECT id, row_number() OVER (ORDER BY band, turn, priority, run_at, id) AS place
        FROM turns ORDER BY place LIMIT :room
    ),
    locked AS MATERIALIZED (
        SELECT j.id, c.place FROM chosen c JOIN jobs j ON j.id = c.id
        WHERE j.state = 'available' AND j.dispatched_at IS NULL FOR NO KEY UPDATE OF j SKIP LOCKED
    )
    UPDATE jobs j SET dispatched_at = now() FROM locked WHERE j.id = locked.id
    RETURNING j.id, j.kind, j.owner_id, locked.place
    """  # noqa: S608 (constants of this file)
)

_PROMOTE = text("""
    WITH due AS MATERIALIZED (
        SELECT id FROM jobs WHERE state = 'retryable' AND run_at <= now() ORDER BY run_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET state = 'available' FROM due WHERE j.id = due.id RETURNING j.id
""")

_DEPTHS = text("""
    SELECT queue, state::text AS state, count(*) AS jobs FROM jobs
    WHERE state IN ('waiting', 'available', 'running', 'retryable') GROUP BY queue, state
""")


async def census(session: AsyncSession, alive_s: float) -> list[Census]:
    """Every queue: idle slots of workers heard of within `alive_s`, hints under way, and whether anything is due."""
    rows = await session.execute(_CENSUS, {"alive_s": alive_s, "queues": [queue.value for queue in Queue]})
    return [
        Census(queue=row.queue, free_slots=row.free_slots, hinted=frozenset(row.hinted), due=row.due, orphaned=row.orphaned)
        for row in rows
    ]


async def pick(session: AsyncSession, queue: str, room: int, shares: Mapping[UUID | None, float]) -> list[Hint]:
    """Mark up to `room` due jobs of the queue as dispatched and return them in order; paused ones are left out.

    `shares`: how many jobs of an owner were sent lately. Rows locked by others are left for the next round.
    """
    values = {"queue": queue, "room": room, "owners": list(shares), "shares": list(shares.values())}
    rows = sorted((await session.execute(_PICK, values)).all(), key=lambda row: row.place)
    return [Hint(id=row.id, kind=row.kind, queue=queue, owner_id=row.owner_id) for row in rows]


async def promote(session: AsyncSession, limit: int = 1000) -> Sequence[UUID]:
    """Jobs that waited for their time (retries, snoozes, later starts) become available."""
    promoted = (await session.execute(_PROMOTE, {"limit": limit})).scalars().all()
    if promoted:
        wake(session)
    return promoted


async def depths(session: AsyncSession) -> dict[tuple[str, JobState], int]:
    """Unfinished jobs by queue and state."""
    return {(row.queue, JobState(row.state)): row.jobs for row in await session.execute(_DEPTHS)}
