"""How files of lessons are sent: saved under their own names, never run by the browser that gets them.

A file is an attachment of the type that a job has found, and carries a policy that takes from it all that a page can do, in
case somebody opens it anyway. Shown in place is only what we have rendered ourselves: pictures.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import UUID

from api.representations import Representation
from core.file_types import attachment
from db.queries.files import Delivered
from storage.base import ObjectInfo
from storage.keys import picture_beside
from storage.signing import FILES_ONLY, Signer, signed_path

LoadFile = Callable[[UUID], Awaitable[Delivered | None]]
"""Gives what is to be known of a file that is ready; None for others."""

# An address is good for one to two of these, and the same within one, so that browsers keep what they have.
_LIFE_S = 600
_HARMLESS = "sandbox; default-src 'none'"
_CACHE = "private, max-age=600"


def headers_of(facts: Delivered, key: str) -> list[tuple[str, str]] | None:
    """How what lies at `key` is announced; None when this is not what is delivered of the file."""
    if key == facts.key:
        kind, disposition = facts.media_type, attachment(facts.filename)
    elif facts.inline and key == picture_beside(facts.key):
        kind, disposition = "image/webp", "inline"
    else:
        return None
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return [
        ("content-type", kind),
        ("content-disposition", disposition),
        ("content-security-policy", _HARMLESS),
        ("cache-control", _CACHE),
    ]


def represent(info: ObjectInfo, headers: list[tuple[str, str]], path: str) -> Representation:
    """The representation of a stored file with these headers; `path`: where it lies, "" far away."""
    etag = f'"{info.etag}"'
    modified = format_datetime(info.modified.astimezone(UTC), usegmt=True)
    more = [*headers, ("etag", etag), ("accept-ranges", "bytes"), ("last-modified", modified)]
    lines = [(name.encode(), value.encode("latin-1")) for name, value in more]
    return Representation(info.key, info.size, etag, lines, path, info.modified)


class FileAddresses:
    """Signed addresses of files, for minutes; whoever makes one has decided that the reader may have the file."""

    def __init__(self, signer: Signer, now: datetime) -> None:
        self._signer = signer
        self.expires_at = datetime.fromtimestamp((int(now.timestamp()) // _LIFE_S + 2) * _LIFE_S, UTC)

    def download(self, file_id: UUID, key: str) -> str:
        """Where the file itself is saved from."""
        return signed_path(self._signer.sign(file_id, FILES_ONLY, self.expires_at), key)

    def picture(self, file_id: UUID, key: str) -> str:
        """Where its rendering is shown from; `key` is that of the file."""
        return self.download(file_id, picture_beside(key))
