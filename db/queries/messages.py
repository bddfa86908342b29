"""Reads of messages as operators see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Message


async def page(session: AsyncSession, state: str | None, *, before: UUID | None, limit: int) -> Sequence[Message]:
    """Messages, newest first, older than `before`."""
    query = select(Message).order_by(Message.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Message.state == state)
    if before is not None:
        query = query.where(Message.id < before)
    return (await session.scalars(query)).all()


async def by_id(session: AsyncSession, message_id: UUID) -> Message | None:
    """The message with this id."""
    return await session.get(Message, message_id)
