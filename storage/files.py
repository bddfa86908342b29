"""Durable, atomic file operations of the local adapter.

What a committed transaction speaks of must survive a power cut, so a file is flushed before it gets its name and its folder
after: 0.9 ms instead of 0.2 ms for a segment of 600 kB on an SSD, which is little beside encoding it.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import OutOfResources

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
COPY_BYTES = 2**20
# Each is lost only to a removal that falls between two system calls.
_TRIES = 50


@contextlib.contextmanager
def full_disk_is_deferred() -> Iterator[None]:
    """Turn "no space left" into OutOfResources, which callers defer instead of counting as a failure."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfResources("storage.full", "The disk that holds the objects is full.") from error
        raise


def make_folders(folder: Path, root: Path) -> None:
    """Make `folder` and its parents below `root`, closed to other users."""
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        # Not exist_ok=True: that looks whether the folder is there, and raises when somebody removed it in between.
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: Path) -> None:
    """Make the bytes of `path` durable and the file private."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(fd, 0o600)
        os.fsync(fd)
    finally:
        os.close(fd)


def write_synced(path: Path, write: Callable[[int], None]) -> None:
    """Make a new private file at `path`, have `write` fill its descriptor, and flush it; nothing stays when that fails."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            write(fd)
            os.fsync(fd)
        finally:
            os.close(fd)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write all of `data`: one write() may take less."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_past_cache(fd: int, data: memoryview) -> None:
    """Write all of `data`, which begins at a page, leaving out the page cache as far as the file's position allows.

    Copying to pages of the cache costs more of the processor than all the rest of receiving them.
    """
    whole = len(data) - len(data) % mmap.PAGESIZE
    if whole and os.lseek(fd, 0, os.SEEK_CUR) % mmap.PAGESIZE == 0:
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        try:
            fcntl.fcntl(fd, fcntl.F_SETFL, flags | os.O_DIRECT)
            # What it leaves, and why, the ordinary way finds out.
            data = data[os.write(fd, data[:whole]) :]
        except OSError as error:
            # Not every file system can.
            if error.errno != errno.EINVAL:
                raise
        finally:
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
    write_all(fd, data)


def copy_into(fd: int, source: Path) -> None:
    """Copy the bytes of `source` to the descriptor's position."""
    with source.open("rb") as read, os.fdopen(fd, "wb", closefd=False) as write:
        shutil.copyfileobj(read, write, COPY_BYTES)


def give_name(path: Path, target: Path, root: Path) -> None:
    """Rename the flushed file `path` to `target`, atomically replacing what was there."""
    for tries_left in reversed(range(_TRIES)):
        try:
            make_folders(target.parent, root)
            path.replace(target)
            break
        except FileNotFoundError:
            # Somebody removed the emptied folder between its making and the rename: make it again.
            if not tries_left or not path.exists():
                raise
    # Whoever has removed the file since has removed its folder with it.
    with contextlib.suppress(FileNotFoundError):
        sync_folder(target.parent)


def remove_empty_folders(folder: Path, root: Path) -> None:
    """Remove `folder` and its parents as far as they are empty; a file that arrives meanwhile keeps its folder."""
    while folder != root:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                return
            raise
        folder = folder.parent
