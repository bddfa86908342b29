"""Reads of accounts and refresh tokens."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RefreshToken, User


async def by_email(session: AsyncSession, email: str) -> User | None:
    """The account with this address, whatever its letter case."""
    found: User | None = await session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))
    return found


async def by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The account with this id."""
    return await session.get(User, user_id)


async def refresh_token_locked(session: AsyncSession, token_hash: str) -> RefreshToken | None:
    """The refresh token with this hash, its row locked: of two that present it at once, one sees it used."""
    statement = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    found: RefreshToken | None = await session.scalar(statement)
    return found
