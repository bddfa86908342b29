"""The one error tree: an error carries a kind (what kind of trouble), a stable code and a sentence for people.

    AulaError
    |- Refused        the caller's fault: kind tells which HTTP status, code tells why
    |- BadMedia       the file's fault: permanent, shown to the instructor
    |- Transient      worth another attempt
    |- OutOfResources the machine's fault (memory, disk): deferred, not held against the file
    |- Interrupted    the work was told to stop: cancelled, lease lost or shutting down

Each edge maps kinds in one table: `api/problems.py` to HTTP statuses, `pipelines/endings.py` to the endings of a job.
"""

from enum import StrEnum
from typing import Any


class ErrorKind(StrEnum):
    """What kind of trouble an error is; edges decide by kind, people and clients by code."""

    INVALID = "invalid"
    """Not what the schema says."""
    UNPROCESSABLE = "unprocessable"
    """What the schema can't say: well-formed, but it makes no sense here."""
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    GONE = "gone"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    LOCKED = "locked"
    CHECKSUM = "checksum"
    PRECONDITION = "precondition"
    TOO_MANY = "too_many"
    BAD_MEDIA = "bad_media"
    TRANSIENT = "transient"
    RESOURCES = "resources"
    CRASHED = "crashed"
    CANCELLED = "cancelled"
    SHUTDOWN = "shutdown"
    LEASE_LOST = "lease_lost"
    TIMED_OUT = "timed_out"
    INTERNAL = "internal"


class AulaError(Exception):
    """Base of all errors that this code raises on purpose."""

    kind = ErrorKind.INTERNAL

    def __init__(self, code: str, message: str, *, kind: ErrorKind | None = None, **detail: Any) -> None:
        """`code` is stable and machine-readable (`media.not_a_video`), `message` one sentence, `detail` extra facts."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Refused(AulaError):
    """A request that can't be granted; pass `kind` when it is not plainly invalid."""

    kind = ErrorKind.INVALID


class BadMedia(AulaError):
    """A file that can't be turned into a stream, now or later."""

    kind = ErrorKind.BAD_MEDIA


class Transient(AulaError):
    """Something that is likely to work at a later attempt."""

    kind = ErrorKind.TRANSIENT


class OutOfResources(AulaError):
    """Memory, disk or another limit of this machine ran out; `detail['delay_s']` may say when to try again."""

    kind = ErrorKind.RESOURCES


class Interrupted(AulaError):
    """The work was told to stop; `kind` is CANCELLED, SHUTDOWN, LEASE_LOST or TIMED_OUT."""

    kind = ErrorKind.CANCELLED
