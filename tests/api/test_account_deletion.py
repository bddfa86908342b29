"""What an account's owner may take along, and what is left of an account that is deleted."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.routes.users import export as route
from api.services import Services
from core.catalog import CourseState
from core.ids import new_id
from db.models import Base, Course, Enrolment, Entitlement, Grant, Identity, PlaybackSession, User, UserSession
from domain import audit, messages
from domain.account_deletion import NAME
from tests.api.conftest import problem_of
from tests.support.people import PASSWORD, Person, token_for
from tests.support.school import School, add_person, make_school

SignIn = Callable[..., Awaitable[Person]]
USERS = "/api/v1/users"


@pytest.fixture
async def school(client: AsyncClient, services: Services) -> School:  # the client keeps the services alive
    return await make_school(services.sessions, services.storage)


def _refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, problem_of(answer)["code"]


async def _delete_me(client: AsyncClient, auth: dict[str, str], password: str | None = PASSWORD) -> Response:
    body = {"password": password} if password is not None else {}
    return await client.request("DELETE", f"{USERS}/me", json=body, headers=auth)


async def _mentions(session: AsyncSession, word: str) -> list[str]:
    """The tables in which `word` stands anywhere."""
    found = []
    for table in Base.metadata.sorted_tables:
        query = text(f'SELECT count(*) FROM "{table.name}" AS r WHERE r::text ILIKE :word')
        if await session.scalar(query, {"word": f"%{word}%"}):
            found.append(table.name)
    return found


async def test_an_export_holds_everything_and_no_secret(client: AsyncClient, services: Services, school: School) -> None:
    owner = school.people["owner"]
    async with services.sessions.begin() as session:
        user = await session.get_one(User, owner)
        user.password_hash, user.totp_secret = "argon-of-it", b"sealed"
        session.add(Identity(provider="campus", subject="s-1", user_id=owner, email=user.email))
        await messages.mail(session, user, "verify_email", link="https://aula.test/#token=secret-of-a-link")
        await audit.note(session, None, "user.suspended", "user", owner, reason="a mistake")
    answer = await client.get(f"{USERS}/me/export", headers=await token_for(services, owner))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["profile"]["displayName"] == "owner"
    assert {name: len(rows) for name, rows in found.items() if isinstance(rows, list)} == {
        "sessions": 2, "apiKeys": 1, "identities": 1, "enrolments": 0, "entitlements": 0, "courses": 1, "coInstructor": 0,
        "assets": 1, "grants": 0, "files": 1, "pictures": 0, "products": 1, "playback": 1, "messages": 1, "auditEntries": 1,
    }  # fmt: skip
    assert found["auditEntries"][0]["detail"] == {"reason": "a mistake"}
    for secret in ("argon-of-it", "sealed", "secret-of-a-link", "hash", "token"):
        assert secret not in answer.text.lower()
    learner = await client.get(f"{USERS}/me/export", headers=await token_for(services, school.people["enrolled"]))
    rows = learner.json()
    assert [len(rows[name]) for name in ("enrolments", "entitlements", "grants", "courses", "sessions")] == [1, 1, 1, 0, 1]
    assert set(found) == {field.encode_name for field in msgspec.structs.fields(route.ExportView)}


async def test_an_export_reads_in_pieces_and_loses_nothing_between_them(
    client: AsyncClient, services: Services, learner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_PIECE", 3)
    async with services.sessions.begin() as session:
        for number in range(6):
            await audit.note(session, None, "user.greeted", "user", learner.id, number=number)
            session.add(Identity(provider=f"p{number // 3}", subject=f"s{number}", user_id=learner.id, email="x"))
    found = (await client.get(f"{USERS}/me/export", headers=learner.auth)).json()
    greeted = [entry["detail"]["number"] for entry in found["auditEntries"] if entry["action"] == "user.greeted"]
    assert greeted == list(range(6))
    assert [identity["subject"] for identity in found["identities"]] == [f"s{number}" for number in range(6)]


async def test_who_deletes_their_account_is_forgotten(
    client: AsyncClient, services: Services, sign_in: SignIn, school: School
) -> None:
    person = await sign_in("learner", name="greta-unmistakable")
    asset_id, course_id = UUID(school.ids["asset_id"]), UUID(school.ids["course_id"])
    async with services.sessions.begin() as session:
        user = await session.get_one(User, person.id)
        user.totp_secret, user.totp_enabled_at, user.totp_last_step = b"x", services.clock(), 7
        user.headline, user.biography = "greta-unmistakable", "greta-unmistakable"
        session.add(Identity(provider="campus", subject="greta-unmistakable", user_id=person.id, email=person.email))
        session.add(Grant(asset_id=asset_id, user_id=person.id, granted_by=school.people["owner"]))
        session.add(Enrolment(course_id=course_id, user_id=person.id))
        session.add(Entitlement(course_id=course_id, user_id=person.id, source="purchase"))
        await messages.mail(session, user, "welcome")
    played = await client.post(f"/api/v1/assets/{asset_id}/playback", headers=person.auth)
    answer = await _delete_me(client, person.auth)
    assert answer.status_code == 204, answer.text
    assert 'aula_refresh=""' in answer.headers["set-cookie"]
    assert (await client.get(f"{USERS}/me", headers=person.auth)).status_code == 401
    assert (await client.get(played.json()["signedManifestUrl"])).status_code == 403
    login = {"email": person.email, "password": PASSWORD}
    assert (await client.post(f"{USERS}/login", json=login)).status_code == 401
    async with services.sessions() as session:
        user = await session.get_one(User, person.id)
        assert (user.display_name, user.roles, user.password_hash, user.totp_secret) == (NAME, ["learner"], None, None)
        assert user.email.endswith("@deleted.invalid")
        assert user.deleted_at is not None
        assert await _mentions(session, "greta-unmistakable") == []
        # Money refers to them.
        assert len((await session.scalars(select(Entitlement).where(Entitlement.user_id == person.id))).all()) == 1
        assert len((await session.scalars(select(Enrolment).where(Enrolment.user_id == person.id))).all()) == 1
        assert (await session.get_one(PlaybackSession, UUID(played.json()["sessionId"]))).revoked_at is not None
    again = {"email": person.email, "password": PASSWORD, "displayName": "Greta"}
    assert (await client.post(f"{USERS}/register", json=again)).status_code == 201


@pytest.mark.parametrize("password", [None, "", "not my password at all"])
async def test_only_who_knows_the_password_deletes_the_account(
    client: AsyncClient, learner: Person, password: str | None
) -> None:
    assert _refused(await _delete_me(client, learner.auth, password)) == (403, "auth.wrong_password")
    assert (await client.get(f"{USERS}/me", headers=learner.auth)).status_code == 200


@pytest.mark.parametrize(
    ("method", "minutes", "status"), [("oidc", 5, 204), ("oidc", 11, 403), ("password", 5, 403), ("impersonation", 5, 403)]
)
async def test_who_has_no_password_has_to_have_signed_in_just_now(
    client: AsyncClient, services: Services, learner: Person, method: str, minutes: int, status: int
) -> None:
    begun = services.clock() - timedelta(minutes=minutes)
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(password_hash=None))
        await session.execute(update(UserSession).values(method=method, created_at=begun))
    answer = await _delete_me(client, learner.auth, None)
    assert answer.status_code == status
    if status == 403:
        assert problem_of(answer)["code"] == "auth.sign_in_again"


async def test_nobody_leaves_published_courses_behind(client: AsyncClient, services: Services, school: School) -> None:
    owner, admin = school.people["owner"], await token_for(services, school.people["admin"])
    assert _refused(await client.delete(f"{USERS}/{owner}", headers=admin)) == (409, "user.owns_courses")
    async with services.sessions.begin() as session:
        await session.execute(update(Course).values(state=CourseState.ARCHIVED, archived_at=services.clock()))
    assert (await client.delete(f"{USERS}/{owner}", headers=admin)).status_code == 204
    async with services.sessions() as session:
        course = await session.get_one(Course, UUID(school.ids["course_id"]))
    assert course.owner_id == owner


async def test_an_admin_deletes_accounts_but_the_last_admin_stays(
    client: AsyncClient, services: Services, school: School
) -> None:
    admin, other = school.people["admin"], school.people["other_admin"]
    auth = await token_for(services, admin)
    learner = school.people["learner"]
    assert (await client.delete(f"{USERS}/{learner}", headers=auth)).status_code == 204
    assert _refused(await client.delete(f"{USERS}/{learner}", headers=auth)) == (409, "user.deleted")
    shown = (await client.get(f"{USERS}/{learner}", headers=auth)).json()
    assert (shown["state"], shown["displayName"]) == ("deleted", NAME)
    assert (await client.delete(f"{USERS}/{other}", headers=auth)).status_code == 204
    assert _refused(await client.delete(f"{USERS}/{admin}", headers=auth)) == (409, "user.last_admin")
    assert _refused(await client.delete(f"{USERS}/{new_id()}", headers=auth)) == (404, "user.not_found")


async def test_deleting_an_account_is_noted_without_saying_whose_it_was(
    client: AsyncClient, services: Services, school: School
) -> None:
    async with services.sessions.begin() as session:
        leaver = await add_person(session, "learner", "operator", name="Somebody Real")
    auth = await token_for(services, school.people["admin"])
    await client.delete(f"{USERS}/{leaver}", headers=auth)
    entries: list[dict[str, Any]] = (await client.get("/api/v1/audit?action=user.deleted", headers=auth)).json()["items"]
    assert [entry["subjectId"] for entry in entries] == [str(leaver)]
    assert entries[0]["detail"] == {"roles": ["learner", "operator"]}
    assert "Somebody Real" not in json.dumps(entries)
