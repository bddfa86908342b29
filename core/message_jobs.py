"""The kinds of job about messages to people, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue


class OfMessage(msgspec.Struct, frozen=True):
    """A job about one message."""

    message_id: UUID


SEND_MAIL = JobKind("messages.send_mail", Queue.MAIL, OfMessage, priority=20, max_attempts=8, time_limit_s=120.0)

KINDS = (SEND_MAIL,)
