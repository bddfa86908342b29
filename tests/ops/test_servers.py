"""Embedded PostgreSQL and Redis: as whoever runs them, over unclean shutdowns, and reachable by their owner alone."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from core.errors import AulaError
from ops.embedded import postgres as postgres_module
from ops.embedded import redis as redis_module
from ops.embedded import unprivileged
from ops.embedded.forks import ROOT
from ops.embedded.postgres import EmbeddedPostgres
from ops.embedded.processes import is_alive
from ops.embedded.redis import EmbeddedRedis
from ops.embedded.unprivileged import Launcher
from tests.support.wait import wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data directory that everyone may pass through, as /var/lib is."""
    with tempfile.TemporaryDirectory(prefix="aula-servers-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def _sql(database: EmbeddedPostgres, sql: str) -> str:
    command = [database.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c", sql]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout.strip()


def _ways() -> list[str]:
    if os.geteuid() != 0:
        return ["direct"]
    return sorted({"nobody", unprivileged.launcher().how})


@pytest.mark.parametrize("how", _ways())
def test_servers_run_without_privileges(how: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres_module, redis_module):
        monkeypatch.setattr(module, "launcher", lambda: Launcher(how))  # type: ignore[arg-type]
    database, hints = EmbeddedPostgres(folder, durable=False), EmbeddedRedis(folder)
    try:
        database.start()
        hints.start()
        assert _sql(database, "SELECT current_database(), current_setting('listen_addresses')") == "aula|"
        client = redis.Redis.from_url(hints.url)
        assert client.ping()
        client.close()
    finally:
        hints.stop()
        database.stop()
    assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700


def test_postgres_comes_back_over_kill_9_with_what_was_committed(folder: Path) -> None:
    database = EmbeddedPostgres(folder)
    database.start()
    try:
        _sql(database, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        assert database.process is not None
        os.kill(database.process.pid, signal.SIGKILL)
        database.process.wait()
        database.start()
        assert _sql(database, "SELECT n FROM kept") == "7"
    finally:
        database.stop()


def test_redis_comes_back_over_kill_9_and_its_stale_socket(folder: Path) -> None:
    hints = EmbeddedRedis(folder)
    hints.start()
    try:
        assert hints.process is not None
        os.kill(hints.process.pid, signal.SIGKILL)
        hints.process.wait()
        assert hints.socket.exists()
        hints.start()
        assert hints.answers()
    finally:
        hints.stop()


def test_a_postgres_that_outlived_its_owner_is_ended_before_a_new_one_starts(folder: Path) -> None:
    first = EmbeddedPostgres(folder, durable=False)
    first.start()
    assert first.process is not None
    second = EmbeddedPostgres(folder, durable=False)
    try:
        second.start()
        assert first.process.wait(10) == 0
        assert _sql(second, "SELECT 1") == "1"
    finally:
        second.stop()


def test_servers_end_with_their_owner(folder: Path) -> None:
    script = (
        "import sys, pathlib, signal\n"
        "from ops.embedded.postgres import EmbeddedPostgres\n"
        "from ops.embedded.redis import EmbeddedRedis\n"
        "servers = [EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False), EmbeddedRedis(pathlib.Path(sys.argv[1]))]\n"
        "for server in servers: server.start()\n"
        "print(*(server.process.pid for server in servers), flush=True)\n"
        "signal.pause()\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as output:
        pids = [int(word) for word in output.readline().split()]
    assert len(pids) == 2
    owner.kill()
    owner.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of the servers")


def test_data_of_another_major_version_is_refused_with_the_way_out(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(AulaError, match=r"PostgreSQL 15, but this is PostgreSQL 18.*pg_dumpall.*psql"):
        EmbeddedPostgres(folder).start()


def test_a_folder_that_is_no_cluster_is_left_alone(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.txt").write_text("do not touch")
    with pytest.raises(AulaError, match="not a PostgreSQL data directory"):
        EmbeddedPostgres(folder).start()
    assert (folder / "postgres" / "thesis.txt").read_text() == "do not touch"


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    database = EmbeddedPostgres(folder, durable=False)
    try:
        database.start()
        assert _sql(database, "SELECT 1") == "1"
    finally:
        database.stop()
