"""Cron rows: one job per slot, however many leaders try."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from core.errors import AulaError
from db import jobs
from db.jobs.schedule import latest_slot
from db.session import SessionFactory
from tests.engine.live import LiveEngine
from tests.engine.toys import TOY, Toy, finish
from tests.support.wait import eventually

EVERY_MINUTE = "* * * * *"
KINDS = {TOY.name: TOY}


class Unreadable(msgspec.Struct):
    """A payload of another release."""

    name: int


async def test_a_slot_is_taken_once_by_many_leaders(session_factory: SessionFactory) -> None:
    await _put(session_factory, EVERY_MINUTE)
    await _miss_a_slot(session_factory)
    fired = await asyncio.gather(*(_fire(session_factory) for _ in range(10)))
    assert sorted(fired) == [*([[]] * 9), ["nightly"]]
    assert len(await _jobs(session_factory)) == 1


async def test_missed_slots_are_not_made_up_for_and_a_waiting_job_is_enough(session_factory: SessionFactory) -> None:
    await _put(session_factory, EVERY_MINUTE)
    await _miss_a_slot(session_factory, "10 days")
    assert await _fire(session_factory) == ["nightly"]
    assert await _fire(session_factory) == []
    await _miss_a_slot(session_factory)
    assert await _fire(session_factory) == ["nightly"]
    (job_id,) = await _jobs(session_factory)
    await finish(session_factory, job_id)
    await _miss_a_slot(session_factory)
    await _fire(session_factory)
    assert len(await _jobs(session_factory)) == 2


async def test_a_new_schedule_starts_with_its_next_slot(session_factory: SessionFactory) -> None:
    await _put(session_factory, "0 0 1 1 *")
    assert await _fire(session_factory) == []


async def test_a_malformed_schedule_is_refused(session_factory: SessionFactory) -> None:
    with pytest.raises(AulaError, match=r"jobs\.bad_schedule"):
        await _put(session_factory, "every now and then")


async def test_a_schedule_of_an_unknown_kind_is_left_alone(session_factory: SessionFactory) -> None:
    await _put(session_factory, EVERY_MINUTE)
    await _miss_a_slot(session_factory)
    async with session_factory.begin() as session:
        assert await jobs.fire_due(session, {}) == []
    assert await _fire(session_factory) == ["nightly"]


async def test_a_payload_that_cannot_be_read_holds_up_no_other_schedule(session_factory: SessionFactory) -> None:
    await _put(session_factory, EVERY_MINUTE)
    async with session_factory.begin() as session:
        await jobs.put_schedule(session, "monthly", EVERY_MINUTE, TOY, Unreadable(name=7))
    await _miss_a_slot(session_factory)
    assert await _fire(session_factory) == ["nightly"]


async def test_two_dispatchers_fire_a_slot_once(live: LiveEngine) -> None:
    await live.dispatcher()
    await live.dispatcher()
    await live.unit()
    await _put(live.sessions, "0 0 1 1 *")
    await _miss_a_slot(live.sessions, "400 days")
    await eventually(lambda: live.diary.lines == [("cron", 1)], "the job of the slot runs")


def test_the_latest_slot() -> None:
    now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert latest_slot("*/5 * * * *", now) == datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
    assert latest_slot("2 3 * * *", now) == datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
    assert latest_slot("0 0 31 12 *", now) == datetime(2025, 12, 31, tzinfo=UTC)


async def _put(sessions: SessionFactory, cron: str) -> None:
    async with sessions.begin() as session:
        await jobs.put_schedule(session, "nightly", cron, TOY, Toy("cron"))


async def _miss_a_slot(sessions: SessionFactory, ago: str = "90 s") -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE schedules SET last_slot = now() - CAST(:ago AS text)::interval"), {"ago": ago})


async def _fire(sessions: SessionFactory) -> list[str]:
    async with sessions.begin() as session:
        return await jobs.fire_due(session, KINDS)


async def _jobs(sessions: SessionFactory) -> list[UUID]:
    async with sessions() as session:
        return list((await session.execute(text("SELECT id FROM jobs ORDER BY id"))).scalars())
