"""Claiming by id: once, in turn, never paused, never two with one key; and a stale token writes nothing."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from core.errors import ErrorKind, Interrupted
from core.jobs import PauseScope
from db import jobs
from db.jobs import Fence, Hold
from db.session import SessionFactory
from tests.engine.toys import TOY, crash, end, expire, finish, put, put_pipeline, row, sent, somebody, start, states, take


async def test_of_many_claims_one_wins(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    claims = await asyncio.gather(*(take(session_factory, job_id) for _ in range(10)))
    assert len([claimed for claimed in claims if claimed is not None]) == 1
    job = await row(session_factory, job_id)
    assert (job.state, job.attempt) == ("running", 1)


async def test_a_claim_waits_for_a_locked_row_rather_than_losing_its_hint(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    async with session_factory() as session:
        await session.execute(text("SELECT FROM jobs WHERE id = :id FOR UPDATE"), {"id": job_id})
        claim = asyncio.ensure_future(take(session_factory, job_id))
        await asyncio.wait([claim], timeout=0.2)
        assert not claim.done()
        await session.rollback()
    assert await claim is not None


@pytest.mark.parametrize("how", ["complete", "retry", "snooze", "cancel", "discard", "give_back"])
async def test_a_stale_token_ends_nothing(session_factory: SessionFactory, how: str) -> None:
    (job_id,) = await put(session_factory, "a")
    stale = await start(session_factory, job_id)
    await _lose(session_factory, job_id)
    assert await end(session_factory, stale, how) is None
    assert await states(session_factory, job_id) == ["available"]
    again = await start(session_factory, job_id)
    assert await end(session_factory, stale, how) is None
    assert await end(session_factory, again) == "completed"
    assert (await row(session_factory, job_id)).attempt == 2


async def test_a_stale_token_stops_at_the_fence_and_is_told_at_its_next_beat(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    (job_id,) = await put(session_factory, "a", pipeline_id=pipeline)
    stale = await start(session_factory, job_id)
    await _lose(session_factory, job_id)
    current = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        assert await jobs.fence(session, stale) is Fence.STALE
        assert await jobs.fence(session, current) is Fence.HELD
        kept = await jobs.renew(session, [Hold(stale.id, stale.token), Hold(current.id, current.token, 0.5)], 60.0)
    assert kept == {job_id: False}
    assert (await row(session_factory, job_id)).progress == 0.5


async def test_a_renewal_is_not_held_up_by_a_job_that_is_just_being_completed(session_factory: SessionFactory) -> None:
    first, second = await put(session_factory, "a", "b")
    holds = [await start(session_factory, first), await start(session_factory, second)]
    async with session_factory() as session:
        await jobs.fence(session, holds[0])
        async with session_factory.begin() as beat:
            kept = await jobs.renew(beat, [Hold(claimed.id, claimed.token) for claimed in holds], 60.0)
    assert kept == {first: False, second: False}


async def test_two_jobs_with_one_key_never_run_at_once(session_factory: SessionFactory) -> None:
    (first,) = await put(session_factory, "a", unique_key="k")
    claimed = await start(session_factory, first)
    (second,) = await put(session_factory, "b", unique_key="k")
    assert await sent(session_factory, 10) == []
    assert await take(session_factory, second) is None
    await end(session_factory, claimed)
    assert await sent(session_factory, 10) == [second]
    assert await take(session_factory, second) is not None


async def test_of_a_retried_job_and_its_younger_twin_one_runs_at_a_time(session_factory: SessionFactory) -> None:
    (first,) = await put(session_factory, "a", unique_key="k")
    claimed = await start(session_factory, first)
    (second,) = await put(session_factory, "b", unique_key="k")
    await end(session_factory, claimed, "give_back")
    for _ in range(5):
        claims = await asyncio.gather(take(session_factory, first), take(session_factory, second))
        (winner,) = [one for one in claims if one is not None]
        assert await end(session_factory, winner, "give_back") == "available"


async def test_children_born_under_a_pause_do_not_run(session_factory: SessionFactory) -> None:
    owner = somebody()
    pipeline = await put_pipeline(session_factory, owner_id=owner)
    for scope, value in (
        (PauseScope.QUEUE, TOY.queue.value),
        (PauseScope.KIND, TOY.name),
        (PauseScope.OWNER, str(owner)),
        (PauseScope.PIPELINE, str(pipeline)),
    ):
        async with session_factory.begin() as session:
            await jobs.pause(session, scope, value, "tea")
            await jobs.pause(session, scope, value, "more tea")
        (child,) = await put(session_factory, scope.value, pipeline_id=pipeline)
        assert await sent(session_factory, 10) == [], scope
        assert await take(session_factory, child) is None, scope
        async with session_factory.begin() as session:
            (standing,) = await jobs.list_pauses(session)
            assert (standing.scope, standing.value, standing.reason) == (scope, value, "tea")
            assert await jobs.resume(session, scope, value)
            assert not await jobs.resume(session, scope, value)
        assert await sent(session_factory, 10) == [child], scope
        await finish(session_factory, child)


async def test_a_hint_used_up_by_a_pause_is_sent_again_after_it(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    assert await sent(session_factory, 10) == [job_id]
    async with session_factory.begin() as session:
        await jobs.pause(session, PauseScope.KIND, TOY.name)
    assert await take(session_factory, job_id) is None
    async with session_factory.begin() as session:
        await jobs.resume(session, PauseScope.KIND, TOY.name)
    assert await sent(session_factory, 10) == [job_id]


async def test_a_pause_lets_running_jobs_go_on(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    claimed = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        await jobs.pause(session, PauseScope.QUEUE, TOY.queue.value)
    assert await end(session_factory, claimed) == "completed"


async def test_an_attempt_counts_from_its_claim_and_three_crashes_are_the_end(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    assert await crash(session_factory, job_id) == "available"
    assert await crash(session_factory, job_id) == "available"
    assert await crash(session_factory, job_id) == "discarded"
    job = await row(session_factory, job_id)
    assert (job.attempt, job.crashes) == (3, 3)
    assert [error["kind"] for error in job.errors] == [ErrorKind.CRASHED] * 3


async def test_a_live_lease_is_not_rescued(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    claimed = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        await expire(session, job_id)
        await jobs.renew(session, [Hold(job_id, claimed.token)], 60.0)
        assert await jobs.expired(session) == []
        assert await jobs.rescue(session, job_id, None, max_crashes=3) is None
    assert await end(session_factory, claimed) == "completed"


async def test_the_jobs_of_a_worker_seen_to_die_are_orphans_at_once(session_factory: SessionFactory) -> None:
    dead, alive = somebody(), somebody()
    first, second = await put(session_factory, "a", "b")
    await start(session_factory, first, worker_id=dead)
    await start(session_factory, second, worker_id=alive)
    async with session_factory.begin() as session:
        await jobs.beat(session, dead, host="here", pid=11, queues=["default"], slots=3)
        await jobs.beat(session, alive, host="here", pid=12, queues=["default"], slots=3)
        assert await jobs.expire_leases(session, "here", 99) == []
        assert await jobs.expire_leases(session, "here", 11) == [first]
        assert await jobs.expired(session, orphans_only=True) == [(first, None)]
        (default,) = [queue for queue in await jobs.census(session, 60.0) if queue.queue == "default"]
        assert default.orphaned
        assert default.free_slots == 2


def test_interrupted_is_cancelled_unless_it_says_otherwise() -> None:
    assert Interrupted("a", "b").kind is ErrorKind.CANCELLED


async def _lose(session_factory: SessionFactory, job_id: UUID) -> None:
    """The lease runs out and the job is rescued."""
    async with session_factory.begin() as session:
        await expire(session, job_id)
    async with session_factory.begin() as session:
        ((expired, pipeline_id),) = await jobs.expired(session)
        assert await jobs.rescue(session, expired, pipeline_id, max_crashes=3) == "available"
