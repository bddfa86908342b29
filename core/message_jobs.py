"""The kinds of job about messages to people, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue


class OfMessage(msgspec.Struct, frozen=True):
    """A job about one message."""

    message_id: UUID


SEND_MAIL = JobKind("messages.send_mail", Queue.MAIL, OfMessage, priority=20, max_attempts=8, time_limit_s=120.0)


class OfMessages(msgspec.Struct, frozen=True):
    """A job about messages that are gone."""

    message_ids: tuple[UUID, ...]


# What was captured of them lies outside the database.
FORGET_MAIL = JobKind("messages.forget_mail", Queue.MAIL, OfMessages, priority=60)

KINDS = (SEND_MAIL, FORGET_MAIL)
