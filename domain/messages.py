"""Messages to people: said in the transaction of the fact that calls for them, sent by a job."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.jobs import JobRequest
from core.message_jobs import FORGET_MAIL, SEND_MAIL, OfMessage, OfMessages
from db import jobs
from db.models import Message, User
from db.queries import messages as queries
from domain import audit
from domain.policies import Actor


async def mail(
    session: AsyncSession, user: User, template: str, *, recipient: str = "", unique_key: str | None = None, **data: Any
) -> None:
    """Have `template` sent to the user, or to another address of theirs; what has a `unique_key` is said once."""
    values = {
        "id": new_id(),
        "user_id": user.id,
        "recipient": recipient or user.email,
        "template": template,
        "data": {"name": user.display_name, **data},
        "unique_key": unique_key,
    }
    added = await session.scalar(insert(Message).values(values).on_conflict_do_nothing().returning(Message.id))
    if added is not None:
        await jobs.add(session, JobRequest(SEND_MAIL, OfMessage(added), owner_id=user.id))


async def sent(session: AsyncSession, message_id: UUID, provider_id: str, *, forget: Collection[str]) -> None:
    """The message is on its way, and the gateway calls it `provider_id`. Values named in `forget` are removed from its row."""
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None or message.state == "sent":
        return
    message.state, message.provider_id, message.error, message.sent_at = "sent", provider_id, None, func.now()
    message.data = {name: value for name, value in message.data.items() if name not in forget}
    await session.flush()


async def not_sent(session: AsyncSession, message_id: UUID, error: str, *, for_good: bool) -> None:
    """An attempt to send it went wrong; `for_good`: there will be no other, unless an operator asks for one."""
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None or message.state == "sent":
        return
    message.state, message.error = "failed" if for_good else "queued", error
    await session.flush()


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Nothing was ever said to the user; a job removes what was captured of it."""
    gone = await session.scalars(delete(Message).where(Message.user_id == user_id).returning(Message.id))
    if message_ids := tuple(gone):
        await jobs.add(session, JobRequest(FORGET_MAIL, OfMessages(message_ids)))


async def send_again(session: AsyncSession, actor: Actor, message_id: UUID) -> Message:
    """Have a message sent that failed for good, or whose job ended without a word, because its workers died of it.

    Raises Refused `message.not_found`, `message.not_failed` (CONFLICT).
    """
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None:
        raise Refused("message.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    if message.state == "sent" or (message.state == "queued" and await queries.is_being_sent(session, message_id)):
        raise Refused("message.not_failed", "It is sent, or will be.", kind=ErrorKind.CONFLICT)
    message.state = "queued"
    await jobs.add(session, JobRequest(SEND_MAIL, OfMessage(message.id), owner_id=message.user_id))
    await audit.note(session, actor, "message.sent_again", "message", message.id)
    await session.flush()
    return message
