"""Reads of accounts."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import User


async def by_email(session: AsyncSession, email: str) -> User | None:
    """The account with this address, whatever its letter case."""
    found: User | None = await session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))
    return found


async def by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The account with this id."""
    return await session.get(User, user_id)


async def locked(session: AsyncSession, user_id: UUID) -> User | None:
    """The account with this id, its row locked and as it is after the wait; rows that only refer to it don't wait."""
    return await session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
