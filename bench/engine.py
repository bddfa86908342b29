"""The job engine alone: from commit to actor, and jobs per second beside bare Dramatiq messages."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from threading import Event
from typing import IO

from sqlalchemy.ext.asyncio import AsyncSession

from bench.bare import drain_rate
from bench.pipeline import unfinished_jobs
from bench.report import Table
from bench.toy_worker import NOTHING, Nothing
from core.jobs import JobRequest, PauseScope, Queue
from core.settings import DatabaseSettings
from db import jobs
from db.session import SessionFactory, make_engine, make_session_factory
from ops.embedded.platform import Platform

SLOTS = 8
_BATCH = 500


@contextmanager
def _worker(platform: Platform) -> Iterator[IO[str]]:
    """A toy unit on the platform's services; yields what it prints."""
    command = [sys.executable, "-m", "bench.toy_worker", str(SLOTS)]
    with (platform.data_dir / "logs" / "bench-worker.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], env=os.environ | platform.env, stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


@asynccontextmanager
async def _sessions(platform: Platform) -> AsyncIterator[SessionFactory]:
    settings = DatabaseSettings(database_url=platform.env["AULA_DATABASE_URL"])
    engine = make_engine(settings, application_name="bench", profile="api")
    try:
        yield make_session_factory(engine)
    finally:
        await engine.dispose()


async def _latencies(platform: Platform, said: IO[str], count: int) -> list[float]:
    """Seconds from the commit of one job to the first line of its work, on an idle engine."""
    found = []
    async with _sessions(platform) as sessions:
        for number in range(1, count + 1):
            async with sessions.begin() as session:
                await jobs.add(session, JobRequest(NOTHING, Nothing(number)))
            committed = time.monotonic()
            line = await asyncio.to_thread(said.readline)
            found.append(json.loads(line)["at"] - committed)
    return found


async def _fill(session: AsyncSession, count: int) -> None:
    for start in range(0, count, _BATCH):
        batch = [JobRequest(NOTHING, Nothing()) for _ in range(min(_BATCH, count - start))]
        await jobs.add_many(session, batch)


async def _release(platform: Platform, count: int) -> float:
    """Commit `count` jobs behind a pause, then lift it; returns the moment of that."""
    async with _sessions(platform) as sessions:
        async with sessions.begin() as session:
            await jobs.pause(session, PauseScope.QUEUE, Queue.DEFAULT.value, "bench")
        async with sessions.begin() as session:
            await _fill(session, count)
        async with sessions.begin() as session:
            await jobs.resume(session, PauseScope.QUEUE, Queue.DEFAULT.value)
        return time.monotonic()


def _drain_rate(platform: Platform, count: int) -> float:
    """Jobs per second that the engine completes out of `count` that lie ready: dispatch, claim, work, complete."""
    began, pause = asyncio.run(_release(platform, count)), Event()
    while unfinished_jobs(platform.env["AULA_DATABASE_URL"]):
        pause.wait(0.05)
    return count / (time.monotonic() - began)


def run(folder: Path, rounds: int, count: int = 3_000) -> list[Table]:
    """Latency, and throughput in interleaved rounds."""
    with Platform(folder, units=()) as platform:
        with _worker(platform) as said:
            asyncio.run(_latencies(platform, said, 5))
            waits = sorted(asyncio.run(_latencies(platform, said, 100)))
            engine, bare = [], []
            for _ in range(rounds):
                engine.append(_drain_rate(platform, count))
                bare.append(drain_rate(platform.env["AULA_REDIS_URL"], count, SLOTS))
    latency = Table("From commit to actor, idle engine, 100 jobs one by one", ("", "median ms", "p95 ms", "max ms"))
    latency.add("engine", *(f"{value * 1000:.1f}" for value in (median(waits), waits[94], waits[-1])))
    rate = Table(f"Jobs that do nothing, {count} ready, {SLOTS} slots, medians of {rounds}", ("", "per second"))
    rate.add("engine: dispatched, claimed, completed in PostgreSQL", f"{median(engine):.0f}")
    rate.add("bare dramatiq messages: nothing recorded", f"{median(bare):.0f}")
    rate.add("ratio", f"{median(engine) / median(bare):.2f}")
    return [latency, rate]
