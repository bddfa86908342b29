"""Messages to people: said in the transaction of the fact that calls for them, sent by a job."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.jobs import JobRequest
from core.message_jobs import SEND_MAIL, OfMessage
from db import jobs
from db.models import Message, User


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
