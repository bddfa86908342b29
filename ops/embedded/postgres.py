"""An embedded PostgreSQL: the wheel's binaries, a life cycle of our own, reachable by a unix socket in a 0700 folder only."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from core.errors import AulaError
from ops.embedded import processes
from ops.embedded.binaries import POSTGRES_MAJOR, postgres_install
from ops.embedded.service import Service
from ops.embedded.sockets import socket_dir
from ops.embedded.unprivileged import launcher

_PORT = 5432
_USER = "aula"
_STALE_S = 15.0
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(Service):
    """One PostgreSQL server with its data in `data_dir/postgres`.

    Who may reach the socket's folder is trusted, there is no TCP port. `durable=False` trades safety over a crash of the
    machine for speed (tests). The caller makes sure that one owner at a time uses `data_dir`.
    """

    # Ends clients at once; SIGTERM would wait for them.
    stop_signal = signal.SIGINT

    def __init__(self, data_dir: Path, *, durable: bool = True, options: Mapping[str, str] | None = None) -> None:
        """`options` are PostgreSQL settings that go over our own."""
        super().__init__("postgres", data_dir.resolve() / "logs" / "postgres.log")
        self.folder = data_dir.resolve() / "postgres"
        self.sockets = socket_dir(data_dir)
        self._durable = durable
        self._options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "port": str(_PORT),
            "shared_buffers": "256MB" if durable else "64MB",
            "max_connections": "150",
            "max_wal_size": "2GB",
            "log_timezone": "UTC",
            "timezone": "UTC",
            **({} if durable else _NOT_DURABLE),
            **(options or {}),
        }
        self._bin: Path | None = None

    @property
    def url(self) -> str:
        """The URL for clients."""
        return self.url_of("aula")

    def url_of(self, database: str) -> str:
        """The URL of another database on this server."""
        return f"postgresql://{_USER}@/{quote(database)}?host={quote(str(self.sockets), safe='/')}"

    @property
    def bin(self) -> Path:
        """The folder of `postgres`, `initdb`, `psql`, `pg_dump`."""
        if self._bin is None:
            self._bin = launcher().install(postgres_install()) / "bin"
        return self._bin

    def launch(self) -> int:
        """Start the server, over an unclean shutdown too; the first time, make the cluster."""
        if not self.folder.exists():
            self._initialise()
        self._check_version()
        self._clear_stale()
        launcher().own(self.sockets)
        settings = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        self.process = processes.spawn(
            launcher().argv([self.bin / "postgres", "-D", self.folder, *settings]),
            log=self.log,
            env=_environment(),
            death_signal=self.stop_signal,
            user=launcher().user,
        )
        return self.process.pid

    def answers(self) -> bool:
        """Whether the server accepts connections now."""
        command: list[str | Path] = [self.bin / "pg_isready", "-q", "-d", self.url]
        return subprocess.run(command, env=_environment(), check=False, capture_output=True).returncode == 0

    def _initialise(self) -> None:
        # Made beside and renamed: a folder named `postgres` is always a whole cluster.
        fresh = self.folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        launcher().own(fresh)
        initdb: list[str | Path] = [
            self.bin / "initdb",
            "-D",
            fresh,
            "-U",
            _USER,
            "-E",
            "UTF8",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run([*initdb, *locale, *([] if self._durable else ["--no-sync"])])
        self._run([self.bin / "postgres", "--single", "-D", fresh, "postgres"], feed=b"CREATE DATABASE aula;\n")
        fresh.replace(self.folder)

    def _run(self, command: Sequence[str | Path], feed: bytes = b"") -> None:
        done = subprocess.run(
            launcher().argv(command),
            input=feed,
            env=_environment(),
            capture_output=True,
            check=False,
            user=launcher().user,
            group=launcher().user,
            extra_groups=None if launcher().user is None else [],
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise AulaError("embedded.initdb", f"{Path(command[0]).name} failed: {said}")

    def _check_version(self) -> None:
        try:
            found = (self.folder / "PG_VERSION").read_text().strip()
        except OSError as error:
            message = f"{self.folder} exists but is not a PostgreSQL data directory ({error})."
            raise AulaError("embedded.not_a_cluster", message) from error
        if found != str(POSTGRES_MAJOR):
            raise AulaError(
                "embedded.postgres_version",
                f"{self.folder} was written by PostgreSQL {found}, but this is PostgreSQL {POSTGRES_MAJOR}. With the programs "
                f"of PostgreSQL {found}: start it on that folder, run `pg_dumpall -h SOCKETDIR -U {_USER} > aula.sql`, stop it "
                "and move the folder away. Then start Aula once, so that it makes a new folder, and run "
                f"`psql -X -d '{self.url_of('postgres')}' -f aula.sql`.",
            )

    def _clear_stale(self) -> None:
        """After kill -9 of the supervisor or of the postmaster: end what lives on, then remove the lock files.

        PostgreSQL's own check goes by process ids, and after a reboot (or in a container) those may be anybody's. A backend
        that outlived its postmaster must be gone before a new one starts, or two would write the same files. A postmaster
        ends its own children: to its checkpointer, SIGINT means that all others have gone already (PostgreSQL 18). So
        where the postmaster is dead, its children get SIGQUIT, and recovery does the rest.
        """
        for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            living = _working_in(self.folder)
            heads = _parentless(living)
            if sig == signal.SIGINT and not len(heads) == 1 < len(living):
                continue
            for pid in living if sig == signal.SIGKILL else heads:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sig)
            if processes.wait_until(lambda: not _working_in(self.folder), _STALE_S):
                break
        for stale in ("postmaster.pid", self.sockets / f".s.PGSQL.{_PORT}", self.sockets / f".s.PGSQL.{_PORT}.lock"):
            (self.folder / stale).unlink(missing_ok=True)


def _working_in(folder: Path) -> list[int]:
    """Live postgres processes with `folder` as their working directory: a postmaster and its children."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if not entry.name.isdigit() or (entry / "cwd").readlink() != folder:
                continue
            if (entry / "exe").readlink().name == "postgres" and processes.is_alive(int(entry.name)):
                found.append(int(entry.name))
    return sorted(found)


def _parentless(pids: Sequence[int]) -> list[int]:
    """Those of them whose parent is none of them."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: the state, then the parent.
            if int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) not in pids:
                found.append(pid)
    return found


def _environment() -> dict[str, str]:
    # PG* variables of the caller's must not steer our server or its tools.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
