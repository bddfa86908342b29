"""Deep pages of the catalogue cost what the first one costs: what the database reads is counted, not timed."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.ids import new_id
from db.models import User
from db.queries import catalog
from db.queries.catalog import Filters
from db.session import SessionFactory

COURSES = 20_000
PAGE = 20
_LEVEL = 3
"""Blocks that the way down an index takes."""
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_FILL = """
    INSERT INTO courses (id, owner_id, slug, title, category, state, published_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, :owner, 'course-' || n, 'Course ' || lpad(n::text, 6, '0'),
        'category ' || n % 10, 'published', TIMESTAMPTZ '2025-01-01 00:00Z' + n * INTERVAL '1 second'
    FROM generate_series(1, :count) AS n
"""


@pytest.fixture
async def filled(session_factory: SessionFactory, engine: AsyncEngine) -> SessionFactory:
    """A catalogue of twenty thousand courses."""
    async with session_factory.begin() as session:
        owner = User(id=new_id(), email="owner@example.org", display_name="Owner", roles=["instructor"])
        session.add(owner)
        await session.flush()
        await session.execute(text(_FILL), {"owner": owner.id, "count": COURSES})
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE courses, users"))
    return session_factory


async def _plan(engine: AsyncEngine, factory: SessionFactory, ask: Callable[[AsyncSession], Awaitable[Any]]) -> dict[str, Any]:
    """How the database has answered the statement that `ask` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    async with factory() as session:
        await ask(session)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    ((statement, parameters),) = sent
    async with engine.connect() as connection:
        answer = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        found = answer.scalar_one()
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


def _blocks(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _place(number: int) -> tuple[datetime, UUID]:
    return _EPOCH + timedelta(seconds=number), UUID(int=number)


@pytest.mark.parametrize("filters", [Filters(), Filters(category="category 3")], ids=["all", "category"])
async def test_the_last_page_costs_what_the_first_one_costs(
    engine: AsyncEngine, filled: SessionFactory, filters: Filters
) -> None:
    def newest(before: tuple[datetime, UUID] | None) -> Callable[[AsyncSession], Awaitable[Any]]:
        return lambda session: catalog.newest(session, filters, before=before, limit=PAGE + 1)

    def by_title(after: tuple[str, UUID] | None) -> Callable[[AsyncSession], Awaitable[Any]]:
        return lambda session: catalog.by_title(session, filters, after=after, limit=PAGE + 1)

    deep = COURSES - PAGE * 50
    pairs = [(newest(None), newest(_place(COURSES - deep)))]
    if filters == Filters():
        pairs.append((by_title(None), by_title((f"course {deep:06}", UUID(int=deep)))))
    for first, last in pairs:
        plans = [await _plan(engine, filled, ask) for ask in (first, last)]
        for plan in plans:
            read = [node["Node Type"] for node in _nodes(plan) if node.get("Relation Name") == "courses"]
            assert "Seq Scan" not in read, plan
        assert _blocks(plans[1]) <= 1.2 * _blocks(plans[0]) + _LEVEL
