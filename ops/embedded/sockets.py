"""The folder of unix sockets: private, and short enough for the kernel's limit."""

import contextlib
import hashlib
import os
import socket
import tempfile
from pathlib import Path

from core.errors import AulaError

# sockaddr_un holds 108 bytes with the closing zero; the longest name that we put into the folder is PostgreSQL's.
_LIMIT = 107
_LONGEST = ".s.PGSQL.5432"


def socket_dir(data_dir: Path) -> Path:
    """A 0700 folder for sockets: `data_dir/run`, or one in the temporary folder where that is too long or has no sockets.

    The name depends on `data_dir` alone, so that what a killed run left there is found and removed.
    """
    inside = data_dir.resolve() / "run"
    if len(os.fsencode(inside / _LONGEST)) <= _LIMIT:
        inside.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _takes_sockets(inside):
            return _ours(inside)
    mark = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 (checked by _ours)
        outside = Path(base or "/nonexistent") / f"aula-{os.geteuid()}-{mark}"
        if outside.parent.is_dir() and len(os.fsencode(outside / _LONGEST)) <= _LIMIT:
            outside.mkdir(mode=0o700, exist_ok=True)
            return _ours(outside)
    raise AulaError("embedded.long_path", f"No folder for unix sockets with a name short enough; tried beside {data_dir}.")


def _ours(folder: Path) -> Path:
    # Anyone may make a folder of that name in /tmp before us: trust it only when it is ours and closed.
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid not in {os.geteuid(), 65534 if os.geteuid() == 0 else -1}:
        raise AulaError("embedded.untrusted", f"{folder} exists and belongs to somebody else.")
    folder.chmod(0o700)
    return folder


def _takes_sockets(folder: Path) -> bool:
    # Some shared and network file systems refuse sockets.
    probe = folder / ".probe"
    with contextlib.suppress(FileNotFoundError):
        probe.unlink()
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.bind(str(probe))
        except OSError:
            return False
    probe.unlink()
    return True
