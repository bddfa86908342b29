"""Fixtures that every part uses: real PostgreSQL and Redis, settings, sessions, storage, ffmpeg."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from core.settings import Settings
from db.session import make_engine, make_session_factory
from ops.embedded.redis import EmbeddedRedis
from storage import open_storage
from storage.base import Storage
from tests.support.hermetic import close_the_outside
from tests.support.services import TEMPLATE, ServiceHost, ask_for_postgres, with_database
from tests.support.settings import make_settings
from transcoding.tools import Tools, find_tools

# Truncating sixty tables costs 80 ms, whatever is in them: most are empty, and the others small. Foreign keys and the triggers
# that keep the audit log are off for this one transaction.
_EMPTY = """
DO $$
DECLARE
    one regclass;
    used boolean;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO used;
        IF used THEN
            EXECUTE format(CASE WHEN pg_relation_size(one) > 1000000 THEN 'TRUNCATE %s CASCADE' ELSE 'DELETE FROM %s' END, one);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""
_HOST = pytest.StashKey[ServiceHost]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Clear the environment of settings, close the outside, and let the controller host the database server."""
    for name in [name for name in os.environ if name.startswith("AULA_") and not name.startswith("AULA_TEST_")]:
        del os.environ[name]
    close_the_outside()
    if not hasattr(config, "workerinput"):
        config.stash[_HOST] = ServiceHost()
        config.stash[_HOST].start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the controller hosts."""
    if (host := config.stash.get(_HOST, None)) is not None:
        host.stop()


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> str:
    """A migrated database of this xdist worker's own; `engine` empties it before each test."""
    server, name = ask_for_postgres(), f"test_{worker_id}"

    async def create() -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY file_copy')
        finally:
            await connection.close()

    asyncio.run(create())
    return with_database(server, name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this xdist worker's own."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), durable=False)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def settings_with(tmp_path: Path, database_url: str, redis_url: str) -> Callable[..., Settings]:
    """Makes settings for this test's services: `settings_with(lease_s=1.0)`."""

    def make(**values: Any) -> Settings:
        return make_settings(tmp_path, **{"database_url": database_url, "redis_url": redis_url, **values})

    return make


@pytest.fixture
def settings(settings_with: Callable[..., Settings]) -> Settings:
    """Settings for this test's services, quick to react."""
    return settings_with()


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database."""
    engine = make_engine(settings.database, application_name="tests", profile="jobs")
    async with engine.begin() as connection:
        await connection.execute(text(_EMPTY))
    yield engine
    await engine.dispose()


@pytest.fixture
def session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Makes sessions on an empty database."""
    return make_session_factory(engine)


@pytest.fixture
def storage(settings: Settings) -> Storage:
    """A local storage in this test's folder."""
    return open_storage(settings.storage)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """ffmpeg and ffprobe."""
    return find_tools(make_settings(tmp_path_factory.mktemp("tools")).media)
