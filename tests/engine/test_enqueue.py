"""Jobs are born with the facts that call for them, or not at all."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.clock import utc_now
from core.errors import AulaError
from core.ids import new_id
from core.jobs import JobRequest
from db import jobs
from db.models import Job
from db.session import SessionFactory
from tests.engine.toys import TOY, Toy, finish, put, put_pipeline, row, somebody, start, states


async def _count(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return (await session.execute(select(func.count()).select_from(Job))).scalar_one()


async def test_an_enqueue_that_rolls_back_leaves_no_job(session_factory: SessionFactory) -> None:
    async with session_factory() as session:
        assert await jobs.add(session, JobRequest(TOY, Toy("a"))) is not None
        await session.rollback()
    assert await _count(session_factory) == 0


async def test_a_job_inherits_from_its_pipeline(session_factory: SessionFactory) -> None:
    owner = somebody()
    pipeline = await put_pipeline(session_factory, owner_id=owner, priority=7, trace_id="trace")
    (job_id,) = await put(session_factory, "a", pipeline_id=pipeline)
    job = await row(session_factory, job_id)
    assert (job.owner_id, job.priority, job.trace_id) == (owner, TOY.priority + 7, "trace")
    assert job.payload == {"name": "a"}


async def test_a_pipeline_that_does_not_exist_takes_no_jobs(session_factory: SessionFactory) -> None:
    with pytest.raises(AulaError, match=r"pipeline\.not_found"):
        await put(session_factory, "a", pipeline_id=new_id())


async def test_fifty_parallel_adds_with_one_key_make_one_row(session_factory: SessionFactory) -> None:
    added = await asyncio.gather(*(put(session_factory, str(n), unique_key="only") for n in range(50)))
    assert len([ids for ids in added if ids]) == 1
    assert await _count(session_factory) == 1


async def test_one_batch_may_name_a_key_twice(session_factory: SessionFactory) -> None:
    async with session_factory.begin() as session:
        first, second, other = await jobs.add_many(
            session,
            [JobRequest(TOY, Toy("a"), unique_key="k"), JobRequest(TOY, Toy("b"), unique_key="k"), JobRequest(TOY, Toy("c"))],
        )
    assert first is not None
    assert second is None
    assert other is not None


async def test_a_key_is_free_again_once_its_job_has_started(session_factory: SessionFactory) -> None:
    (first,) = await put(session_factory, "a", unique_key="k")
    assert await put(session_factory, "b", unique_key="k") == []
    await start(session_factory, first)
    (second,) = await put(session_factory, "b", unique_key="k")
    assert await states(session_factory, first, second) == ["running", "available"]


async def test_a_refused_twin_holds_the_claim_of_the_waiting_job_until_its_facts_are_there(
    session_factory: SessionFactory,
) -> None:
    (waiting,) = await put(session_factory, "a", unique_key="k")
    async with session_factory() as session:
        assert await jobs.add(session, JobRequest(TOY, Toy("b"), unique_key="k")) is None
        claim = asyncio.ensure_future(start(session_factory, waiting))
        await asyncio.wait([claim], timeout=0.2)
        assert not claim.done()
        await session.commit()
    assert (await claim).id == waiting


async def test_a_later_start_waits_for_its_time(session_factory: SessionFactory) -> None:
    (later,) = await put(session_factory, "a", run_at=utc_now() + timedelta(hours=1))
    (now,) = await put(session_factory, "b", run_at=utc_now() - timedelta(hours=1))
    assert await states(session_factory, later, now) == ["retryable", "available"]
    assert await finish(session_factory, now) == "completed"
