"""Sends one mail: rendered, handed to the gateway, noted as sent.

Who is killed between handing it over and noting it sends it again, with the same Message-ID, by which the receiver's server
knows it: a mail that may come twice is better than one that may not come.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError, Refused, Transient
from core.message_jobs import SEND_MAIL, OfMessage
from db.jobs import ClaimedJob
from db.models import Message
from domain import messages
from gateways.mail import open_mail
from gateways.mail.base import Mail
from gateways.mail.templates import render, secrets_of
from pipelines.context import StepContext


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that has not been sent."""

    id: UUID
    recipient: str
    template: str
    data: dict[str, Any]
    created_at: datetime


class Sent(msgspec.Struct, frozen=True):
    """What the gateway calls it, and what of its data is to be forgotten. Nothing: there was nothing to send."""

    provider_id: str | None = None
    secrets: tuple[str, ...] = ()


async def load(session: AsyncSession, job: ClaimedJob) -> Letter | None:
    """The message, unless it is gone or has been sent."""
    message = await session.get(Message, msgspec.convert(job.payload, OfMessage).message_id)
    if message is None or message.state == "sent":
        return None
    return Letter(message.id, message.recipient, message.template, message.data, message.created_at)


def work(ctx: StepContext, letter: Letter | None) -> Sent:
    """Render it and hand it over. What goes wrong is kept with the message, and whether that is for good."""
    if letter is None:
        return Sent()
    settings = ctx.settings
    try:
        rendered = render(letter.template, letter.data, settings.api.public_url)
        mail = Mail(
            id=letter.id,
            sender=settings.mail.mail_from,
            recipient=letter.recipient,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            written_at=letter.created_at,
        )
        return Sent(open_mail(settings).send(mail), secrets_of(letter.template))
    except (Refused, Transient) as error:
        _note(ctx, letter.id, error)
        raise


async def record(session: AsyncSession, job: ClaimedJob, result: Sent) -> None:
    """It is sent; its secrets are forgotten."""
    if result.provider_id is not None:
        message_id = msgspec.convert(job.payload, OfMessage).message_id
        await messages.sent(session, message_id, result.provider_id, forget=result.secrets)


def _note(ctx: StepContext, message_id: UUID, error: AulaError) -> None:
    last = isinstance(error, Refused) or ctx.job.attempt >= SEND_MAIL.max_attempts

    async def note(session: AsyncSession) -> None:
        await messages.not_sent(session, message_id, str(error), for_good=last)

    ctx.transaction(note)
