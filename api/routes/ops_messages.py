"""What the platform has said to people, for operators; where mail is captured, also what was in it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter

from api.access import OPERATORS, stated
from api.auth import actor_of
from api.paging import Cursor, Limit, page
from api.services import Injected
from api.wire import HttpRequest, Page, View, not_found
from db.models import Message
from db.queries import messages as queries
from domain import messages as domain
from gateways.mail import captured_mail

_State = Literal["queued", "sent", "failed"]
State = Annotated[_State | None, QueryParameter(name="state", description="Only messages in this state.")]


class MessageView(View):
    """One message to one person. `error` is what the last attempt met; `failed`: there will be no other."""

    id: UUID
    user_id: UUID | None
    channel: str
    recipient: str
    template: str
    state: _State
    provider_id: str | None
    error: str | None
    created_at: datetime
    sent_at: datetime | None


class MessageDetailView(View):
    """A message and, where mail is captured instead of sent, what it says."""

    message: MessageView
    subject: str | None = None
    text: str | None = None


def _view(row: Message) -> MessageView:
    return msgspec.convert(row, MessageView, from_attributes=True)


@get(
    "/ops/messages",
    operation_id="listMessages",
    tags=["Operations"],
    summary="Messages to people",
    **stated(OPERATORS),
)
async def list_messages(
    services: Injected, message_state: State = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[MessageView]:
    """Messages, newest first."""
    async with services.sessions() as session:
        rows = await queries.page(session, message_state, before=cursor, limit=limit + 1)
    return page(rows, limit, _view, lambda message: message.id)


@get(
    "/ops/messages/{message_id:uuid}",
    operation_id="getMessage",
    tags=["Operations"],
    summary="One message",
    **stated(OPERATORS, 404),
)
async def get_message(message_id: FromPath[UUID], services: Injected) -> MessageDetailView:
    """The message. `subject` and `text` are null where mail is really sent: only the addressee reads it there."""
    async with services.sessions() as session:
        row = await queries.by_id(session, message_id)
    if row is None:
        raise not_found("message")
    kept = captured_mail(services.settings)
    captured = kept.read(message_id) if kept else None
    if captured is None:
        return MessageDetailView(message=_view(row))
    return MessageDetailView(message=_view(row), subject=captured.subject, text=captured.text)


@post(
    "/ops/messages/{message_id:uuid}/send-again",
    operation_id="sendMessageAgain",
    tags=["Operations"],
    summary="Send a message that failed",
    status_code=202,
    **stated(OPERATORS, 404, 409),
)
async def send_again(request: HttpRequest, message_id: FromPath[UUID], services: Injected) -> MessageView:
    """Try again what had failed for good, once its cause is mended. 409 `message.not_failed`: it is sent, or will be."""
    async with services.sessions.begin() as session:
        return _view(await domain.send_again(session, actor_of(request), message_id))


ROUTES: tuple[Any, ...] = (list_messages, get_message, send_again)
