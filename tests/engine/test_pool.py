"""Connections in the API's pool: taken as they are while they are fresh, tried when they are not, replaced when they broke."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from db import session as module
from db.session import make_engine
from tests.support.wait import eventually

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(settings.database, application_name="test-pool", profile="api")
    yield engine
    await engine.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    found: list[None] = []
    ping = AsyncAdapt_asyncpg_connection.ping

    def counted(self: AsyncAdapt_asyncpg_connection) -> None:
        found.append(None)
        ping(self)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "ping", counted)
    return found


async def _backend(pool: AsyncEngine) -> int:
    async with pool.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_backend_pid()")))


async def test_only_what_has_lain_is_tried(pool: AsyncEngine, clock: list[float], pings: list[None]) -> None:
    backends = {await _backend(pool) for _ in range(3)}
    assert (len(backends), len(pings)) == (1, 0)
    clock[0] += 60
    assert await _backend(pool) in backends
    assert await _backend(pool) in backends
    assert len(pings) == 1


@pytest.mark.parametrize("idle_s", [0.0, 60.0])
async def test_what_broke_in_the_pool_is_replaced(
    pool: AsyncEngine, engine: AsyncEngine, clock: list[float], idle_s: float
) -> None:
    async with pool.connect() as connection:
        before = int(await connection.scalar(text("SELECT pg_backend_pid()")))
        driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
    await eventually(driver.is_closed, "the end of the connection")
    clock[0] += idle_s
    assert await _backend(pool) != before


async def test_a_connection_that_only_a_try_shows_to_be_broken_is_replaced(
    pool: AsyncEngine, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await _backend(pool)

    def broken(_: AsyncAdapt_asyncpg_connection) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "ping", broken)
    clock[0] += 60
    assert await _backend(pool) != before
