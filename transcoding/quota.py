"""How much one process may write into its scratch folder, over all files: RLIMIT_FSIZE holds for each file alone."""

import os
from pathlib import Path

from core.errors import ErrorKind, OutOfResources
from transcoding.tools import Tools


def allowance(tools: Tools, reads: tuple[Path, ...]) -> int:
    """Bytes: what the instance allows, and never less than a copy of the input with room to spare."""
    return max(tools.scratch_quota, int(tools.scratch_factor * sum(path.stat().st_size for path in reads)))


class Quota:
    """The growth of one folder since this was made."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._before = _size(folder)

    def check(self) -> None:
        """Raises OutOfResources `media.scratch_quota` when the folder has grown by more; no shortage, so the attempt counts."""
        if (grown := _size(self._folder) - self._before) > self._most:
            message = f"It wrote {grown} bytes into its scratch folder; {self._most} are allowed."
            raise OutOfResources("media.scratch_quota", message, kind=ErrorKind.TRANSIENT)


def _size(folder: Path | str) -> int:
    """Bytes of all files below a folder in which files come and go; links are not followed."""
    total = 0
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return 0
    for entry in entries:
        try:
            total += _size(entry.path) if entry.is_dir(follow_symlinks=False) else entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
    return total
