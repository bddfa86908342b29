"""A live engine for tests: a dispatcher on the test's loop and worker units in threads, over real PostgreSQL and Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from core.settings import Settings
from db.session import SessionFactory
from storage.base import Storage
from tests.engine.live import LiveEngine


@pytest.fixture
async def fresh_redis(redis_url: str) -> AsyncIterator["redis.asyncio.Redis"]:
    """An empty Redis."""
    client = redis.asyncio.Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def live(
    settings_with: Callable[..., Settings],
    session_factory: SessionFactory,
    storage: Storage,
    fresh_redis: Any,
    tmp_path: Path,
) -> AsyncIterator[LiveEngine]:
    """The engine, nothing of it started yet; everything that was started is stopped at the end."""
    engine = LiveEngine(settings_with, session_factory, storage, tmp_path)
    yield engine
    await asyncio.shield(engine.stop())
