"""The named endings: what each does to the row, and which kind of error leads to which."""

import errno

import pytest
from sqlalchemy import text

from core.errors import AulaError, BadMedia, ErrorKind, OutOfResources, Transient
from core.jobs import EdgeCondition, JobKind, JobRequest, JobState, Queue
from db import jobs
from db.queries.pipelines import fatal_error
from db.session import SessionFactory
from pipelines.endings import ENDINGS, Ending, as_error, job_error, snooze_s
from tests.engine.toys import FRAGILE, TOY, Toy, end, finish, put, put_pipeline, row, start, states

# Ending -> state, attempts spent, errors noted.
ROWS = [
    ("complete", JobState.COMPLETED, 1, 0),
    ("retry", JobState.RETRYABLE, 1, 1),
    ("snooze", JobState.RETRYABLE, 0, 1),
    ("cancel", JobState.CANCELLED, 1, 0),
    ("discard", JobState.DISCARDED, 1, 1),
    ("give_back", JobState.AVAILABLE, 0, 0),
]

TABLE = {
    ErrorKind.INVALID: Ending.DISCARD,
    ErrorKind.UNPROCESSABLE: Ending.DISCARD,
    ErrorKind.UNAUTHENTICATED: Ending.DISCARD,
    ErrorKind.FORBIDDEN: Ending.DISCARD,
    ErrorKind.NOT_FOUND: Ending.DISCARD,
    ErrorKind.CONFLICT: Ending.DISCARD,
    ErrorKind.GONE: Ending.DISCARD,
    ErrorKind.TOO_LARGE: Ending.DISCARD,
    ErrorKind.UNSUPPORTED: Ending.DISCARD,
    ErrorKind.PRECONDITION: Ending.DISCARD,
    ErrorKind.BAD_MEDIA: Ending.DISCARD,
    ErrorKind.CHECKSUM: Ending.RETRY,
    ErrorKind.TRANSIENT: Ending.RETRY,
    ErrorKind.TIMED_OUT: Ending.RETRY,
    ErrorKind.CRASHED: Ending.RETRY,
    ErrorKind.INTERNAL: Ending.RETRY,
    ErrorKind.LOCKED: Ending.SNOOZE,
    ErrorKind.TOO_MANY: Ending.SNOOZE,
    ErrorKind.RESOURCES: Ending.SNOOZE,
    ErrorKind.CANCELLED: Ending.CANCEL,
    ErrorKind.SHUTDOWN: Ending.GIVE_BACK,
    ErrorKind.LEASE_LOST: Ending.DROP,
}


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_every_kind_of_error_has_its_ending(kind: ErrorKind) -> None:
    assert ENDINGS[kind] is TABLE[kind]


@pytest.mark.parametrize(("how", "state", "attempts", "errors"), ROWS)
async def test_what_an_ending_does_to_the_row(
    session_factory: SessionFactory, how: str, state: JobState, attempts: int, errors: int
) -> None:
    (job_id,) = await put(session_factory, "a")
    assert await finish(session_factory, job_id, how) == state
    job = await row(session_factory, job_id)
    assert (job.state, job.attempt, len(job.errors)) == (state, attempts, errors)
    assert (job.token, job.lease_until, job.dispatched_at) == (None, None, None)
    assert (job.finished_at is not None) == (state in {"completed", "cancelled", "discarded"})


