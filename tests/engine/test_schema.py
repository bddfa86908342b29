"""The migrated schema is the models', and its checks hold a job's states and timestamps together."""

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.settings import Settings
from db.migrate import alembic_config, upgrade
from db.models import Base
from db.session import SessionFactory
from tests.engine.toys import put

_WHAT = {
    "columns": """SELECT table_name, column_name, udt_name, is_nullable, column_default, character_maximum_length
        FROM information_schema.columns WHERE table_schema = :schema AND table_name <> 'alembic_version' ORDER BY 1, 2""",
    "indexes": """SELECT tablename, indexname, replace(indexdef, :schema || '.', '') FROM pg_indexes
        WHERE schemaname = :schema AND tablename <> 'alembic_version' ORDER BY 1, 2""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = CAST(:schema AS regnamespace) AND contype <> 'n' AND conname <> 'alembic_version_pkc'
        ORDER BY 2""",
    "enums": """SELECT typname, enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
        WHERE typnamespace = CAST(:schema AS regnamespace) ORDER BY 1, e.enumsortorder""",
}


async def test_the_migrations_make_what_the_models_say(engine: AsyncEngine) -> None:
    migrated = await _describe(engine, "public")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA from_models"))
        await connection.execute(text("SET LOCAL search_path = from_models"))
        await connection.run_sync(Base.metadata.create_all)
    try:
        modelled = await _describe(engine, "from_models")
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA from_models CASCADE"))
    for what in _WHAT:
        assert migrated[what] == modelled[what], what


def test_a_migrated_database_needs_nothing_more(settings: Settings) -> None:
    upgrade(settings.database.database_url)
    command.check(alembic_config(settings.database.database_url))


@pytest.mark.parametrize(
    "change",
    [
        "state = 'running'",
        "state = 'completed'",
        "lease_until = now()",
        "token = gen_random_uuid()",
        "finished_at = now()",
        "attempt = max_attempts + 1",
        "progress = 1.5",
        "state = 'waiting', dispatched_at = now()",
    ],
)
async def test_states_and_timestamps_agree(session_factory: SessionFactory, change: str) -> None:
    await put(session_factory, "a")
    async with session_factory() as session:
        with pytest.raises(IntegrityError, match="violates check constraint"):
            await session.execute(text(f"UPDATE jobs SET {change}"))


async def _describe(engine: AsyncEngine, schema: str) -> dict[str, list[tuple[object, ...]]]:
    async with engine.connect() as connection:
        await connection.execute(text(f"SET search_path = {schema}"))
        return {what: await _rows(connection, query, schema) for what, query in _WHAT.items()}


async def _rows(connection: AsyncConnection, query: str, schema: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute(text(query), {"schema": schema})]
