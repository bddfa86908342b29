"""Jobs wait for each other by edges of three kinds, and nothing is counted."""

import asyncio

import pytest
from sqlalchemy import text

from core.errors import AulaError
from core.jobs import EdgeCondition, JobRequest
from core.settings import Settings
from db import jobs
from db.session import SessionFactory, make_engine, make_session_factory
from tests.engine.toys import FRAGILE, TOY, Toy, end, finish, link, put, put_pipeline, start, states

ON_SUCCESS, ON_END, ON_FAILURE = EdgeCondition.ON_SUCCESS, EdgeCondition.ON_END, EdgeCondition.ON_FAILURE

# How the predecessor ends -> what becomes of a successor that waits for it alone.
FATES = [
    (ON_SUCCESS, "complete", "available"),
    (ON_SUCCESS, "discard", "cancelled"),
    (ON_SUCCESS, "cancel", "cancelled"),
    (ON_END, "complete", "available"),
    (ON_END, "discard", "available"),
    (ON_END, "cancel", "available"),
    (ON_FAILURE, "complete", "cancelled"),
    (ON_FAILURE, "discard", "available"),
    (ON_FAILURE, "cancel", "cancelled"),
    (ON_SUCCESS, "retry", "waiting"),
    (ON_FAILURE, "retry", "waiting"),
    (ON_END, "snooze", "waiting"),
    (ON_END, "give_back", "waiting"),
]


@pytest.mark.parametrize(("condition", "how", "fate"), FATES)
async def test_the_fate_of_a_successor(session_factory: SessionFactory, condition: EdgeCondition, how: str, fate: str) -> None:
    pipeline = await put_pipeline(session_factory)
    (first,) = await put(session_factory, "first", pipeline_id=pipeline)
    (second,) = await put(session_factory, "second", pipeline_id=pipeline, after=((first, condition),))
    assert await states(session_factory, second) == ["waiting"]
    await finish(session_factory, first, how)
    assert await states(session_factory, second) == [fate]


@pytest.mark.parametrize(("condition", "how", "fate"), [fate for fate in FATES if fate[2] != "waiting"])
async def test_an_edge_from_a_job_that_has_ended_counts_at_once(
    session_factory: SessionFactory, condition: EdgeCondition, how: str, fate: str
) -> None:
    pipeline = await put_pipeline(session_factory)
    first, second = await put(session_factory, "first", "second", pipeline_id=pipeline)
    await finish(session_factory, first, how)
    await link(session_factory, (first, second, condition))
    assert await states(session_factory, second) == [fate]


async def test_two_hundred_siblings_that_end_at_once_release_their_successor_exactly_once(
    settings: Settings, session_factory: SessionFactory
) -> None:
    pipeline = await put_pipeline(session_factory)
    siblings = await put(session_factory, *(str(n) for n in range(200)), pipeline_id=pipeline)
    after = tuple((sibling, ON_SUCCESS) for sibling in siblings)
    (successor,) = await put(session_factory, "after", pipeline_id=pipeline, after=after)
    (guard,) = await put(session_factory, "guard", pipeline_id=pipeline, after=tuple((one, ON_FAILURE) for one in siblings))
    claimed = [await start(session_factory, sibling) for sibling in siblings]
    async with session_factory.begin() as session:
        await session.execute(text("CREATE TABLE releases (job_id uuid)"))
        await session.execute(
            text("""CREATE FUNCTION note_release() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN IF old.state = 'waiting' AND new.state = 'available' THEN INSERT INTO releases VALUES (new.id); END IF;
                RETURN new; END $$""")
        )
        await session.execute(
            text("CREATE TRIGGER note_release AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION note_release()")
        )
    wide = settings.database.model_copy(update={"db_pool_size": 16, "db_pool_overflow": 0})
    engine = make_engine(wide, application_name="siblings", profile="jobs")
    try:
        sixteen = make_session_factory(engine)
        ends = await asyncio.gather(*(end(sixteen, one) for one in claimed))
        assert set(ends) == {"completed"}
        assert await states(session_factory, successor, guard) == ["available", "cancelled"]
        async with session_factory() as session:
            released = (await session.execute(text("SELECT job_id FROM releases"))).scalars().all()
        assert released == [successor]
    finally:
        await engine.dispose()
        async with session_factory.begin() as session:
            await session.execute(text("DROP TABLE releases"))
            await session.execute(text("DROP FUNCTION note_release CASCADE"))


