"""What `aula doctor` looks at: versions, services reached, ffmpeg's abilities, sandbox strength, free disk."""

import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import redis

from core.errors import AulaError
from core.settings import MediaSettings, Settings
from gateways.mail import captured_mail, open_mail
from ops.embedded.binaries import postgres_install, redis_server
from ops.embedded.unprivileged import launcher
from storage import open_storage
from storage.base import Storage
from transcoding.tools import Tools, find_tools

_PACKAGES = ("litestar", "granian", "dramatiq", "sqlalchemy", "asyncpg", "redis", "boto3", "ffmpeg-python")
_ENCODERS = {"libx264": True, "aac": True, "mjpeg": True, "libsvtav1": False, "libopus": False}
_FILTERS = {"scale": True, "split": True, "loudnorm": True, "aresample": True, "bwdif": True, "tile": True, "tonemap": False}
_LITTLE_DISK, _TOO_LITTLE_DISK = 10 * 2**30, 2**30


class Level(StrEnum):
    """How well a check went; the whole's is the worst."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True):
    """One line of the diagnosis."""

    topic: str
    level: Level
    detail: str


def examine(settings: Settings | None, data_dir: Path, database_version: Callable[[], str]) -> Iterator[Finding]:
    """Every finding; `settings` is None when no platform runs, and then embedded binaries are looked at instead of services."""
    yield from _versions()
    if settings is None:
        yield from _embedded()
    else:
        yield _attempt("PostgreSQL", database_version)
        yield _attempt("Redis", lambda: _redis_version(settings.redis.redis_url))
        yield _attempt("storage", lambda: _try_storage(open_storage(settings.storage)))
        yield _mail(settings)
    yield from _media(settings.media if settings else MediaSettings())
    yield _disk(data_dir)


def _attempt(topic: str, find_out: Callable[[], str]) -> Finding:
    try:
        return Finding(topic, Level.OK, find_out())
    except (AulaError, OSError, redis.RedisError, subprocess.SubprocessError) as error:
        return Finding(topic, Level.FAILED, str(error))


def _mail(settings: Settings) -> Finding:
    try:
        open_mail(settings)
    except AulaError as error:
        return Finding("mail", Level.FAILED, str(error))
    if captured_mail(settings) is None:
        return Finding("mail", Level.OK, "is sent by SMTP")
    # On a machine that only its own people reach there is nobody who waits for mail.
    here = urlsplit(settings.api.public_url).hostname in ("127.0.0.1", "localhost", "::1")
    return Finding("mail", Level.OK if here else Level.WARNING, "is kept as files, and nobody gets any (AULA_MAIL_URL)")


def _versions() -> Iterator[Finding]:
    yield Finding("Python", Level.OK, f"{platform.python_version()} on {platform.platform()}")
    for name in ("aula", *_PACKAGES):
        try:
            yield Finding(name, Level.OK, version(name))
        except PackageNotFoundError:
            yield Finding(name, Level.WARNING if name == "aula" else Level.FAILED, "not installed")


def _embedded() -> Iterator[Finding]:
    yield _attempt("embedded PostgreSQL", lambda: _first_line([postgres_install() / "bin" / "postgres", "--version"]))
    yield _attempt("embedded Redis", lambda: _first_line([redis_server(), "--version"]))
    how = launcher().how
    words = {
        "direct": "run as this ordinary user",
        "userns": "run by root inside a user namespace, without privileges",
        "nobody": "user namespaces are forbidden: root runs PostgreSQL as nobody, who must be able to reach the data directory",
    }
    yield Finding("privileges", Level.WARNING if how == "nobody" else Level.OK, words[how])


def _redis_version(url: str) -> str:
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        facts: dict[str, object] = client.info("server")
    finally:
        client.close()
    return f"{facts['redis_version']} answers"


def _try_storage(storage: Storage) -> str:
    key = "doctor/probe"
    storage.put_bytes(key, b"aula")
    same = storage.read_bytes(key) == b"aula"
    storage.delete(key)
    if not same:
        raise AulaError("storage.damaged", "What was written does not come back.")
    return "writes, reads and deletes"


def _media(settings: MediaSettings) -> Iterator[Finding]:
    try:
        tools = find_tools(settings)
        yield Finding(
            "ffmpeg", Level.OK, f"{_first_line([tools.ffmpeg, '-version']).partition(' Copyright')[0]} at {tools.ffmpeg}"
        )
        yield _abilities(tools, "encoders", _ENCODERS)
        yield _abilities(tools, "filters", _FILTERS)
    except (AulaError, OSError, subprocess.SubprocessError) as error:
        what = "sandbox" if isinstance(error, AulaError) and error.code == "tools.no_sandbox" else "ffmpeg"
        yield Finding(what, Level.FAILED, str(error))
        return
    if tools.bwrap is not None:
        yield Finding("sandbox", Level.OK, "bubblewrap: no network, read-only system, one writable folder")
    else:
        yield Finding("sandbox", Level.WARNING, "own process group and resource limits only; install bubblewrap for more")


def _abilities(tools: Tools, what: str, wanted: dict[str, bool]) -> Finding:
    listed = {word for line in _output([tools.ffmpeg, "-hide_banner", f"-{what}"]).splitlines() for word in line.split()[1:2]}
    missing = [name for name in wanted if name not in listed]
    if not missing:
        return Finding(f"ffmpeg {what}", Level.OK, ", ".join(wanted))
    level = Level.FAILED if any(wanted[name] for name in missing) else Level.WARNING
    return Finding(f"ffmpeg {what}", level, f"missing: {', '.join(missing)}")


def _disk(data_dir: Path) -> Finding:
    folder = next(path for path in (data_dir.resolve(), *data_dir.resolve().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    level = Level.OK if free >= _LITTLE_DISK else Level.WARNING if free >= _TOO_LITTLE_DISK else Level.FAILED
    return Finding("free disk", level, f"{free / 2**30:.1f} GiB below {folder}")


def _output(command: list[str | Path]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20, stdin=subprocess.DEVNULL).stdout


def _first_line(command: list[str | Path]) -> str:
    return _output(command).splitlines()[0]
