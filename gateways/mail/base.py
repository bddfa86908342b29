"""What every adapter for mail does; one conformance suite holds them to it (`tests/gateways/test_mail.py`)."""

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol
from uuid import UUID

from core.errors import Refused


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `id` is the message's own: a mail that is sent again carries the same Message-ID."""

    id: UUID
    sender: str
    """An address with or without a name: `Aula <no-reply@school.example>`."""
    recipient: str
    subject: str
    text: str
    html: str
    written_at: datetime

    @property
    def message_id(self) -> str:
        """By which receivers know a mail that comes twice."""
        return f"<{self.id}@{parseaddr(self.sender)[1].rpartition('@')[2] or 'localhost'}>"


class MailGateway(Protocol):
    """Takes mail to people. Used from worker threads, by several at once."""

    def send(self, mail: Mail) -> str:
        """Hand the mail over; returns what it is known by, its Message-ID. Once this returns the mail is someone else's care.

        Raises Transient for what may pass (no connection, a full mailbox, wrong credentials), Refused
        `mail.recipient_refused` or `mail.refused` for what will not.
        """


def compose(mail: Mail) -> EmailMessage:
    """The mail as a message in two forms, text and HTML. Raises Refused `mail.bad_address`."""
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(mail.sender)
    try:
        message["From"] = Address(name, addr_spec=address)
        message["To"] = Address(addr_spec=mail.recipient)
    except (ValueError, IndexError, MessageError):
        raise Refused("mail.bad_address", "This is not an address that mail can be sent to.") from None
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = mail.message_id
    # No answers from machines: RFC 3834.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
