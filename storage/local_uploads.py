"""Unfinished uploads of the local adapter: one growing file each, whose size is the offset.

What is appended survives the death of any process at once; a power cut only from the completion on, which flushes the file.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ErrorKind, Refused
from core.ids import new_token
from storage import files
from storage.base import BadKey, Missing, UploadState

_NAME = re.compile(r"[A-Za-z0-9_-]{22}")


class LocalUploads:
    """The folder of unfinished uploads. A lock on the file keeps two writers of one upload apart, in any process."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def begin(self) -> UploadState:
        """Make an empty file and return its name as the state."""
        state: UploadState = {"file": new_token()}
        files.write_synced(self._path(state), lambda fd: files.write_all(fd, b""))
        files.sync_folder(self._folder)
        return state

    def append(self, key: str, state: UploadState, offset: int, data: bytes | memoryview | Path) -> None:
        """Write at the end, which must be `offset`."""
        with self._locked(key, state) as fd:
            size = os.fstat(fd).st_size
            if size != offset:
                raise offset_mismatch(size)
            os.lseek(fd, offset, os.SEEK_SET)
            if isinstance(data, Path):
                files.copy_into(fd, data)
            elif isinstance(data, memoryview):
                files.write_past_cache(fd, data)
            else:
                files.write_all(fd, data)
            # Begins to write to the disk, and waits for nothing: `complete` would have all of it to wait for.
            os.posix_fadvise(fd, offset, 0, os.POSIX_FADV_DONTNEED)

    def size(self, state: UploadState) -> int | None:
        """Bytes held, None when the upload has ended."""
        try:
            return self._path(state).stat().st_size
        except FileNotFoundError:
            return None

    def path(self, state: UploadState) -> Path | None:
        """The growing file, None when the upload has ended or not begun."""
        path = self._path(state) if state else None
        return path if path is not None and path.exists() else None

    def complete(self, state: UploadState, target: Path) -> None:
        """Flush the file and rename it to `target`; no effect when that has been done."""
        if self.size(state) is None:
            return
        with self._locked(target.name, state) as fd:
            os.fsync(fd)
            files.give_name(self._path(state), target, self._root)

    def abort(self, state: UploadState) -> None:
        """Remove the file, if it is there."""
        self._path(state).unlink(missing_ok=True)

    def _path(self, state: UploadState) -> Path:
        name = str(state.get("file"))
        if not _NAME.fullmatch(name):
            raise BadKey(name)
        return self._folder / name

    @contextmanager
    def _locked(self, key: str, state: UploadState) -> Iterator[int]:
        path = self._path(state)
        try:
            fd = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            raise Missing(key) from None
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused("upload.busy", "This upload is being written to.", kind=ErrorKind.LOCKED) from None
            # Completed between open and lock: the file behind the descriptor is an object now.
            if not path.exists():
                raise Missing(key)
            yield fd
        finally:
            os.close(fd)


def offset_mismatch(true_offset: int) -> Refused:
    """The error for data that does not begin where the upload ends."""
    return Refused(
        "upload.offset_mismatch",
        f"This upload continues at byte {true_offset}.",
        kind=ErrorKind.CONFLICT,
        offset=true_offset,
    )
