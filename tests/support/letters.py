"""Mail that the platform means to send, read before it is sent."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.account_jobs import SEND_RESET
from core.jobs import JobState
from db.models import Job, Message
from tests.support.drain import Drain


class Letters:
    """What was said to whom; mail stays where it is, jobs that lead to mail are run when it is asked for."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], drain: Drain) -> None:
        self._sessions = sessions
        self._drain = drain

    async def templates(self, recipient: str) -> list[str]:
        """The kinds of mail to this address, in order."""
        return [each.template for each in await self._to(recipient)]

    async def token(self, recipient: str, template: str) -> str:
        """What stands behind the `#token=` of the latest link of this kind to this address."""
        links = [str(each.data["link"]) for each in await self._to(recipient) if each.template == template]
        assert links, f"no {template} to {recipient}"
        page, _, token = links[-1].partition("#token=")
        assert page.endswith({"verify_email": "/verify-email", "reset_password": "/reset-password"}[template])
        return token

    async def _to(self, recipient: str) -> list[Message]:
        async with self._sessions() as session:
            waiting = select(Job.id).where(Job.kind == SEND_RESET.name, Job.state == JobState.AVAILABLE)
            due: list[UUID] = list(await session.scalars(waiting))
        for job_id in due:
            await self._drain.one(job_id)
        async with self._sessions() as session:
            return list(await session.scalars(select(Message).where(Message.recipient == recipient).order_by(Message.id)))
