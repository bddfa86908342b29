"""The tus 1.0.0 protocol's own words: headers, metadata, checksums."""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ExceptionHandlersMap

from core.errors import AulaError, ErrorKind, Refused
from core.file_types import safe_name
from core.media import AssetOptions
from domain.uploads import DEFAULT_TITLE, NewUpload

VERSION = "1.0.0"
CONTENT_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1")
EXTENSIONS = ("creation", "termination", "checksum", "expiration")
PATH = "/api/v1/uploads"

_MAX_METADATA = 4096
_FLAGS = {"": True, "true": True, "false": False}

_Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a chunk's bytes must hash to."""

    algorithm: str
    digest: bytes

    def hasher(self) -> "hashlib._Hash":
        """A fresh hash of this algorithm; SHA-1 is in the protocol and guards against accidents only."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


class UnsupportedVersion(AulaError):
    """The client speaks another version of tus (412)."""

    kind = ErrorKind.PRECONDITION


async def speaks_tus(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: every request but OPTIONS names the protocol's version. Raises UnsupportedVersion (412)."""
    if connection.headers.get("tus-resumable") != VERSION:
        raise UnsupportedVersion(
            "upload.unsupported_version", f"Send the header Tus-Resumable: {VERSION}.", headers={"Tus-Version": VERSION}
        )


def protocol_headers(**more: str) -> dict[str, str]:
    """The headers of every answer, and `more` (`upload_offset` -> `Upload-Offset`)."""
    named = {name.replace("_", "-").title(): value for name, value in more.items()}
    return {"Tus-Resumable": VERSION, "Cache-Control": "no-store", **named}


def stamped(handlers: ExceptionHandlersMap) -> ExceptionHandlersMap:
    """`handlers` whose answers name the protocol's version, as those of refused requests have to."""

    def stamp(handler: _Handler) -> _Handler:
        def answer(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
            response = handler(request, error)
            response.headers.setdefault("Tus-Resumable", VERSION)
            return response

        return answer

    return {kind: stamp(handler) for kind, handler in handlers.items()}


def http_date(moment: datetime) -> str:
    """`moment` as HTTP writes it (Upload-Expires)."""
    return format_datetime(moment, usegmt=True)


def parse_checksum(header: str | None) -> Checksum | None:
    """`Upload-Checksum: sha256 <base64>`. Raises Refused `upload.bad_checksum`."""
    if header is None:
        return None
    algorithm, _, text = header.strip().partition(" ")
    try:
        digest = b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Refused("upload.bad_checksum", f"Upload-Checksum takes {' or '.join(ALGORITHMS)} and a base64 digest.")
    return Checksum(algorithm, digest)


def parse_new_upload(length: int, metadata: str | None) -> NewUpload:
    """The announced file: `Upload-Metadata` gives `filename` and `title`, and may set `encrypted` and `download`.

    With `purpose` `file` it is for a lesson, and `course` may name to which course it belongs.

    Raises Refused `upload.bad_metadata`.
    """
    header = (metadata or "").strip()
    pairs = parse_metadata(header)
    # Browsers send a bare name; some clients send a path, of either kind.
    filename = PurePosixPath(_printable(pairs.get("filename", "")).replace("\\", "/")).name[:255]
    title = _printable(pairs.get("title", "")) or PurePosixPath(filename).stem or DEFAULT_TITLE
    options = AssetOptions(encrypted=_flag(pairs, "encrypted"), download=_flag(pairs, "download"))
    is_file, course_id = _purpose(pairs)
    if is_file:
        filename = safe_name(pairs.get("filename", ""))
    return NewUpload(length, filename, title[:200], header, options, is_file, course_id)


def _purpose(pairs: dict[str, str]) -> tuple[bool, UUID | None]:
    """Whether it becomes a file of a lesson, and the course that it is for."""
    purpose, course = pairs.get("purpose", "asset"), pairs.get("course")
    if purpose not in ("asset", "file"):
        raise Refused("upload.bad_metadata", "Upload-Metadata takes the purposes asset and file.")
    try:
        return purpose == "file", UUID(course) if course is not None else None
    except ValueError:
        raise Refused("upload.bad_metadata", "In Upload-Metadata course must be the id of a course.") from None


def _flag(pairs: dict[str, str], name: str) -> bool:
    """A key of its own is yes, as the protocol has it; a value may say so too."""
    value = pairs.get(name, "false")
    if value not in _FLAGS:
        raise Refused("upload.bad_metadata", f"Upload-Metadata takes {name} alone, or with true or false.")
    return _FLAGS[value]


def parse_metadata(header: str) -> dict[str, str]:
    """`key base64,key base64,flag` as a dictionary. Raises Refused `upload.bad_metadata`."""
    pairs: dict[str, str] = {}
    try:
        if len(header) > _MAX_METADATA or not header.isascii():
            raise ValueError("too long, or not ASCII")
        for item in filter(None, (part.strip() for part in header.split(","))):
            key, _, value = item.partition(" ")
            if key in pairs:
                raise ValueError("a key twice")
            pairs[key] = b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused("upload.bad_metadata", "Upload-Metadata must be pairs of a key and a base64 value (UTF-8).") from None
    return pairs


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()
