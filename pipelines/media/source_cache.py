"""Sources on this machine: read where storage keeps them, or fetched once into a shared cache.

    cache/sources/<asset>/original    only where storage has no local path
    cache/sources/<asset>/seekable    remuxed copy of a container that does not seek exactly
    cache/sources/<asset>/*.lock      one per file: shared while somebody reads, exclusive while somebody fills or removes

Locks are the kernel's (flock), so a killed process leaves none behind.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from uuid import UUID

from core.errors import OutOfResources
from core.ids import new_id

Check = Callable[[], None]
"""Raises Interrupted when the work is to stop."""

_LOCK_POLL_S = 0.1
_RETRY_S = 60.0
_GONE = "gone-"
_LOCK = ".lock"


def demand_space(folder: Path, size: int, factor: float) -> None:
    """Raise OutOfResources `media.no_scratch_space` unless `factor` times `size` bytes are free; the job is deferred then."""
    folder.mkdir(parents=True, exist_ok=True)
    need, free = int(size * factor), shutil.disk_usage(folder).free
    if free < need:
        raise OutOfResources(
            "media.no_scratch_space",
            f"{need} bytes of scratch space are needed for this file, {free} are free.",
            delay_s=_RETRY_S,
        )


class SourceCache:
    """The cache below one folder; any number of processes of this machine share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def reading(self, asset_id: UUID, name: str, fill: Callable[[Path], None], check: Check) -> Iterator[Path]:
        """The cached file `name` of an asset, safe from removal inside the block.

        When it is not there, one process makes it with `fill(path)` while the others wait; `check` interrupts the wait.
        """
        path = self._folder / str(asset_id) / name
        while True:
            with _locked(path, fcntl.LOCK_SH, check):
                if path.exists():
                    yield path
                    return
            with _locked(path, fcntl.LOCK_EX, check):
                if not path.exists():
                    unfinished = path.with_suffix(".part")
                    unfinished.unlink(missing_ok=True)
                    fill(unfinished)
                    unfinished.rename(path)

    def remove(self, asset_id: UUID) -> bool:
        """Drop what is kept of an asset, unless somebody reads it now; says whether it is gone."""
        entry = self._folder / str(asset_id)
        with ExitStack() as held:
            for lock in _locks(entry):
                descriptor = _open_lock(lock.with_suffix(""), fcntl.LOCK_EX)
                if descriptor is None:
                    return False
                held.callback(os.close, descriptor)
            if entry.exists():
                # Renamed first: whoever wants the source now makes a new entry instead of walking into a vanishing one.
                gone = self._folder / f"{_GONE}{new_id()}"
                with suppress(FileNotFoundError):  # another remover was first
                    entry.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)  # what another takes meanwhile, or what is left, `make_room` meets
        return True

    def make_room(self, size: int, factor: float) -> None:
        """Drop the sources that were not used for longest until the space is there; raises like `demand_space`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for entry in sorted(self._folder.iterdir(), key=_last_used):
            if shutil.disk_usage(self._folder).free >= size * factor:
                return
            if entry.name.startswith(_GONE):  # its remover was killed, or is at it
                shutil.rmtree(entry, ignore_errors=True)
            else:
                self.remove(UUID(entry.name))
        demand_space(self._folder, size, factor)


def _last_used(entry: Path) -> float:
    used = 0.0
    for lock in _locks(entry):
        with suppress(FileNotFoundError):
            used = max(used, lock.stat().st_mtime)
    return used


def _locks(entry: Path) -> list[Path]:
    """The locks of one asset; none of one that another worker has dropped in this moment."""
    try:
        return list(entry.glob(f"*{_LOCK}"))
    except FileNotFoundError:
        return []


@contextmanager
def _locked(path: Path, mode: int, check: Check) -> Iterator[None]:
    pause = Event()
    while (descriptor := _open_lock(path, mode)) is None:
        check()
        pause.wait(_LOCK_POLL_S)
    try:
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: Path, mode: int) -> int | None:
    """A descriptor that holds the lock of `path`; None when another process holds it, or removed its folder meanwhile."""
    lock = path.with_name(path.name + _LOCK)
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == lock.stat().st_ino:
            os.utime(descriptor)
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        os.close(descriptor)
        return None
    os.close(descriptor)
    return None
