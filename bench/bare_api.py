"""What the API is compared with: a bare Litestar route, and one that reads one row, on the server that the API runs on."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from litestar import Litestar, get
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import create_async_engine

from bench.loading import free_port, listens
from db.models import Course
from db.session import driver_url

BARE, ROW = "/bare", "/row"
_COURSE = select(*Course.__table__.columns).where(Course.slug == bindparam("slug"))


def app() -> Litestar:
    """The factory for the server; its environment names the database and the slug of the course."""
    engine = create_async_engine(driver_url(os.environ["BENCH_DATABASE_URL"]), pool_size=10)
    slug = os.environ["BENCH_SLUG"]

    @get(BARE)
    async def bare() -> dict[str, str]:
        """Nothing to do."""
        return {"status": "ok"}

    @get(ROW)
    async def row() -> dict[str, Any]:
        """One row by its unique key, in a transaction as SQLAlchemy begins one unless it is told otherwise."""
        async with engine.connect() as connection:
            found = (await connection.execute(_COURSE, {"slug": slug})).one()
        return {"id": found.id, "slug": found.slug, "title": found.title, "summary": found.summary}

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return Litestar([bare, row], openapi_config=None, logging_config=None, lifespan=[life])


@contextmanager
def running(database_url: str, slug: str) -> Iterator[tuple[int, int]]:
    """The server while the context lasts; its process and its port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--loop",
        "uvloop",
        "--http",
        "1",
        "--no-ws",
    ]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", "bench.bare_api:app"],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"BENCH_DATABASE_URL": database_url, "BENCH_SLUG": slug},
    )
    try:
        deadline, pause = time.monotonic() + 60, Event()
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the bare server does not answer")
            pause.wait(0.05)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(30)
