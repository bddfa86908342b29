"""Reads of the audit log: pages backwards in time, whatever they are filtered by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuditEntry, User

# An entry's id is made by a process that writes it, its time by the database: the two may be so far apart.
_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whatever it is. `since` counts, `until` doesn't."""

    actor_id: UUID | None = None
    subject_type: str | None = None
    subject_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _id_at(moment: datetime) -> UUID:
    """The least time-ordered id of a millisecond (RFC 9562); times that ids can't tell give the nearest one."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


async def entries(
    session: AsyncSession, wanted: Wanted, *, before: UUID | None, limit: int
) -> list[tuple[AuditEntry, str | None]]:
    """Entries with the name of who did it, newest first, older than `before`.."""
    query = select(AuditEntry, User.display_name).outerjoin(User, User.id == AuditEntry.actor_id)
    if wanted.actor_id is not None:
        query = query.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject_type is not None:
        query = query.where(AuditEntry.subject_type == wanted.subject_type)
    if wanted.subject_id is not None:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    # The bounds of ids say the same with a margin: they let the index begin where the period does.
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since, AuditEntry.id >= _id_at(_shifted(wanted.since, -_APART)))
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until, AuditEntry.id < _id_at(_shifted(wanted.until, _APART)))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = await session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [(entry, name) for entry, name in rows]
