"""The kinds of job about files of lessons and their payloads, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue
from core.media_jobs import PartialUpload

CHECKING = "files.checking"
"""The kind of the pipelines that look at what a file really is; their subject is the file."""
CLEANUP = "files.cleanup"
"""The kind of the pipelines that remove objects of a file: of their own, so that no cancel stops them."""


class OfFile(msgspec.Struct, frozen=True):
    """A job about a file that has arrived."""

    file_id: UUID


class FileRemoval(msgspec.Struct, frozen=True):
    """Which objects of a file go: all but those of the attempt `keep`. `uploads`: those that will never be completed."""

    file_id: UUID
    keep: UUID | None = None
    uploads: tuple[PartialUpload, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """What a file is, or why it is refused (`code`, `message`)."""

    attempt: UUID
    """Whose objects these are."""
    key: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    inline: bool = False
    """There is a rendering that browsers may show in place."""
    code: str = ""
    message: str = ""


# Somebody looks at the page and waits.
CHECK = JobKind("files.check", Queue.MEDIA, OfFile, priority=30, max_attempts=3)
GIVE_UP = JobKind("files.give_up", Queue.DEFAULT, OfFile, priority=10)
REMOVE = JobKind("files.remove", Queue.MEDIA, FileRemoval, priority=90)

KINDS = (CHECK, GIVE_UP, REMOVE)
