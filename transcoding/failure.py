"""Tells from a finished ffmpeg whose fault a failure is: the file's, the machine's, or nobody knows."""

import shutil
import signal
from pathlib import Path
from typing import Any

from core.errors import AulaError, BadMedia, ErrorKind, OutOfResources, Transient
from transcoding.spawn import Finished

_NO_ROOM = ("No space left on device", "Disk quota exceeded")
_TOO_LARGE = "File too large"
# What allocation failures look like under RLIMIT_AS or a full machine. "Invalid data" is not among them: it is checked after.
_NO_MEMORY = (
    "Cannot allocate memory",
    "Out of memory",
    "malloc of size",
    "Resource temporarily unavailable",
    "pthread_create failed",
    "Error allocating",
    "memory allocation",
)
_NO_FRAMES = (
    "Invalid data found when processing input",
    "does not contain any stream",
    "Output file does not contain any stream",
    "matches no streams",
    "Decoder not found",
    "Picture size",
    "Nothing was written into output file",
    "Received no packets",
    "nothing was encoded",
)
# What ffmpeg's decoders say of a damaged picture before they go on.
_DAMAGE = (
    "error while decoding MB",
    "Invalid NAL unit",
    "Error splitting the input into NAL units",
    "decode_slice_header error",
    "concealing ",
    "Error submitting packet to decoder",
    "corrupt decoded frame",
    "Missing reference picture",
)
_LOW_DISK = 8 * 2**20
_LOW_MEMORY = 2**30


def failure_of(finished: Finished, out_dir: Path | None = None) -> AulaError | None:
    """The error that a process that did not do its work should end in; None when its exit code was 0."""
    if finished.returncode == 0:
        return None
    return blame(finished, out_dir)


def has_damage(finished: Finished) -> bool:
    """Whether a decoder complained of the source: ffmpeg's goes on with what it can make out, a player's may not."""
    return any(sign in finished.stderr for sign in _DAMAGE)


def blame(finished: Finished, out_dir: Path | None = None) -> AulaError:
    """The error for a failed or incomplete run. Order matters: a lack of memory also shows as invalid data."""
    detail: dict[str, Any] = {"command": finished.command, "stderr": finished.stderr[-4000:], "returncode": finished.returncode}
    text = finished.stderr
    if finished.returncode == -signal.SIGXFSZ or _TOO_LARGE in text:
        return _own_limit("The output grew beyond what one file may have.", detail)
    if any(sign in text for sign in _NO_ROOM) or _disk_full(out_dir):
        return OutOfResources("media.resources", "There was no room left on the disk.", delay_s=60, **detail)
    if any(sign in text for sign in _NO_MEMORY) or finished.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
        if not _memory_short():
            return _own_limit("It took more memory than one process may have.", detail)
        return OutOfResources("media.resources", "There was not enough memory.", delay_s=60, **detail)
    if any(sign in text for sign in _NO_FRAMES):
        return BadMedia("media.undecodable", "The video could not be decoded; the file may be damaged.", **detail)
    return Transient("transcode.failed", "ffmpeg failed.", **detail)


def _own_limit(message: str, detail: dict[str, Any]) -> AulaError:
    """The limit that was hit is ours and no shortage: the attempt counts, or one file could hold a slot for ever."""
    return OutOfResources("media.resources", message, kind=ErrorKind.TRANSIENT, **detail)


def _memory_short() -> bool:
    """Whether the machine itself is short of memory."""
    try:
        available = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return True
    return int(available.split()[1]) * 1024 < _LOW_MEMORY


def _disk_full(out_dir: Path | None) -> bool:
    return out_dir is not None and out_dir.exists() and shutil.disk_usage(out_dir).free < _LOW_DISK
