"""Keeps mail as files instead of sending it: what embedded mode does, where nobody has a mail server."""

import email
from dataclasses import dataclass
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

from core.ids import new_token
from gateways.mail.base import Mail, compose


@dataclass(frozen=True, slots=True)
class Captured:
    """A mail that was kept."""

    subject: str
    text: str


class CapturingMail:
    """A directory with one file for each mail, named by the message: what is sent again is kept once."""

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first mail."""
        self._folder = folder

    def send(self, mail: Mail) -> str:
        """Write the mail, whole or not at all. Raises Refused `mail.bad_address`."""
        content = bytes(compose(mail))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._folder / f".{new_token()}"
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        temporary.replace(self._path(mail.id))
        return mail.message_id

    def read(self, message_id: UUID) -> Captured | None:
        """What was kept under this id."""
        try:
            content = self._path(message_id).read_bytes()
        except FileNotFoundError:
            return None
        message = email.message_from_bytes(content, policy=SMTP)
        body = message.get_body(("plain",))
        return Captured(str(message["Subject"]), body.get_content().replace("\r\n", "\n") if body else "")

    def forget(self, message_id: UUID) -> None:
        """Remove what was kept under this id; if there is nothing, nothing happens."""
        self._path(message_id).unlink(missing_ok=True)

    def _path(self, message_id: UUID) -> Path:
        return self._folder / f"{message_id}.eml"
