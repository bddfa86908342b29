"""The whole platform on one machine: PostgreSQL, Redis, migrations, API, dispatcher and worker units, supervised."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ops.embedded import lock
from ops.embedded.children import Child, Unit, default_units, is_http_ready
from ops.embedded.forks import Nursery
from ops.embedded.ports import ReservedPort, base_url, reachable
from ops.embedded.postgres import EmbeddedPostgres
from ops.embedded.redis import EmbeddedRedis
from ops.embedded.secrets import Secrets, load_or_make
from ops.embedded.service import Service
from ops.embedded.supervisor import Stage, Supervisor

if TYPE_CHECKING:
    from ops.embedded.database import DatabaseView

# Where the verbs of `aula` find the running platform of a data directory.
ENV_FILE = "platform.json"
_WORKER_STOP_S = 30.0


class Platform:
    """`with Platform(directory) as platform:` is up inside and gone afterwards.

    Servers named by AULA_DATABASE_URL, AULA_REDIS_URL or AULA_STORAGE_URL are used instead of embedded ones. Other AULA_*
    variables of the environment are handed to all processes, and `env` goes over them.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        units: Sequence[Unit] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """`port` 0 chooses a free one."""
        self.data_dir = data_dir.resolve()
        self.base_url = ""
        self.env: dict[str, str] = {}
        self._address = (host, port)
        self._units = tuple(default_units() if units is None else units)
        self._given = {name: value for name, value in os.environ.items() if name.startswith("AULA_")} | dict(env or {})
        self._held = ExitStack()
        self._supervisor: Supervisor | None = None
        self._secrets: Secrets | None = None

    @property
    def _tls(self) -> bool:
        return bool(self._given.get("AULA_TLS_CERTIFICATE"))

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by name: postgres, redis, api, dispatcher and the worker units."""
        return self._supervisor.processes if self._supervisor else {}

    @property
    def secrets(self) -> Secrets:
        """This directory's secrets; only after `start`."""
        assert self._secrets is not None
        return self._secrets

    def start(self) -> None:
        """Return when the API is ready and every worker unit has been heard of. Raises AulaError saying what is in the way."""
        try:
            self._held.enter_context(lock.exclusive(self.data_dir))
            self._secrets = load_or_make(self.data_dir)
            port = ReservedPort(*self._address)
            self._held.callback(port.release)
            self.base_url = base_url(self._address[0], port.number, tls=self._tls)
            self._nursery = Nursery(self.data_dir / "logs" / "nursery.log")
            servers = self._servers()
            self.env = self._make_env(port.number, servers)
            self._supervisor = Supervisor(self._stages(servers, port.number), self._on_death)
            self._supervisor.start()
            self._publish_env()
        except BaseException:
            self._held.close()
            raise

    def stop(self) -> None:
        """Stop everything that was started; harmless when nothing runs."""
        if self._supervisor is not None:
            (self.data_dir / ENV_FILE).unlink(missing_ok=True)
            self._supervisor.stop()
            self._supervisor = None
        self._held.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _servers(self) -> list[Service]:
        servers: list[Service] = []
        if "AULA_DATABASE_URL" not in self._given:
            servers.append(EmbeddedPostgres(self.data_dir))
        if "AULA_REDIS_URL" not in self._given:
            servers.append(EmbeddedRedis(self.data_dir))
        return servers

    def _make_env(self, port: int, servers: Sequence[Service]) -> dict[str, str]:
        urls = {type(server): server.url for server in servers if isinstance(server, EmbeddedPostgres | EmbeddedRedis)}
        own = {
            "AULA_DATA_DIR": str(self.data_dir),
            "AULA_DATABASE_URL": urls.get(EmbeddedPostgres, ""),
            "AULA_REDIS_URL": urls.get(EmbeddedRedis, ""),
            "AULA_STORAGE_URL": (self.data_dir / "objects").as_uri(),
            "AULA_SECRET_KEY": self.secrets.secret_key,
            "AULA_SIGNING_KEYS": self.secrets.signing_keys,
            "AULA_INSTANCE_ID": self.secrets.instance_id,
            "AULA_PUBLIC_URL": self.base_url,
            "AULA_SIGNUP_ROLES": json.dumps(["learner", "instructor"]),
            "AULA_COURSE_REVIEW": "off",
        }
        fixed = {"AULA_HOST": self._address[0], "AULA_PORT": str(port), "AULA_DATA_DIR": str(self.data_dir)}
        return {**own, **self._given, **fixed}

    def _stages(self, servers: Sequence[Service], port: int) -> list[Stage]:
        host = reachable(self._address[0])
        children = [
            self._child("api", ["api"], lambda _: is_http_ready(host, port, tls=self._tls), 10.0),
            self._child("dispatcher", ["dispatcher"], lambda _: True, 10.0),
            *(self._child(unit.name, _arguments(unit), self._is_registered, _WORKER_STOP_S) for unit in self._units),
        ]
        return [
            Stage([self._nursery, *servers], meanwhile=self._open_database),
            Stage(children, prepare=self._migrate),
        ]

    def _open_database(self) -> None:
        # Importing SQLAlchemy and Alembic takes as long as the servers take to come up.
        self._database: DatabaseView = import_module("ops.embedded.database").DatabaseView(self.env["AULA_DATABASE_URL"])

    def _migrate(self) -> None:
        self._database.migrate()

    def _is_registered(self, pid: int) -> bool:
        return self._database.has_worker(pid)

    def _child(self, name: str, arguments: Sequence[str], is_ready: Callable[[int], bool], stop_s: float) -> Child:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AULA_")} | self.env
        log_file = self.data_dir / "logs" / f"{name}.log"
        return Child(name, self._nursery, arguments, env=env, log=log_file, is_ready=is_ready, stop_s=stop_s)

    def _on_death(self, service: Service, pid: int) -> None:
        if service.name in {unit.name for unit in self._units}:
            self._database.expire_leases(pid)

    def _publish_env(self) -> None:
        path = self.data_dir / ENV_FILE
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self.env, file, indent=2)


def _arguments(unit: Unit) -> list[str]:
    return ["worker", "--slots", str(unit.slots), *(part for queue in unit.queues for part in ("--queue", queue.value))]
