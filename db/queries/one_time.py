"""Reads of one-time tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import OneTimeToken


async def valid(session: AsyncSession, token_hash: str, purpose: str, now: datetime) -> OneTimeToken | None:
    """The token, while it still works."""
    statement = select(OneTimeToken).where(
        OneTimeToken.token_hash == token_hash,
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now,
    )
    found: OneTimeToken | None = await session.scalar(statement)
    return found


async def pending_address(session: AsyncSession, user_id: UUID) -> str | None:
    """The address that the user was last asked to confirm and has not confirmed yet, also when the link is too old by now."""
    statement = (
        select(OneTimeToken.email)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.purpose == "verify_email", OneTimeToken.used_at.is_(None))
        .order_by(OneTimeToken.id.desc())
        .limit(1)
    )
    found: str | None = await session.scalar(statement)
    return found