async def test_the_last_attempt_that_fails_is_the_end(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a", kind=FRAGILE)
    assert await finish(session_factory, job_id, "snooze") == "retryable"
    await _promote(session_factory)
    assert await finish(session_factory, job_id, "give_back") == "available"
    assert await finish(session_factory, job_id, "retry") == "discarded"


async def test_a_job_that_is_put_off_for_more_than_a_day_is_given_up(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    assert await finish(session_factory, job_id, "snooze") == "retryable"
    await _promote(session_factory)
    async with session_factory.begin() as session:
        await session.execute(text("UPDATE jobs SET snoozed_since = snoozed_since - interval '25 h'"))
    assert await finish(session_factory, job_id, "snooze") == "discarded"


async def test_a_row_keeps_the_newest_twenty_errors(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a", kind=JobKind("toy.stubborn", Queue.DEFAULT, Toy, max_attempts=30))
    for _ in range(25):
        await finish(session_factory, job_id, "retry")
        await _promote(session_factory)
    errors = (await row(session_factory, job_id)).errors
    assert [error["attempt"] for error in errors] == list(range(6, 26))


async def test_a_result_is_kept_with_the_row(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    claimed = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        await jobs.complete(session, claimed, {"answer": 42})
    job = await row(session_factory, job_id)
    assert (job.result, job.progress) == ({"answer": 42}, 1.0)


def test_backoff_doubles_up_to_a_quarter_of_an_hour_and_is_spread() -> None:
    for attempt, middle in ((1, 20.0), (2, 40.0), (5, 320.0), (7, 900.0), (500, 900.0)):
        seen = [jobs.backoff_s(attempt, 10.0) for _ in range(200)]
        assert middle * 0.8 <= min(seen) < max(seen) <= middle * 1.2


async def test_cancelling_a_pipeline_ends_what_waits_and_tells_what_runs(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    running, available = await put(session_factory, "a", "b", pipeline_id=pipeline)
    claimed = await start(session_factory, running)
    async with session_factory.begin() as session:
        assert await jobs.cancel_pipeline(session, pipeline) == [running]
    (born_later,) = await put(session_factory, "c", pipeline_id=pipeline)
    assert await states(session_factory, running, available, born_later) == ["running", "cancelled", "cancelled"]
    async with session_factory.begin() as session:
        assert await jobs.renew(session, [jobs.Hold(running, claimed.token)], 60.0) == {running: True}
        assert await jobs.fence(session, claimed) is jobs.Fence.CANCELLED
    assert await end(session_factory, claimed) == "cancelled"


@pytest.mark.parametrize("how", ["retry", "snooze", "discard", "give_back"])
async def test_whatever_becomes_of_its_attempt_a_cancelled_job_ends_as_cancelled(
    session_factory: SessionFactory, how: str
) -> None:
    (job_id,) = await put(session_factory, "a")
    claimed = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        assert await jobs.cancel_job(session, job_id) == "running"
    assert await end(session_factory, claimed, how) == "cancelled"


async def test_a_job_that_gives_its_own_pipeline_up_has_done_its_work(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    job_id, other = await put(session_factory, "a", "b", pipeline_id=pipeline)
    claimed = await start(session_factory, job_id)
    async with session_factory.begin() as session:
        assert await jobs.fence(session, claimed) is jobs.Fence.HELD
        await jobs.cancel_pipeline(session, pipeline)
        assert await jobs.complete(session, claimed, fenced=True) == "completed"
    assert await states(session_factory, other) == ["cancelled"]


async def test_a_cancelled_job_takes_its_successors_along(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    (first,) = await put(session_factory, "a", pipeline_id=pipeline)
    (second,) = await put(session_factory, "b", pipeline_id=pipeline, after=((first, EdgeCondition.ON_SUCCESS),))
    async with session_factory.begin() as session:
        assert await jobs.cancel_job(session, first) == "cancelled"
        assert await jobs.cancel_job(session, first) is None
    assert await states(session_factory, second) == ["cancelled"]


async def test_shortages_of_the_machine_are_told_from_faults_of_the_job() -> None:
    assert as_error(OSError(errno.ENOSPC, "full")).kind is ErrorKind.RESOURCES
    assert as_error(MemoryError()).kind is ErrorKind.RESOURCES
    assert as_error(OSError(errno.EIO, "broken")).kind is ErrorKind.INTERNAL
    assert as_error(ZeroDivisionError("x")).code == "jobs.unexpected"
    assert as_error(broken := BadMedia("media.broken", "It is broken.")) is broken
    assert snooze_s(OutOfResources("a", "b", delay_s=5)) == 5.0
    assert snooze_s(AulaError("a", "b")) == 30.0
    noted = job_error(Transient("a.b", "c", problems=["x", ErrorKind], path=errno))
    assert (noted.kind, noted.code, noted.message) == ("transient", "a.b", "c")
    assert noted.detail["problems"] == ["x", str(ErrorKind)]


async def test_a_discarded_job_and_all_that_fell_with_it_can_be_redriven(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    done, broken = await put(session_factory, "done", "broken", pipeline_id=pipeline)
    (last,) = await put(
        session_factory,
        "last",
        pipeline_id=pipeline,
        unique_key="k",
        after=((done, EdgeCondition.ON_SUCCESS), (broken, EdgeCondition.ON_SUCCESS)),
    )
    (alarm,) = await put(session_factory, "alarm", pipeline_id=pipeline, after=((broken, EdgeCondition.ON_FAILURE),))
    await finish(session_factory, done)
    await finish(session_factory, broken, "discard")
    await finish(session_factory, alarm)
    async with session_factory.begin() as session:
        await jobs.cancel_pipeline(session, pipeline)
        assert set(await jobs.redrive(session, pipeline)) == {broken, last, alarm}
    assert await states(session_factory, done, broken, last, alarm) == ["completed", "available", "waiting", "waiting"]
    await finish(session_factory, broken)
    assert await states(session_factory, last, alarm) == ["available", "cancelled"]
    assert await finish(session_factory, last) == "completed"


async def test_the_reason_of_a_failure_is_not_what_failed_without_harm(session_factory: SessionFactory) -> None:
    pipeline = await put_pipeline(session_factory)
    harmless, fatal = await put(session_factory, "harmless", "fatal", pipeline_id=pipeline)
    (alarm,) = await put(session_factory, "alarm", pipeline_id=pipeline, after=((fatal, EdgeCondition.ON_FAILURE),))
    await finish(session_factory, harmless, "discard")
    async with session_factory() as session:
        assert await fatal_error(session, alarm) is None
    await finish(session_factory, fatal, "discard")
    async with session_factory() as session:
        assert (await fatal_error(session, alarm) or {})["code"] == "toy.broken"


async def _promote(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        await jobs.promote(session)


async def test_a_rolled_back_ending_leaves_the_job_running(session_factory: SessionFactory) -> None:
    (job_id,) = await put(session_factory, "a")
    claimed = await start(session_factory, job_id)
    async with session_factory() as session:
        await jobs.add(session, JobRequest(TOY, Toy("child")))
        await jobs.complete(session, claimed)
        await session.rollback()
    assert await states(session_factory, job_id) == ["running"]
