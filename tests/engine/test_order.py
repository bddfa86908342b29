"""The order of dispatch: priority, fair shares, the room there is, and a cost that does not grow with the backlog."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import text

from core.ids import new_id
from core.jobs import JobState, Queue
from db import jobs
from db.jobs import Census, Hint
from db.session import SessionFactory
from tests.engine.toys import ENCODE_TOY, put, put_pipeline, sent, somebody, start
from workers.hints import LostHints, Shares


async def test_the_more_urgent_goes_first_then_the_older(session_factory: SessionFactory) -> None:
    late, later = await put(session_factory, "late", "later", priority=50)
    (first,) = await put(session_factory, "first", priority=10)
    (background,) = await put(session_factory, "background", priority=1000)
    (last,) = await put(session_factory, "last", priority=999)
    assert await sent(session_factory, 10) == [first, late, later, last, background]


async def test_a_pipeline_shifts_the_priority_of_its_jobs(session_factory: SessionFactory) -> None:
    slow, fast = await put_pipeline(session_factory, priority=5), await put_pipeline(session_factory, priority=-5)
    (second,) = await put(session_factory, "a", pipeline_id=slow)
    (first,) = await put(session_factory, "b", pipeline_id=fast)
    assert await sent(session_factory, 10) == [first, second]


@pytest.mark.parametrize("room", [1, 3, 20])
async def test_five_hundred_jobs_of_one_owner_do_not_starve_the_first_of_another(
    session_factory: SessionFactory, room: int
) -> None:
    busy, newcomer = somebody(), somebody()
    shares = Shares()
    await put(session_factory, *(str(n) for n in range(500)), owner_id=busy, priority=10)
    await _serve(session_factory, shares, room)
    (first,) = await put(session_factory, "first", owner_id=newcomer, priority=90)
    served = await _serve(session_factory, shares, room)
    served += await _serve(session_factory, shares, room)
    assert first in [hint.id for hint in served]


async def test_owners_take_turns_even_with_one_slot(session_factory: SessionFactory) -> None:
    owners = [somebody() for _ in range(3)]
    for owner in owners:
        await put(session_factory, *(str(n) for n in range(20)), owner_id=owner)
    await put(session_factory, *(str(n) for n in range(20)))
    shares, served = Shares(), Counter[UUID | None]()
    for _ in range(20):
        served.update(hint.owner_id for hint in await _serve(session_factory, shares, 1))
    assert [served[owner] for owner in (None, *owners)] == [5, 5, 5, 5]


async def test_running_jobs_count_against_their_owner(session_factory: SessionFactory) -> None:
    busy, idle = somebody(), somebody()
    at_work = await put(session_factory, "a", "b", owner_id=busy)
    for job_id in at_work:
        await start(session_factory, job_id)
    waiting = await put(session_factory, "c", owner_id=busy)
    others = await put(session_factory, "d", "e", owner_id=idle)
    assert await sent(session_factory, 3) == [*others, *waiting]


async def test_a_hint_is_sent_once(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    assert await sent(session_factory, 10) == [job_id]
    assert await sent(session_factory, 10) == []


async def test_the_census_counts_idle_slots_of_live_workers(session_factory: SessionFactory) -> None:
    alive, stopping, silent = somebody(), somebody(), somebody()
    for worker, stops in ((alive, False), (stopping, True), (silent, False)):
        async with session_factory.begin() as session:
            await jobs.beat(session, worker, host="h", pid=1, queues=["encode", "media"], slots=2, stopping=stops)
    async with session_factory.begin() as session:
        await session.execute(text("UPDATE workers SET heartbeat_at = now() - interval '1 min' WHERE id = :id"), {"id": silent})
    running, waiting = await put(session_factory, "a", "b", kind=ENCODE_TOY)
    await start(session_factory, running, worker_id=alive)
    async with session_factory() as session:
        census = {queue.queue: queue for queue in await jobs.census(session, 10.0)}
        depths = await jobs.depths(session)
    assert {name: queue.free_slots for name, queue in census.items()} == {"encode": 1, "media": 1, "default": 0, "mail": 0}
    assert [name for name, queue in census.items() if queue.due] == ["encode"]
    assert depths == {("encode", JobState.RUNNING): 1, ("encode", JobState.AVAILABLE): 1}
    async with session_factory.begin() as session:
        await jobs.forget_silent(session, 30.0)
        await jobs.sign_off(session, alive)
        assert (await session.execute(text("SELECT id FROM workers"))).scalars().all() == [stopping]
    assert waiting in await sent(session_factory, 5, Queue.ENCODE)


async def test_a_hundred_thousand_waiting_jobs_are_not_read(session_factory: SessionFactory) -> None:
    """By the plan, not by the clock: one round over a huge backlog touches few rows."""
    owners = [somebody() for _ in range(5)]
    async with session_factory.begin() as session:
        await session.execute(
            text("""
                INSERT INTO jobs (id, owner_id, kind, queue, priority, payload, trace_id, state, max_attempts)
                SELECT gen_random_uuid(), (CAST(:owners AS uuid[]))[n % 6 + 1], 'toy.play', 'default', n % 100, '{}', 't',
                    'available', 5
                FROM generate_series(1, 100000) AS n
            """),
            {"owners": owners},
        )
        await session.execute(text("ANALYZE jobs"))
    async with session_factory.begin() as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
        before = await _rows_read(session_factory)
        assert len(await jobs.pick(session, "default", 50, {})) == 50
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
    assert await _rows_read(session_factory) - before < 2000


def test_hints_wait_while_all_slots_are_busy_and_are_lost_when_nobody_takes_them_up() -> None:
    lost, waiting = LostHints(resend_s=3.0), frozenset({new_id(), new_id()})
    assert lost.observe(_queue(0, waiting), 0.0) == []
    assert lost.observe(_queue(0, waiting), 100.0) == []
    assert lost.observe(_queue(2, waiting), 101.0) == []
    assert set(lost.observe(_queue(2, waiting), 104.0)) == waiting
    assert lost.observe(_queue(2, waiting), 105.0) == []


def test_hints_that_move_are_not_sent_again_but_a_straggler_is() -> None:
    lost, straggler = LostHints(resend_s=3.0), new_id()
    for second in range(30):
        assert lost.observe(_queue(1, frozenset({straggler, new_id()})), float(second)) == []
    assert lost.observe(_queue(1, frozenset({straggler, new_id()})), 31.0) == [straggler]


def _queue(free: int, hinted: frozenset[UUID]) -> Census:
    return Census(queue="default", free_slots=free, hinted=hinted, due=False, orphaned=False)


async def _serve(sessions: SessionFactory, shares: Shares, room: int) -> list[Hint]:
    """One round of the dispatcher, whose jobs end at once."""
    async with sessions.begin() as session:
        hints = await jobs.pick(session, "default", room, shares.of("default"))
        ids = {"ids": [hint.id for hint in hints]}
        await session.execute(
            text("UPDATE jobs SET state = 'completed', finished_at = now(), dispatched_at = NULL WHERE id = ANY(:ids)"), ids
        )
    shares.count(hints)
    return hints


async def _rows_read(sessions: SessionFactory) -> int:
    async with sessions() as session:
        statement = (
            "SELECT coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) FROM pg_stat_user_tables WHERE relname = 'jobs'"
        )
        return int((await session.execute(text(statement))).scalar_one())
