"""The audit log: admins read it page by page, and nobody changes it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.services import Services
from core.ids import new_id
from db.models import AuditEntry
from domain import audit
from domain.policies import Actor
from tests.api.conftest import problem_of
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
AUDIT = "/api/v1/audit"


@pytest.fixture
async def admin(sign_in: SignIn) -> Person:
    return await sign_in("admin", name="admin")


async def _note(services: Services, actor: UUID | None, action: str, subject: UUID | None = None, **detail: Any) -> None:
    async with services.sessions.begin() as session:
        await audit.note(
            session, Actor(actor, frozenset()) if actor else None, action, action.partition(".")[0], subject, **detail
        )


async def _actions(client: AsyncClient, admin: Person, query: dict[str, str]) -> list[str]:
    """What the query finds of the entries that these tests write, oldest first."""
    answer = await client.get(AUDIT, params=query, headers=admin.auth)
    assert answer.status_code == 200, answer.text
    return [entry["action"] for entry in reversed(answer.json()["items"]) if entry["subjectType"] in ("course", "product")]


async def test_admins_find_who_did_what_by_every_filter(client: AsyncClient, services: Services, admin: Person) -> None:
    course, other = new_id(), new_id()
    await _note(services, admin.id, "course.published", course, slug="history")
    await _note(services, None, "course.archived", course)
    await _note(services, new_id(), "product.made", other)
    whole = (await client.get(AUDIT, params={"subjectId": str(course)}, headers=admin.auth)).json()
    newest, oldest = whole["items"]
    assert (newest["action"], newest["actorId"], newest["actorName"]) == ("course.archived", None, None)
    assert (oldest["actorId"], oldest["actorName"], oldest["detail"]) == (str(admin.id), "admin", {"slug": "history"})
    everything = ["course.published", "course.archived", "product.made"]
    moment = oldest["at"]
    past = (services.clock() - timedelta(days=1)).isoformat()
    for query, expected in [
        ({}, everything),
        ({"actorId": str(admin.id)}, everything[:1]),
        ({"subjectType": "course"}, everything[:2]),
        ({"subjectId": str(other)}, everything[2:]),
        ({"action": "course.archived"}, everything[1:2]),
        ({"from": past}, everything),
        ({"to": past}, []),
        ({"from": moment}, everything),
        ({"to": moment}, []),
        ({"from": moment, "subjectType": "product"}, everything[2:]),
        ({"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, everything),
        ({"from": "2020-01-01T00:00:00"}, everything),
    ]:
        assert await _actions(client, admin, query) == expected, query


async def test_the_log_comes_in_pages_without_gaps(client: AsyncClient, services: Services, admin: Person) -> None:
    subject = new_id()
    for number in range(5):
        await _note(services, None, "course.published", subject, number=number)
    seen: list[int] = []
    query = {"subjectId": str(subject), "limit": "2"}
    while True:
        page = (await client.get(AUDIT, params=query, headers=admin.auth)).json()
        assert len(page["items"]) <= 2
        seen += [entry["detail"]["number"] for entry in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("roles", "status", "code"),
    [((), 401, "auth.required"), (("learner", "instructor", "operator"), 403, "auth.role_missing")],
)
async def test_nobody_else_reads_it(
    client: AsyncClient, sign_in: SignIn, roles: tuple[str, ...], status: int, code: str
) -> None:
    headers = (await sign_in(*roles)).auth if roles else {}
    answer = await client.get(AUDIT, headers=headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)


@pytest.mark.parametrize(
    "query",
    [
        "actorId=x",
        "from=0",
        "to=2020-01-01",
        "subjectType=user%0A",
        "from=yesterday",
        "action=A",
        "subjectType=a.b",
        "cursor=1",
        "limit=0",
        "limit=101",
    ],
)
async def test_odd_filters_are_refused(client: AsyncClient, admin: Person, query: str) -> None:
    answer = await client.get(f"{AUDIT}?{query}", headers=admin.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")


@pytest.mark.parametrize("statement", [update(AuditEntry).values(action="nothing.happened"), delete(AuditEntry)])
async def test_the_database_lets_nobody_change_or_remove_an_entry(
    session_factory: async_sessionmaker[AsyncSession], statement: Any
) -> None:
    async with session_factory.begin() as session:
        await audit.note(session, None, "course.published", "course", new_id())
    with pytest.raises(DBAPIError, match="append-only"):
        async with session_factory.begin() as session:
            await session.execute(statement)
