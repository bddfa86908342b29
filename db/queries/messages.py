"""Reads of messages as operators see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES
from core.message_jobs import SEND_MAIL
from db.models import Job, Message


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


async def is_being_sent(session: AsyncSession, message_id: UUID) -> bool:
    """Whether a job is still to send the message, or at it."""
    of_message = Job.payload["message_id"].astext == str(message_id)
    found = exists().where(Job.kind == SEND_MAIL.name, Job.state.not_in(FINAL_STATES), of_message)
    return bool(await session.scalar(select(found)))
