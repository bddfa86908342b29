"""Objects as files below one directory: what embedded and single-host installations use.

Files appear by rename, whole or not at all, so that the server may send them while they are being replaced. Folders are 0700,
files 0600. Two hidden folders that no key can name: `.tmp` for files that have no name yet, `.uploads` for unfinished uploads.
"""

import errno
import os
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from core.errors import ErrorKind, Refused
from core.ids import new_token
from storage import files
from storage.base import READ_LIMIT, BadKey, Missing, ObjectInfo, StoredObject, UploadState
from storage.keys import checked_key, checked_prefix
from storage.local_uploads import LocalUploads

_PIECE = 256 * 1024
# A put lasts seconds; what is older than this in `.tmp` was left by a process that was killed.
_STALE_TMP_S = 86_400


class LocalStorage:
    """A directory; several processes may use it at once."""

    append_bytes = 2**20

    def __init__(self, root: Path) -> None:
        """Make `root` if need be, and remove what killed processes left half-written in it."""
        self.root = root
        self._root = str(root)
        self._tmp = root / ".tmp"
        for folder in (root, self._tmp, root / ".uploads"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._uploads = LocalUploads(root / ".uploads", root)
        self._remove_stale()

    def put_file(self, key: str, path: Path) -> None:
        """Move the file in, or copy it where it lies on another file system. Headers are derived when it is served."""
        target = self._path(key)
        with files.full_disk_is_deferred():
            files.sync_file(path)
            try:
                files.give_name(path, target, self.root)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                temporary = self._tmp / new_token()
                files.write_synced(temporary, lambda fd: files.copy_into(fd, path))
                files.give_name(temporary, target, self.root)

    def put_bytes(self, key: str, data: bytes) -> None:
        """Write a temporary file, flush it, rename it."""
        target = self._path(key)
        temporary = self._tmp / new_token()
        with files.full_disk_is_deferred():
            files.write_synced(temporary, lambda fd: files.write_all(fd, data))
            files.give_name(temporary, target, self.root)

    def read_object(self, key: str, max_bytes: int = READ_LIMIT) -> StoredObject:
        """Facts and bytes come from one descriptor, so they belong together."""
        fd = self._open(key)
        try:
            info = _info(key, os.fstat(fd))
            if info.size > max_bytes:
                raise _too_large(key)
            return StoredObject(info, b"".join(_pieces(fd, 0, info.size)))
        finally:
            os.close(fd)

    def read_bytes(self, key: str, max_bytes: int = READ_LIMIT) -> bytes:
        """The bytes alone."""
        return self.read_object(key, max_bytes).data

    def fetch(self, key: str, path: Path, max_bytes: int) -> int:
        """A copy, so that nobody can change the object through it."""
        info = self.stat(key)
        if info is None:
            raise Missing(key)
        if info.size > max_bytes:
            raise _too_large(key)
        with files.full_disk_is_deferred():
            files.write_synced(path, lambda fd: files.copy_into(fd, self._path(key)))
        return info.size

    def open_range(self, key: str, start: int, end: int) -> Generator[bytes, None, None]:
        """Pieces of 256 KiB: the size that Granian sends best."""
        if self.stat(key) is None:
            raise Missing(key)

        def pieces() -> Generator[bytes, None, None]:
            # Opened here: a generator that is never started would not close it.
            fd = self._open(key)
            try:
                yield from _pieces(fd, start, end)
            finally:
                os.close(fd)

        return pieces()

    def local_path(self, key: str) -> Path | None:
        """The file itself."""
        return self._path(key)

    def stat(self, key: str) -> ObjectInfo | None:
        """Facts from the file system; folders and links are no objects."""
        try:
            found = os.lstat(self._name(key))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _info(key, found) if S_ISREG(found.st_mode) else None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Walks the folder that the prefix names, then sorts: S3 sorts whole keys, not folder by folder."""
        folder = checked_prefix(prefix).rpartition("/")[0]
        found = (self.stat(key) for key in sorted(self._walk(folder)) if key.startswith(prefix))
        return (info for info in found if info)

    def delete(self, key: str) -> None:
        """Remove the file, and its folders as far as that empties them."""
        path = self._path(key)
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        files.remove_empty_folders(path.parent, self.root)

    def delete_prefix(self, prefix: str) -> int:
        """Remove file by file; one that is put meanwhile stays, and keeps its folder."""
        if not checked_prefix(prefix).endswith("/"):
            raise BadKey(prefix)
        keys = [info.key for info in self.list(prefix)]
        for key in keys:
            self.delete(key)
        return len(keys)

    def presign(self, key: str, life_s: int, disposition: str | None = None) -> str | None:  # noqa: ARG002 -- the port's
        """Files have no URLs of their own: `api/delivery.py` serves them."""
        checked_key(key)
        return None

    def begin_upload(self, key: str) -> UploadState:
        """An empty file in `.uploads`; the state is its random name."""
        checked_key(key)
        return self._uploads.begin()

    def append(self, key: str, state: UploadState, offset: int, data: bytes | memoryview | Path) -> UploadState:
        """Written straight to the file's end: what a dying process had written is kept and counts."""
        with files.full_disk_is_deferred():
            self._uploads.append(key, state, offset, data)
        return state

    def partial_path(self, key: str, state: UploadState) -> Path | None:  # noqa: ARG002 - other adapters need the key
        """The growing file of the upload."""
        return self._uploads.path(state)

    def upload_offset(self, key: str, state: UploadState) -> int:
        """The size of the file."""
        size = self._uploads.size(state)
        if size is not None:
            return size
        info = self.stat(key)
        if info is None:
            raise Missing(key)
        return info.size

    def complete_upload(self, key: str, state: UploadState) -> ObjectInfo:
        """Flush and rename."""
        self._uploads.complete(state, self._path(key))
        info = self.stat(key)
        if info is None:
            raise Missing(key)
        return info

    def abort_upload(self, key: str, state: UploadState) -> None:  # noqa: ARG002 -- the port's signature
        """Unlink."""
        self._uploads.abort(state)

    def _path(self, key: str) -> Path:
        return Path(self._name(key))

    def _name(self, key: str) -> str:
        # Delivery asks for each segment, and joining paths takes as long as all the rest of its answer.
        return f"{self._root}/{checked_key(key)}"

    def _open(self, key: str) -> int:
        try:
            fd = os.open(self._name(key), os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise Missing(key) from error
            raise
        if not S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Missing(key)
        return fd

    def _walk(self, folder: str) -> Iterator[str]:
        try:
            entries = list(os.scandir(self.root / folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(name)
            else:
                yield name

    def _remove_stale(self) -> None:
        for entry in os.scandir(self._tmp):
            try:
                if entry.stat(follow_symlinks=False).st_mtime < time.time() - _STALE_TMP_S:
                    Path(entry.path).unlink()
            except FileNotFoundError:
                continue


def _info(key: str, found: os.stat_result) -> ObjectInfo:
    # The inode tells apart two replacements of one size within one tick of the file system's clock.
    etag = f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}"
    return ObjectInfo(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), etag)


def _pieces(fd: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        piece = os.pread(fd, min(_PIECE, end - start), start)
        if not piece:
            return
        start += len(piece)
        yield piece


def _too_large(key: str) -> Refused:
    return Refused("storage.too_large", f"The object {key!r} is larger than allowed here.", kind=ErrorKind.TOO_LARGE)
