"""The way of a job through the real dispatcher, Redis and a worker unit."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core.clock import utc_now
from core.jobs import JobKind, Queue
from core.settings import Settings
from db import jobs
from db.jobs import Hint
from db.leadership import campaign
from tests.engine.live import LiveEngine, soon
from tests.engine.toys import ENCODE_TOY, TOY, Toy, put, put_pipeline, row, start, states
from tests.support.wait import eventually
from workers.broker import hint_message, make_broker


async def test_a_job_runs_and_its_child_is_born_with_its_result(live: LiveEngine) -> None:
    await live.start()
    (parent,) = await put(live.sessions, "parent")
    await live.all_done(2)
    assert (await row(live.sessions, parent)).result == {"played": "parent"}
    assert live.diary.lines == [("parent", 1), ("child", 1)]


async def test_what_fails_for_now_is_tried_again_and_what_fails_for_good_is_not(live: LiveEngine) -> None:
    await live.start()
    passing, shortage, bad = await put(live.sessions, "fail once", "shortage", "bad")
    await live.until("discarded", bad)
    await live.until("completed", passing, shortage)
    assert [(await row(live.sessions, one)).attempt for one in (passing, bad)] == [2, 1]
    (error,) = (await row(live.sessions, bad)).errors
    assert (error["kind"], error["code"], error["message"]) == ("bad_media", "toy.bad", "It will never work.")


async def test_a_bug_is_retried_until_no_attempt_is_left(live: LiveEngine) -> None:
    await live.start()
    (job_id,) = await put(live.sessions, "bug")
    await live.until("discarded", job_id)
    job = await row(live.sessions, job_id)
    assert (job.attempt, job.crashes) == (TOY.max_attempts, 0)
    assert {error["message"] for error in job.errors} == {"ZeroDivisionError: a mistake"}


async def test_facts_that_can_not_be_written_leave_neither_facts_nor_children(live: LiveEngine) -> None:
    await live.start()
    (job_id,) = await put(live.sessions, "clumsy")
    await live.until("discarded", job_id)
    assert live.diary.lines == [("clumsy", 1)]


async def test_a_payload_that_does_not_fit_and_a_kind_that_nobody_knows(live: LiveEngine) -> None:
    await live.start()
    (misfit,) = await put(live.sessions, "a")
    (stranger,) = await put(live.sessions, "b", kind=JobKind("toy.of_tomorrow", Queue.DEFAULT, Toy))
    async with live.sessions.begin() as session:
        await session.execute(text("UPDATE jobs SET payload = '{\"name\": 5}' WHERE id = :id"), {"id": misfit})

    async def put_off() -> bool:
        job = await row(live.sessions, stranger)
        return job.state == "retryable" and job.errors[-1]["code"] == "jobs.unknown_kind" and job.attempt == 0

    await soon(put_off, "the stranger is put off without counting")


async def test_a_cancel_reaches_the_running_step(live: LiveEngine) -> None:
    await live.start()
    pipeline = await put_pipeline(live.sessions)
    (job_id,) = await put(live.sessions, "wait", pipeline_id=pipeline)
    await live.entered()
    async with live.sessions.begin() as session:
        assert await jobs.cancel_pipeline(session, pipeline) == [job_id]
    await live.until("cancelled", job_id)
    assert not live.diary.gate.is_set()


async def test_a_step_that_takes_too_long_is_told_so(live: LiveEngine) -> None:
    await live.dispatcher()
    hasty = JobKind("toy.hasty", Queue.DEFAULT, Toy, max_attempts=1, time_limit_s=0.05)
    await live.unit_of(hasty)
    (job_id,) = await put(live.sessions, "wait", kind=hasty)
    await live.until("discarded", job_id)
    assert (await row(live.sessions, job_id)).errors[0]["kind"] == "timed_out"


async def test_progress_is_committed_on_the_way(live: LiveEngine) -> None:
    await live.start()
    (job_id,) = await put(live.sessions, "halfway")
    await live.entered()

    async def half_done() -> bool:
        return (await row(live.sessions, job_id)).progress == 0.5

    await soon(half_done, "progress shows in the row")
    await eventually(lambda: ("note", 1) in live.diary.lines, "the job of the progress transaction runs")
    assert await states(live.sessions, job_id) == ["running"]


async def test_a_graceful_stop_costs_no_attempt(live: LiveEngine) -> None:
    await live.dispatcher()
    unit = await live.unit()
    (job_id,) = await put(live.sessions, "wait")
    await live.entered()
    await live.stop_unit(unit)
    job = await row(live.sessions, job_id)
    assert (job.state, job.attempt, job.crashes) == ("available", 0, 0)
    live.diary.gate.set()
    await live.unit()
    await live.until("completed", job_id)
    assert live.diary.lines == [("wait", 1), ("wait", 1)]


async def test_a_step_that_does_not_listen_is_given_back_after_the_grace_and_writes_nothing_later(live: LiveEngine) -> None:
    await live.dispatcher()
    unit = await live.unit(worker_grace_s=0.1)
    (job_id,) = await put(live.sessions, "deaf")
    await live.entered()
    await live.stop_unit(unit)
    job = await row(live.sessions, job_id)
    assert (job.state, job.attempt) == ("available", 0)
    live.diary.gate.set()
    await live.unit()
    await live.until("completed", job_id)


async def test_heavy_work_does_not_block_light_work(live: LiveEngine) -> None:
    await live.dispatcher()
    await live.unit(1, queues=("encode",))
    await live.unit(1, queues=("default",))
    (heavy,) = await put(live.sessions, "wait", kind=ENCODE_TOY)
    await live.entered()
    (queued,) = await put(live.sessions, "heavy too", kind=ENCODE_TOY)
    (light,) = await put(live.sessions, "light")
    await live.until("completed", light)
    # No slot is idle, so the second one is not even on its way: its turn is decided when a slot is free.
    job = await row(live.sessions, queued)
    assert (job.state, job.dispatched_at) == ("available", None)
    live.diary.gate.set()
    await live.until("completed", heavy, queued)


async def test_hints_lost_by_a_flushed_redis_are_sent_again(live: LiveEngine, fresh_redis: Any) -> None:
    await live.dispatcher()
    ids = await put(live.sessions, *(str(n) for n in range(20)))

    async def all_hinted() -> bool:
        return all([(await row(live.sessions, one)).dispatched_at for one in ids])

    await soon(all_hinted, "all hints are in Redis")
    await fresh_redis.flushall()
    await live.unit()
    await live.until("completed", *ids)
    assert sorted(live.diary.lines) == sorted((str(n), 1) for n in range(20))


async def test_each_message_delivered_three_times_runs_once(live: LiveEngine, settings: Settings) -> None:
    ids = await put(live.sessions, *(str(n) for n in range(30)))
    broker = make_broker(settings.redis.redis_url)
    for _ in range(3):
        for job_id in ids:
            hint = Hint(id=job_id, kind=TOY.name, queue="default", owner_id=None)
            await asyncio.to_thread(broker.enqueue, hint_message(hint))
    broker.close()
    await live.unit(slots=8)
    await live.until("completed", *ids)
    await live.start()
    (last,) = await put(live.sessions, "last")
    await live.until("completed", last)
    assert sorted(live.diary.lines) == sorted([*((str(n), 1) for n in range(30)), ("last", 1)])


async def test_when_the_leader_is_cut_off_another_takes_over(live: LiveEngine, settings: Settings) -> None:
    first = await live.dispatcher()
    await eventually(first.leading.is_set, "the first leads")
    second = await live.dispatcher()
    await live.unit()
    assert await campaign(settings.database.database_url, "a third") is None
    # The same as a kill -9: its connection is gone, and with it the lock.
    await live.stop_dispatcher(first)
    await eventually(second.leading.is_set, "the second leads")
    (job_id,) = await put(live.sessions, "a")
    await live.until("completed", job_id)


async def test_a_leader_whose_connection_breaks_leads_again(live: LiveEngine) -> None:
    dispatcher = await live.dispatcher()
    await eventually(dispatcher.leading.is_set, "it leads")
    await live.unit()
    for name in ("a", "b"):
        async with live.sessions.begin() as session:
            await session.execute(
                text("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name IN ('aula-dispatcher', 'aula-worker') AND datname = current_database()""")
            )
        (job_id,) = await put(live.sessions, name)
        await live.until("completed", job_id)


async def test_a_dead_workers_job_is_taken_back_when_its_lease_runs_out(live: LiveEngine) -> None:
    (job_id,) = await put(live.sessions, "a")
    await start(live.sessions, job_id, lease_s=0.2)
    await live.start()
    await live.until("completed", job_id)
    job = await row(live.sessions, job_id)
    assert (job.attempt, job.crashes) == (2, 1)


async def test_a_job_for_later_runs_when_its_time_has_come(live: LiveEngine) -> None:
    await live.start()
    (job_id,) = await put(live.sessions, "a", run_at=utc_now() + timedelta(seconds=0.3))
    assert await states(live.sessions, job_id) == ["retryable"]
    await live.until("completed", job_id)


async def test_scratch_space_is_empty_afterwards(live: LiveEngine, settings: Settings) -> None:
    await live.dispatcher()
    unit = await live.unit()
    done = await put(live.sessions, "a", "b")
    (bad,) = await put(live.sessions, "bad")
    await live.until("completed", *done)
    await live.until("discarded", bad)
    await live.stop_unit(unit)
    assert list((settings.scratch_dir / "jobs").iterdir()) == []
