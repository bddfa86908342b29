"""Reads of accounts as admins need them: lists with filters, and an account together with those who keep the place running."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState
from db.models import Course, User

AccountState = Literal["active", "suspended", "deleted"]

_ACTIVE = User.disabled_at.is_(None) & User.deleted_at.is_(None)
_STATES: dict[AccountState, ColumnElement[bool]] = {
    "active": _ACTIVE,
    "suspended": User.disabled_at.is_not(None) & User.deleted_at.is_(None),
    "deleted": User.deleted_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts; None: whatever it is. `q` is how the address or the name begins."""

    q: str | None = None
    role: str | None = None
    state: AccountState | None = None


async def accounts(session: AsyncSession, wanted: Wanted, *, before: UUID | None, limit: int) -> Sequence[User]:
    """Accounts, newest first, older than `before`."""
    query = select(User).order_by(User.id.desc()).limit(limit)
    if wanted.q:
        begins = wanted.q.strip().lower()
        query = query.where(
            or_(
                func.lower(User.email).startswith(begins, autoescape=True),
                func.lower(User.display_name).startswith(begins, autoescape=True),
            )
        )
    if wanted.role is not None:
        query = query.where(User.roles.contains([wanted.role]))
    if wanted.state is not None:
        query = query.where(_STATES[wanted.state])
    if before is not None:
        query = query.where(User.id < before)
    return (await session.scalars(query)).all()


async def locked_with_admins(session: AsyncSession, user_id: UUID) -> tuple[User | None, list[User]]:
    """The account and all admins who may sign in, locked in one order: of two changes at once the second sees the first."""
    query = select(User).where((User.id == user_id) | (User.roles.contains(["admin"]) & _ACTIVE)).order_by(User.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.scalars(locked)).all()
    user = next((each for each in found if each.id == user_id), None)
    return user, [each for each in found if "admin" in each.roles and each.disabled_at is None and each.deleted_at is None]


async def owns_published_courses(session: AsyncSession, user_id: UUID) -> bool:
    """Whether learners find courses of this owner."""
    return bool(await session.scalar(select(exists().where(Course.owner_id == user_id, Course.state == CourseState.PUBLISHED))))
