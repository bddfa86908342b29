"""Reads of keys for scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.models import ApiKey, User


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who is behind a key, and what it is for."""

    key_id: UUID
    user_id: UUID
    roles: list[str]
    scopes: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None


_HOLDER = (
    select(ApiKey.id, User.id, User.roles, ApiKey.scopes, ApiKey.expires_at, ApiKey.last_used_at)
    .join(User, User.id == ApiKey.user_id)
    .where(
        ApiKey.key_hash == bindparam("key_hash"),
        ApiKey.revoked_at.is_(None),
        User.disabled_at.is_(None),
        User.deleted_at.is_(None),
    )
)


async def holder(engine: AsyncEngine, key_hash: str) -> KeyHolder | None:
    """Who is behind the key, unless it was revoked or its account is disabled or deleted. Asked with every request."""
    async with engine.connect() as connection:
        row = (await connection.execute(_HOLDER, {"key_hash": key_hash})).one_or_none()
    return KeyHolder(*row) if row else None


async def working(session: AsyncSession, user_id: UUID, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    """The user's keys that were not revoked, the newest first."""
    query = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ApiKey.id < before)
    return (await session.scalars(query)).all()
