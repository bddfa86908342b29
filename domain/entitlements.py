"""Entitlements: the reasons why somebody may see a course, each a fact of its own with a source and an end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal_column, null, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.ids import new_id
from db.models import Entitlement
from db.queries import entitlements as queries
from domain import audit, playback
from domain.policies import Actor

FREE = "free"
GRANT = "grant"
_NO_SOURCE: ColumnElement[UUID] = literal_column("coalesce(source_id, '00000000-0000-0000-0000-000000000000'::uuid)")


async def grant(
    session: AsyncSession,
    *,
    user_id: UUID,
    course_id: UUID,
    source: str,
    ends_at: datetime | None = None,
    granted_by: UUID | None = None,
    source_id: UUID | None = None,
    actor: Actor | None = None,
) -> Entitlement:
    """Let the user into the course, for `source` (free, grant, purchase, subscription), until `ends_at` (None: for good).

    What is granted again for the same source stays one entitlement and holds until the later of both ends. `actor` is who
    the audit log names.
    """
    row = insert(Entitlement).values(
        id=new_id(), user_id=user_id, course_id=course_id, source=source, source_id=source_id, granted_by=granted_by,
        ends_at=ends_at,
    )  # fmt: skip
    for_good = or_(Entitlement.ends_at.is_(None), row.excluded.ends_at.is_(None))
    later = case((for_good, null()), else_=func.greatest(Entitlement.ends_at, row.excluded.ends_at))
    result = await session.execute(
        row.on_conflict_do_update(
            index_elements=[Entitlement.user_id, Entitlement.course_id, Entitlement.source, _NO_SOURCE],
            index_where=Entitlement.revoked_at.is_(None),
            set_={"ends_at": later},
            where=Entitlement.ends_at.is_distinct_from(later),
        ).returning(Entitlement.id)
    )
    changed = result.scalar_one_or_none()
    if changed is None:
        return await queries.open_one(session, user_id, course_id, source, source_id)
    found = await session.get_one(Entitlement, changed, populate_existing=True)
    detail = {"course_id": str(course_id), "user_id": str(user_id), "source": source}
    until = found.ends_at.isoformat() if found.ends_at else None
    await audit.note(session, actor, "entitlement.granted", "entitlement", found.id, ends_at=until, **detail)
    return found


async def entitled(session: AsyncSession, user_id: UUID, course_id: UUID, now: datetime | None = None) -> bool:
    """Whether anything lets the user into the course."""
    return await queries.is_entitled(session, user_id, course_id, now or utc_now())


async def end(
    session: AsyncSession, entitlement: Entitlement, now: datetime, reason: str, actor: Actor | None = None
) -> list[UUID]:
    """Take the entitlement back, whose row is locked (`db.queries.entitlements.locked`); again: no effect.

    Returns the playback sessions that end with it: those of the course's lessons, unless something else lets the learner in.
    Delivery has to hear of them after the commit (`services.denylist`).
    """
    if entitlement.revoked_at is not None:
        return []
    entitlement.revoked_at, entitlement.revoke_reason = now, reason
    await session.flush()
    detail = {"course_id": str(entitlement.course_id), "user_id": str(entitlement.user_id), "source": entitlement.source}
    await audit.note(session, actor, "entitlement.ended", "entitlement", entitlement.id, reason=reason, **detail)
    if await queries.is_entitled(session, entitlement.user_id, entitlement.course_id, now):
        return []
    return await playback.cut(session, entitlement.user_id, entitlement.course_id, now)
