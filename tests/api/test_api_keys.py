"""Keys for scripts: what they open, what they do not, and when they stop."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from api.services import Services
from core.ids import new_id
from db.models import ApiKey, AuditEntry, User
from domain.policies import Scope
from tests.api.conftest import problem_of
from tests.support.people import Person

KEYS = "/api/v1/users/me/api-keys"
ASSETS = "/api/v1/assets"
SignIn = Callable[..., Awaitable[Person]]


async def _make(client: AsyncClient, person: Person, *scopes: str, **more: Any) -> dict[str, Any]:
    body = {"name": "Nightly upload", "scopes": scopes or ["media:read"], **more}
    answer = await client.post(KEYS, json=body, headers=person.auth)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _use(client: AsyncClient, key: str, method: str = "GET", path: str = ASSETS) -> tuple[int, str]:
    body = {"title": "Another title"} if method == "PATCH" else None
    answer = await client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
    return answer.status_code, "" if answer.status_code < 400 else problem_of(answer)["code"]


INVALID = (401, "auth.key_invalid")


async def test_a_key_is_shown_once_and_acts_for_its_owner(client: AsyncClient, services: Services, instructor: Person) -> None:
    made = await _make(client, instructor, "media:write", "media:read", "media:read")
    assert made["key"].startswith(made["prefix"])
    assert made["prefix"].startswith("aula_")
    assert made["scopes"] == ["media:read", "media:write"]
    assert await _use(client, made["key"]) == (200, "")
    listed = (await client.get(KEYS, headers=instructor.auth)).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert "key" not in listed[0]
    assert listed[0]["lastUsedAt"] is not None
    async with services.sessions() as session:
        kept = (await session.scalars(select(ApiKey))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "api_key.created"))).one()
    assert made["key"] not in (kept.key_hash, kept.name, kept.prefix)
    assert (entry.actor_id, entry.subject_id) == (instructor.id, kept.id)


async def test_the_last_use_is_written_once_a_minute(client: AsyncClient, services: Services, instructor: Person) -> None:
    made = await _make(client, instructor)
    start = services.clock()
    seen = []
    for seconds in (0, 30, 61):
        services.clock = lambda seconds=seconds: start + timedelta(seconds=seconds)  # type: ignore[misc]
        await _use(client, made["key"])
        async with services.sessions() as session:
            seen.append((await session.scalars(select(ApiKey.last_used_at))).one())
    assert seen == [start, start, start + timedelta(seconds=61)]


@pytest.mark.parametrize(
    ("scope", "method", "path", "code"),
    [
        ("media:read", "GET", ASSETS, ""),
        ("media:write", "GET", ASSETS, "auth.scope_missing"),
        ("media:read", "PATCH", f"{ASSETS}/{{id}}", "auth.scope_missing"),
        ("media:write", "PATCH", f"{ASSETS}/{{id}}", "asset.not_found"),
        # Routes without a scope take no key at all.
        ("media:write", "GET", "/api/v1/users/me", "auth.scope_missing"),
        ("media:write", "GET", KEYS, "auth.scope_missing"),
        ("media:write", "POST", KEYS, "auth.scope_missing"),
        ("media:write", "DELETE", f"{KEYS}/{{id}}", "auth.scope_missing"),
        ("media:write", "POST", "/api/v1/users/logout-all", "auth.scope_missing"),
    ],
)
async def test_a_key_opens_what_its_scopes_name(
    client: AsyncClient, instructor: Person, scope: str, method: str, path: str, code: str
) -> None:
    key = (await _make(client, instructor, scope))["key"]
    assert (await _use(client, key, method, path.format(id=new_id())))[1] == code


async def test_a_key_can_do_no_more_than_its_owner(client: AsyncClient, services: Services, instructor: Person) -> None:
    key = (await _make(client, instructor, "media:write"))["key"]
    headers = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    assert (await client.post("/api/v1/uploads", headers=headers)).status_code != 403
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == instructor.id).values(roles=["learner"]))
    assert (await client.post("/api/v1/uploads", headers=headers)).status_code == 403


async def test_a_revoked_key_works_no_longer(client: AsyncClient, instructor: Person) -> None:
    made = await _make(client, instructor)
    assert (await client.delete(f"{KEYS}/{made['id']}", headers=instructor.auth)).status_code == 204
    assert await _use(client, made["key"]) == INVALID
    assert (await client.get(KEYS, headers=instructor.auth)).json()["items"] == []
    again = await client.delete(f"{KEYS}/{made['id']}", headers=instructor.auth)
    assert (again.status_code, problem_of(again)["code"]) == (404, "api_key.not_found")


async def test_a_key_ends_with_its_time(client: AsyncClient, services: Services, instructor: Person) -> None:
    now = services.clock()
    made = await _make(client, instructor, expiresAt=(now + timedelta(hours=1)).isoformat())
    assert await _use(client, made["key"]) == (200, "")
    services.clock = lambda: now + timedelta(hours=2)
    assert await _use(client, made["key"]) == INVALID


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_the_keys_of_who_is_out_are_out_too(
    client: AsyncClient, services: Services, instructor: Person, column: str
) -> None:
    key = (await _make(client, instructor))["key"]
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == instructor.id).values({column: services.clock()}))
    assert await _use(client, key) == INVALID


@pytest.mark.parametrize("key", ["aula_", "aula_x", "aula_" + "A" * 43, "aula_" + "A" * 5000])
async def test_what_is_no_key_is_refused(client: AsyncClient, key: str) -> None:
    assert await _use(client, key) == INVALID


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"expiresAt": "2020-01-01T00:00:00Z"}, 422, "api_key.expiry"),
        ({"expiresAt": "9999-12-31T23:59:59-12:00"}, 422, "api_key.expiry"),
        ({"expiresAt": "2030-01-01T00:00:00"}, 400, "request.invalid"),
        ({"scopes": []}, 400, "request.invalid"),
        ({"scopes": ["everything"]}, 400, "request.invalid"),
        ({"name": ""}, 400, "request.invalid"),
    ],
)
async def test_a_bad_key_is_not_made(
    client: AsyncClient, instructor: Person, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await client.post(KEYS, json={"name": "A key", "scopes": ["media:read"], **body}, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    assert (await client.get(KEYS, headers=instructor.auth)).json()["items"] == []


async def test_keys_are_for_instructors_and_for_their_owner(
    client: AsyncClient, learner: Person, instructor: Person, sign_in: SignIn
) -> None:
    refused = await client.post(KEYS, json={"name": "A key", "scopes": ["media:read"]}, headers=learner.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "auth.role_missing")
    made = await _make(client, instructor)
    for person in (learner, await sign_in("instructor"), await sign_in("admin")):
        assert (await client.get(KEYS, headers=person.auth)).json()["items"] == []
        answer = await client.delete(f"{KEYS}/{made['id']}", headers=person.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "api_key.not_found")
    assert await _use(client, made["key"]) == (200, "")


async def test_there_is_an_end_to_the_number_of_keys(client: AsyncClient, services: Services, instructor: Person) -> None:
    async with services.sessions.begin() as session:
        session.add_all(
            ApiKey(user_id=instructor.id, name=f"Key {n}", prefix="aula_", key_hash=f"{n:064}", scopes=[Scope.MEDIA_READ.value])
            for n in range(50)
        )
    answer = await client.post(KEYS, json={"name": "One more", "scopes": ["media:read"]}, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "api_key.too_many")
    page = (await client.get(f"{KEYS}?limit=30", headers=instructor.auth)).json()
    rest = (await client.get(f"{KEYS}?limit=30&cursor={page['nextCursor']}", headers=instructor.auth)).json()
    assert (len(page["items"]), len(rest["items"]), rest["nextCursor"]) == (30, 20, None)
