"""Worker processes that are killed, frozen or stopped; PostgreSQL and Redis that go away and come back."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.settings import Settings
from db import jobs
from db.migrate import upgrade
from db.session import make_engine, make_session_factory
from ops.embedded.postgres import EmbeddedPostgres
from ops.embedded.redis import EmbeddedRedis
from storage.base import Storage
from tests.engine.live import LiveEngine
from tests.engine.toys import put, row
from tests.support.settings import make_settings
from tests.support.wait import eventually

_NOWHERE = "postgresql://nobody@/none?host=/nonexistent"

# Processes take their time to start on a busy machine.
pytestmark = pytest.mark.timeout(300)


class Processes:
    """Unit processes of one test, which share a folder."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self._values = folder / "settings.json"
        values = {"database_url": settings.database.database_url, "redis_url": settings.redis.redis_url}
        self._values.write_bytes(msgspec.json.encode(values))
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a unit."""
        command = [sys.executable, "-m", "tests.engine.unit_process", str(self._values), str(self.folder)]
        process = subprocess.Popen(command)
        self._all.append(process)
        return process

    def runs(self, name: str) -> int:
        """How often a toy of that name has been begun."""
        return len(list(self.folder.glob(f"{name}.*")))

    async def begun(self, name: str, times: int = 1) -> None:
        """Wait for that."""
        await eventually(lambda: self.runs(name) >= times, f"{name} has begun {times} times", 120.0)

    async def ended(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for the process's end; its exit code."""
        return await asyncio.to_thread(process.wait, 120.0)

    def end_all(self) -> None:
        """End those that still live."""
        for process in self._all:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


@pytest.fixture
async def processes(tmp_path: Path, settings: Settings) -> AsyncIterator[Processes]:
    """Starts unit processes."""
    folder = tmp_path / "processes"
    folder.mkdir()
    started = Processes(folder, settings)
    yield started
    started.end_all()


async def test_the_job_of_a_killed_worker_is_done_by_another(live: LiveEngine, processes: Processes) -> None:
    await live.dispatcher()
    first = processes.start()
    (job_id,) = await put(live.sessions, "wait")
    await processes.begun("wait")
    first.kill()
    await processes.ended(first)
    (processes.folder / "gate").touch()
    processes.start()
    await live.until("completed", job_id)
    job = await row(live.sessions, job_id)
    assert (job.attempt, job.crashes, job.errors[0]["code"]) == (2, 1, "jobs.worker_lost")


async def test_a_worker_seen_to_die_gives_its_job_up_at_once(live: LiveEngine, processes: Processes) -> None:
    """The lease is far from over: the supervisor's word is enough."""
    await live.dispatcher(rescue_interval_s=3600.0)
    first = processes.start()
    (job_id,) = await put(live.sessions, "wait")
    await processes.begun("wait")
    first.kill()
    await processes.ended(first)
    async with live.sessions.begin() as session:
        assert await jobs.expire_leases(session, socket.gethostname(), first.pid) == [job_id]
    await live.until("available", job_id)


async def test_a_frozen_worker_finds_its_job_taken_and_writes_nothing(live: LiveEngine, processes: Processes) -> None:
    await live.dispatcher()
    frozen = processes.start()
    (job_id,) = await put(live.sessions, "wait")
    await processes.begun("wait")
    os.kill(frozen.pid, signal.SIGSTOP)
    (processes.folder / "gate").touch()
    processes.start()
    await live.until("completed", job_id)
    os.kill(frozen.pid, signal.SIGCONT)
    # Its work ends now; a unit stops only when its steps have come through their endings.
    frozen.terminate()
    assert await processes.ended(frozen) == 0
    job = await row(live.sessions, job_id)
    assert (job.attempt, job.state) == (2, "completed")
    await processes.begun("child-of-attempt-2")
    await live.all_done(2)
    assert processes.runs("child-of-attempt-1") == 0