async def test_a_successor_waits_for_all_of_its_predecessors(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    first, second = await put(session_factory, "first", "second", pipeline_id=pipeline)
    (last,) = await put(session_factory, "last", pipeline_id=pipeline, after=((first, ON_SUCCESS), (second, ON_END)))
    await finish(session_factory, first)
    assert await states(session_factory, last) == ["waiting"]
    await finish(session_factory, second, "discard")
    assert await states(session_factory, last) == ["available"]


async def test_of_those_that_may_fail_the_first_failure_is_enough(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    first, second = await put(session_factory, "first", "second", pipeline_id=pipeline)
    (alarm,) = await put(session_factory, "alarm", pipeline_id=pipeline, after=((first, ON_FAILURE), (second, ON_FAILURE)))
    await finish(session_factory, first)
    assert await states(session_factory, alarm) == ["waiting"]
    await finish(session_factory, second, "discard")
    assert await states(session_factory, alarm) == ["available"]


async def test_an_alarm_that_nobody_can_raise_any_more_is_cancelled(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    first, second = await put(session_factory, "first", "second", pipeline_id=pipeline)
    (alarm,) = await put(session_factory, "alarm", pipeline_id=pipeline, after=((first, ON_FAILURE), (second, ON_FAILURE)))
    await finish(session_factory, first)
    await finish(session_factory, second, "cancel")
    assert await states(session_factory, alarm) == ["cancelled"]


async def test_cancelling_runs_down_the_line(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    (a,) = await put(session_factory, "a", pipeline_id=pipeline, kind=FRAGILE)
    (b,) = await put(session_factory, "b", pipeline_id=pipeline, after=((a, ON_SUCCESS),))
    (c,) = await put(session_factory, "c", pipeline_id=pipeline, after=((b, ON_SUCCESS),))
    (cleanup,) = await put(session_factory, "cleanup", pipeline_id=pipeline, after=((c, ON_END),))
    (alarm,) = await put(session_factory, "alarm", pipeline_id=pipeline, after=((c, ON_FAILURE),))
    assert await finish(session_factory, a, "retry") == "discarded"
    assert await states(session_factory, b, c, cleanup, alarm) == ["cancelled", "cancelled", "available", "cancelled"]


async def test_a_job_that_adds_its_successor_while_it_ends_lets_it_go(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    (first,) = await put(session_factory, "first", pipeline_id=pipeline)
    claimed = await start(session_factory, first)
    async with session_factory.begin() as session:
        assert await jobs.fence(session, claimed) is jobs.Fence.HELD
        request = JobRequest(TOY, Toy("second"), pipeline_id=pipeline, after=((first, ON_SUCCESS),))
        second = await jobs.add(session, request)
        assert await jobs.complete(session, claimed, fenced=True) == "completed"
    assert second is not None
    assert await states(session_factory, second) == ["available"]


async def test_a_job_may_wait_for_jobs_of_another_pipeline_but_only_of_one(session_factory: SessionFactory) -> None:
    one, other = await put_pipeline(session_factory), await put_pipeline(session_factory)
    (here,) = await put(session_factory, "here", pipeline_id=one)
    (there,) = await put(session_factory, "there", pipeline_id=other)
    (cleanup,) = await put(session_factory, "cleanup", pipeline_id=other, after=((here, ON_END),))
    with pytest.raises(AulaError, match=r"jobs\.edge_across_pipelines"):
        await put(session_factory, "both", pipeline_id=other, after=((here, ON_END), (there, ON_END)))
    await finish(session_factory, here)
    assert await states(session_factory, cleanup) == ["available"]


async def test_a_job_that_has_started_can_not_be_made_to_wait(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    first, second = await put(session_factory, "first", "second", pipeline_id=pipeline)
    await start(session_factory, second)
    with pytest.raises(AulaError, match=r"jobs\.edge_too_late"):
        await link(session_factory, (first, second, ON_SUCCESS))
