"""Scratch space of worker processes: each has a folder that it locks, and removes what dead ones left behind."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

_LOCK = ".lock"


@contextmanager
def scratch_of(worker_id: UUID, root: Path) -> Iterator[Path]:
    """The process's own folder below `root`, removed at the end; folders that nobody locks any more are removed first."""
    root.mkdir(parents=True, exist_ok=True)
    for folder in root.iterdir():
        _remove_if_abandoned(folder)
    own = root / worker_id.hex
    # Under a name that the others leave alone until the lock is held.
    fresh = root / f".{worker_id.hex}"
    fresh.mkdir(mode=0o700)
    lock = os.open(fresh / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh.rename(own)
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(lock)


def _remove_if_abandoned(folder: Path) -> None:
    if folder.name.startswith("."):
        return
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return  # being removed by its owner
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)
