"""Small parts of the engine: kinds and steps, metrics, patience, the broker, prune, scratch space."""

import asyncio
from pathlib import Path

import pytest
import redis
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.all_jobs import KINDS
from core.ids import new_id
from core.jobs import EdgeCondition, JobRequest, Queue
from core.settings import Settings
from db import jobs
from db.jobs import Hint
from db.patience import insist, is_passing
from db.session import SessionFactory
from pipelines.registry import STEPS
from pipelines.step import by_kind, step
from tests.engine.live import LiveEngine
from tests.engine.toys import TOY, Toy, finish, put, put_pipeline
from tests.support.wait import eventually
from workers.broker import hint_message, make_broker
from workers.scratch import scratch_of


def test_every_kind_has_its_step_and_every_step_its_kind() -> None:
    assert {step.kind for step in STEPS} == set(KINDS)
    assert len(by_kind(STEPS)) == len(KINDS)


def test_one_kind_can_not_have_two_steps() -> None:
    with pytest.raises(ValueError, match="two steps"):
        by_kind([step(TOY, lambda _ctx, _toy: None), step(TOY, lambda _ctx, _toy: None)])


async def test_the_metrics_tell_what_happened(live: LiveEngine) -> None:
    before = _metrics()
    await live.start()
    done = await put(live.sessions, "a", "b", "c")
    (bad,) = await put(live.sessions, "bad")
    await live.until("completed", *done)
    await live.until("discarded", bad)
    async with live.sessions() as session:
        await jobs.add_many(session, [])
        await session.rollback()
    await eventually(lambda: _metrics()["run"] - before["run"] == 4, "all runs are counted")
    after = _metrics()
    assert {name: after[name] - before[name] for name in after} == {
        "enqueued": 4,
        "claimed": 4,
        "completed": 3,
        "discarded": 1,
        "run": 4,
        "wait": 4,
        "hints": 4,
    }


async def test_jobs_that_were_rolled_back_are_not_counted(session_factory: SessionFactory) -> None:
    before = _metrics()["enqueued"]
    async with session_factory() as session:
        await jobs.add(session, JobRequest(TOY, Toy()))
        await session.rollback()
    await put(session_factory, "a")
    assert _metrics()["enqueued"] - before == 1


async def test_what_passes_is_repeated_and_what_does_not_is_raised(session_factory: SessionFactory) -> None:
    tries: list[int] = []

    async def third_time() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionRefusedError
        return "done"

    assert await insist(third_time) == "done"
    assert len(tries) == 3

    async def never() -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await insist(never, until=lambda: True)
    async with session_factory() as session:
        with pytest.raises(IntegrityError) as broken:
            await session.execute(text("INSERT INTO pauses (id) VALUES (NULL)"))
    assert not is_passing(broken.value)


async def test_a_terminated_connection_is_a_passing_trouble(session_factory: SessionFactory) -> None:
    async with session_factory() as session:
        with pytest.raises(DBAPIError) as broken:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert is_passing(broken.value)
        await session.invalidate()


def test_a_message_carries_an_id_and_nothing_else(settings: Settings, redis_url: str) -> None:
    hint = Hint(id=new_id(), kind="toy.play", queue="default", owner_id=new_id())
    message = hint_message(hint)
    assert (message.args, message.kwargs, message.options) == ((str(hint.id),), {}, {})
    broker = make_broker(redis_url)
    assert [type(one).__name__ for one in broker.middleware] == ["TimeLimit", "Retries"]
    broker.declare_queue("default")
    assert broker.delay_queues == set()
    broker.close()


def test_a_consumer_outlives_redis(tmp_path: Path) -> None:
    broker = make_broker(f"unix://{tmp_path}/nobody.sock")
    consumer = broker.consume("default")
    consumer.close()
    with pytest.raises(redis.ConnectionError):
        broker.client.ping()
    assert next(consumer) is None
    broker.close()


async def test_old_jobs_are_forgotten_a_pipeline_only_as_a_whole(session_factory: SessionFactory) -> None:
    old, half = await put_pipeline(session_factory), await put_pipeline(session_factory)
    lone, fresh = await put(session_factory, "lone", "fresh")
    (first,) = await put(session_factory, "first", pipeline_id=old)
    (second,) = await put(session_factory, "second", pipeline_id=old, after=((first, EdgeCondition.ON_SUCCESS),))
    done, open_one = await put(session_factory, "done", "open", pipeline_id=half)
    for job_id in (lone, fresh, first, second, done):
        await finish(session_factory, job_id)
    async with session_factory.begin() as session:
        await session.execute(text("UPDATE pipelines SET created_at = created_at - interval '10 days'"))
        await session.execute(
            text("UPDATE jobs SET finished_at = finished_at - interval '10 days' WHERE id <> :id AND finished_at IS NOT NULL"),
            {"id": fresh},
        )
        assert await jobs.prune(session, 7 * 86_400.0) == 2
        left = set((await session.execute(text("SELECT id FROM jobs"))).scalars())
    assert left == {fresh, done, open_one}


def test_scratch_space_of_the_dead_is_removed_and_that_of_the_living_is_not(tmp_path: Path) -> None:
    root = tmp_path / "jobs"
    with scratch_of(new_id(), root) as living:
        abandoned = root / new_id().hex
        (abandoned / "attempt").mkdir(parents=True)
        (abandoned / ".lock").touch()
        with scratch_of(new_id(), root) as own:
            assert set(root.iterdir()) == {living, own}
        assert set(root.iterdir()) == {living}
    assert list(root.iterdir()) == []


async def test_a_bell_rings_once_for_many_commits(session_factory: SessionFactory) -> None:
    heard: list[str] = []
    async with session_factory() as session:
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        assert connection is not None
        await connection.add_listener("aula_jobs", lambda *_: heard.append("ring"))
        await asyncio.gather(*(put(session_factory, str(n)) for n in range(100)))
        await eventually(lambda: bool(heard), "the bell rings")
        await connection.remove_listener("aula_jobs", lambda *_: None)
        await connection.reset()
    assert len(heard) < 50


def _metrics() -> dict[str, float]:
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    kind = TOY.name
    return {
        "enqueued": value("aula_jobs_enqueued_total", kind=kind),
        "claimed": value("aula_jobs_claimed_total", kind=kind),
        "completed": value("aula_jobs_finished_total", kind=kind, ending="complete"),
        "discarded": value("aula_jobs_finished_total", kind=kind, ending="discard"),
        "run": value("aula_job_run_seconds_count", kind=kind),
        "wait": value("aula_job_wait_seconds_count", kind=kind),
        "hints": value("aula_hints_sent_total", queue=Queue.DEFAULT.value),
    }
