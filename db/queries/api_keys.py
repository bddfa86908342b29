"""Reads of keys for scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.models import ApiKey
from db.queries.brief import one_row


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who is behind a key, and what it is for."""

    key_id: UUID
    user_id: UUID
    roles: list[str]
    scopes: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None


_HOLDER = """
SELECT k.id, u.id, u.roles, k.scopes, k.expires_at, k.last_used_at
FROM api_keys k
JOIN users u ON u.id = k.user_id
WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND u.disabled_at IS NULL AND u.deleted_at IS NULL
"""


async def holder(engine: AsyncEngine, key_hash: str) -> KeyHolder | None:
    """Who is behind the key, unless it was revoked or its account is disabled or deleted. Asked with every request."""
    row = await one_row(engine, _HOLDER, key_hash)
    return KeyHolder(*row) if row else None


async def working(session: AsyncSession, user_id: UUID, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    """The user's keys that were not revoked, the newest first."""
    query = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ApiKey.id < before)
    return (await session.scalars(query)).all()
