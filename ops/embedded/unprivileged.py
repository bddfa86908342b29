"""How a server that refuses to run as root is run by root: as a child in a user namespace, else as `nobody`."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from core.errors import AulaError

NOBODY = 65534
_UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


@dataclass(frozen=True)
class Launcher:
    """`direct`: we are an ordinary user. `userns`: root maps itself to nobody. `nobody`: root becomes nobody."""

    how: Literal["direct", "userns", "nobody"]

    def argv(self, command: Sequence[str | Path]) -> list[str]:
        """The command line that runs `command` without privileges."""
        return [*(_UNSHARE if self.how == "userns" else ()), *map(str, command)]

    @property
    def user(self) -> int | None:
        """The user id to change to before exec, if any."""
        return NOBODY if self.how == "nobody" else None

    def own(self, folder: Path) -> Path:
        """Make a 0700 folder that the server may use. Raises AulaError when `nobody` could not reach it."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.how == "nobody":
            closed = [str(parent) for parent in folder.resolve().parents if not parent.stat().st_mode & stat.S_IXOTH]
            if closed:
                raise AulaError(
                    "embedded.unreachable",
                    "PostgreSQL refuses to run as root, user namespaces are forbidden here, and the user nobody may not pass "
                    f"{closed[-1]}. Run as an ordinary user, choose a data directory such as /var/lib/aula, or set "
                    "AULA_DATABASE_URL and AULA_REDIS_URL.",
                )
            os.chown(folder, NOBODY, NOBODY)
        return folder

    def install(self, tree: Path) -> Path:
        """`tree` itself, or for `nobody` a copy that everyone may read (root's home is closed to others)."""
        if self.how != "nobody" or all(parent.stat().st_mode & stat.S_IXOTH for parent in (tree, *tree.resolve().parents)):
            return tree
        # The name says which tree and when it was installed, so that an upgraded wheel is copied anew.
        mark = hashlib.sha256(f"{tree.resolve()}:{tree.stat().st_mtime_ns}".encode()).hexdigest()[:12]
        target = Path(tempfile.gettempdir()) / f"aula-bin-{mark}"
        if target.exists():
            if target.lstat().st_uid != os.geteuid() or target.lstat().st_mode & 0o022:
                raise AulaError("embedded.untrusted", f"{target} exists and is not ours: remove it.")
            return target
        fresh = Path(tempfile.mkdtemp(prefix="aula-bin-"))
        shutil.copytree(tree, fresh, dirs_exist_ok=True, symlinks=True)
        fresh.chmod(0o711)
        fresh.replace(target)
        return target


@cache
def launcher() -> Launcher:
    """The launcher for this process; finding out whether root may make user namespaces takes one try (3 ms)."""
    if os.geteuid() != 0:
        return Launcher("direct")
    try:
        tried = subprocess.run([*_UNSHARE, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        return Launcher("nobody")
    return Launcher("userns" if tried.returncode == 0 else "nobody")
