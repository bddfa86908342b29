"""Reads of idempotency keys."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import IdempotencyKey


async def by_key(session: AsyncSession, scope: str, key: str) -> IdempotencyKey | None:
    """The row of `key` within `scope`, as it is now."""
    query = select(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
    found: IdempotencyKey | None = await session.scalar(query.execution_options(populate_existing=True))
    return found
