"""Cron rows: at each slot one job is added, once, however many leaders try; missed slots are not made up for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from cronsim import CronSim, CronSimError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.errors import AulaError
from core.jobs import JobKind, JobRequest
from core.logging import get_logger
from db.jobs.enqueue import add

log = get_logger(__name__)

_PUT = text("""
    INSERT INTO schedules (name, cron, kind, payload, last_slot)
    VALUES (:name, :cron, :kind, CAST(:payload AS jsonb), now())
    ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, kind = excluded.kind, payload = excluded.payload
""")
_ENABLED = text("SELECT name, cron, kind, payload, last_slot, now() AS now FROM schedules WHERE enabled ORDER BY name")
# The row decides: of two leaders the second finds the slot taken.
_TAKE_SLOT = text("""
    UPDATE schedules SET last_slot = :slot
    WHERE name = :name AND enabled AND (last_slot IS NULL OR last_slot < :slot) RETURNING name
""")


async def put_schedule(session: AsyncSession, name: str, cron: str, kind: JobKind, payload: msgspec.Struct) -> None:
    """Create or change the schedule `name`. `cron`: five fields, UTC. A new one starts with its next slot.

    Raises AulaError `jobs.bad_schedule` for a malformed expression.
    """
    try:
        CronSim(cron, utc_now())
    except CronSimError as error:
        raise AulaError("jobs.bad_schedule", f"Schedule {name}: {cron!r} is not a cron expression.") from error
    encoded = msgspec.json.encode(payload).decode()
    await session.execute(_PUT, {"name": name, "cron": cron, "kind": kind.name, "payload": encoded})


async def fire_due(session: AsyncSession, kinds: Mapping[str, JobKind]) -> list[str]:
    """Add the jobs of all schedules whose latest slot has not been taken; returns their names.

    A job whose predecessor of the same schedule has not been started yet is not added twice. Schedules of kinds that this
    process does not know are left alone.
    """
    fired = []
    for row in (await session.execute(_ENABLED)).all():
        slot = latest_slot(row.cron, row.now)
        if row.kind not in kinds or slot is None or (row.last_slot is not None and slot <= row.last_slot):
            continue
        try:
            request = _request(kinds[row.kind], row.name, row.payload)
        except AulaError as error:
            # An older release's payload must not hold up all other schedules. Its slot stays, for a release that can read it.
            log.error("schedule_unreadable", schedule=row.name, error=error.message)
            continue
        if (await session.execute(_TAKE_SLOT, {"name": row.name, "slot": slot})).scalar_one_or_none() is not None:
            await add(session, request)
            fired.append(row.name)
    return fired


def latest_slot(cron: str, now: datetime) -> datetime | None:
    """The last moment up to `now` that the expression names; None when it never came."""
    return next(CronSim(cron, now, reverse=True), None)


def _request(kind: JobKind, schedule: str, payload: dict[str, Any]) -> JobRequest:
    try:
        decoded = msgspec.convert(payload, kind.payload)
    except msgspec.ValidationError as error:
        raise AulaError("jobs.bad_schedule", f"The payload of schedule {schedule} does not fit {kind.name}: {error}") from error
    return JobRequest(kind, decoded, unique_key=f"schedule:{schedule}")
