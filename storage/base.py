"""The port of object storage: what an adapter can do, whatever holds the bytes.

Keys are spelled by `storage.keys` alone. Methods block and are safe to call from several threads at once; callers on an event
loop run them in a thread. Objects are immutable once put, but growing playlists, which are replaced whole: a reader sees the
old or the new bytes, never a mixture.

Errors: `Missing` (no such object), `BadKey` (not a key), `Refused` (too large, wrong offset, busy), `Transient` (the store
did not answer), `OutOfResources` (the disk is full).
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.errors import AulaError, ErrorKind

UploadState = dict[str, Any]
"""What an adapter needs to go on with an upload, kept by the caller as JSON."""

READ_LIMIT = 16 * 2**20
"""Default cap of what is read into memory at once."""


class Missing(AulaError):
    """There is no such object or upload."""

    kind = ErrorKind.NOT_FOUND

    def __init__(self, key: str) -> None:
        super().__init__("storage.missing", f"There is no object {key!r}.", key=key)


class BadKey(AulaError):
    """A string that is not a key: traversal, an odd character, an empty part."""

    kind = ErrorKind.INVALID

    def __init__(self, key: str) -> None:
        super().__init__("storage.bad_key", f"{key[:200]!r} is not a storage key.")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """Facts about one object. `etag` (without quotes) changes whenever the bytes do."""

    key: str
    size: int
    modified: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object read whole: facts and bytes that belong together, even while the object is being replaced."""

    info: ObjectInfo
    data: bytes


class Storage(Protocol):
    """What every adapter does; `tests/storage/test_conformance.py` holds each of them to it."""

    append_bytes: int
    """The size of pieces that `append` takes best."""

    def put_file(self, key: str, path: Path) -> None:
        """Store the file at `path` as `key`, replacing what was there. The file may be moved: don't use it afterwards.

        Content type and cache header follow from the key (`storage.content_types`).
        """
        ...

    def put_bytes(self, key: str, data: bytes) -> None:
        """Store `data` as `key`, replacing what was there."""
        ...

    def read_object(self, key: str, max_bytes: int = READ_LIMIT) -> StoredObject:
        """The object with its facts. Raises Missing; Refused `storage.too_large` above `max_bytes`."""
        ...

    def read_bytes(self, key: str, max_bytes: int = READ_LIMIT) -> bytes:
        """The object's bytes; raises like `read_object`."""
        ...

    def fetch(self, key: str, path: Path, max_bytes: int) -> int:
        """Copy the object to a new file at `path`; returns its size. Raises Missing, and Refused `storage.too_large`."""
        ...

    def open_range(self, key: str, start: int, end: int) -> Generator[bytes, None, None]:
        """The bytes from `start` up to and without `end`, in pieces. Raises Missing before the first piece."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Where the object lies (or would lie) in this machine's file system; None where it doesn't. To be read only."""
        ...

    def stat(self, key: str) -> ObjectInfo | None:
        """Facts about the object, None when there is none."""
        ...

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose keys begin with `prefix` (`hls/<asset>/`, or empty for all), in the order of their keys."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; no error when there is none."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Remove all objects below `prefix`, which ends with a slash; returns how many there were."""
        ...

    def presign(self, key: str, life_s: int, disposition: str | None = None) -> str | None:
        """A URL at which anybody may GET the object for `life_s` seconds; None where the adapter has no such thing.

        `disposition`: the `Content-Disposition` to answer with, in place of the one that follows from the key.
        """
        ...

    def begin_upload(self, key: str) -> UploadState:
        """Begin a resumable upload of `key`. The object appears only with `complete_upload`."""
        ...

    def append(self, key: str, state: UploadState, offset: int, data: bytes | memoryview | Path) -> UploadState:
        """Add `data` (bytes, a buffer that begins at a page, or a file that is read and left alone) at `offset`.

        Returns the state to keep. When the call fails or its process dies, a part of `data` may have been kept: ask
        `upload_offset`. Any older state of this upload remains usable. Raises Refused `upload.offset_mismatch` (CONFLICT,
        `detail['offset']` is the true one), Refused `upload.busy` (LOCKED, local only) and Missing when the upload was
        completed or aborted.
        """
        ...

    def upload_offset(self, key: str, state: UploadState) -> int:
        """How many bytes are safely held; the whole size after `complete_upload`. Raises Missing after an abort."""
        ...

    def partial_path(self, key: str, state: UploadState) -> Path | None:
        """Where the bytes that are held so far can be read, as a file that grows; None where they can't. To be read only."""
        ...

    def complete_upload(self, key: str, state: UploadState) -> ObjectInfo:
        """Turn the upload into the object, durably. Again: no effect. Raises Missing after an abort.

        Compare the size that is returned with the one that was promised.
        """
        ...

    def abort_upload(self, key: str, state: UploadState) -> None:
        """Forget the upload and what it held. Again, or after completion: no effect."""
        ...