async def test_a_job_that_kills_its_worker_is_discarded_after_three_runs_and_others_flow(
    live: LiveEngine, processes: Processes
) -> None:
    await live.dispatcher()
    (poison,) = await put(live.sessions, "poison")
    for run in range(1, 4):
        victim = processes.start()
        await processes.begun("poison", run)
        assert await processes.ended(victim) == -signal.SIGKILL
        async with live.sessions.begin() as session:
            await jobs.expire_leases(session, socket.gethostname(), victim.pid)
    await live.until("discarded", poison)
    processes.start()
    (other,) = await put(live.sessions, "other")
    await live.until("completed", other)
    assert processes.runs("poison") == 3


async def test_sigterm_ends_a_process_in_order(live: LiveEngine, processes: Processes) -> None:
    await live.dispatcher()
    process = processes.start()
    (job_id,) = await put(live.sessions, "a")
    await live.until("completed", job_id)
    process.terminate()
    assert await processes.ended(process) == 0


@pytest.fixture
async def own_servers(tmp_path: Path, storage: Storage) -> AsyncIterator[tuple[LiveEngine, EmbeddedPostgres, EmbeddedRedis]]:
    """An engine on a PostgreSQL and a Redis of its own, which the test may stop."""
    postgres, redis = EmbeddedPostgres(tmp_path, durable=True), EmbeddedRedis(tmp_path, durable=False)
    await asyncio.to_thread(postgres.start)
    await asyncio.to_thread(redis.start)
    upgrade(postgres.url)

    def settings_with(**values: Any) -> Settings:
        return make_settings(tmp_path, **{"database_url": postgres.url, "redis_url": redis.url, "lease_s": 30.0, **values})

    # The `api` profile tries connections before use: the test itself must not stumble over the outage.
    database = make_engine(settings_with().database, application_name="tests", profile="api")
    live = LiveEngine(settings_with, make_session_factory(database), storage, tmp_path)
    yield live, postgres, redis
    await live.stop()
    await database.dispose()
    await asyncio.to_thread(redis.stop)
    await asyncio.to_thread(postgres.stop)


async def test_a_result_is_not_lost_while_postgresql_is_away(
    own_servers: tuple[LiveEngine, EmbeddedPostgres, EmbeddedRedis],
) -> None:
    live, postgres, _ = own_servers
    await live.start()
    (parent,) = await put(live.sessions, "wait")
    await live.entered()
    await asyncio.to_thread(postgres.stop)
    live.diary.gate.set()
    await asyncio.to_thread(postgres.start)
    await live.until("completed", parent)
    job = await row(live.sessions, parent)
    assert (job.attempt, job.crashes) == (1, 0)
    (after,) = await put(live.sessions, "parent")
    await live.until("completed", after)
    assert live.diary.lines.count(("wait", 1)) == 1


async def test_redis_may_go_away_and_come_back_empty(own_servers: tuple[LiveEngine, EmbeddedPostgres, EmbeddedRedis]) -> None:
    live, _, redis = own_servers
    await live.start()
    (running,) = await put(live.sessions, "wait")
    await live.entered()
    await asyncio.to_thread(redis.stop)
    live.diary.gate.set()
    await live.until("completed", running)
    waiting = await put(live.sessions, *(str(n) for n in range(10)))
    await asyncio.to_thread(redis.start)
    await live.until("completed", *waiting)
    assert len(live.diary.lines) == 11


async def test_a_worker_that_waits_for_its_database_still_hears_sigterm(tmp_path: Path, settings: Settings) -> None:
    away = settings.model_copy(update={"database": settings.database.model_copy(update={"database_url": _NOWHERE})})
    processes = Processes(tmp_path, away)
    try:
        process = processes.start()
        await eventually(lambda: list((tmp_path / str(process.pid)).glob("scratch/jobs/*")), "it has begun to start", 120.0)
        process.terminate()
        assert await processes.ended(process) == 0
    finally:
        processes.end_all()
