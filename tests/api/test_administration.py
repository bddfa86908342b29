"""What admins do to accounts, what that means for those they do it to, and what not even admins may do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from api.services import Services
from core.ids import new_id
from db.models import Message, PlaybackSession, User
from db.queries import audit as audit_queries
from domain.policies import Actor, may_administer, may_change_credentials, may_impersonate
from tests.api.conftest import problem_of
from tests.support.films import make_film
from tests.support.people import PASSWORD, Person

SignIn = Callable[..., Awaitable[Person]]
USERS = "/api/v1/users"


@pytest.fixture
async def admin(sign_in: SignIn) -> Person:
    return await sign_in("admin", name="admin")


async def _suspend(client: AsyncClient, admin: Person, person: Person) -> Response:
    return await client.post(f"{USERS}/{person.id}/suspend", json={"reason": "Spam"}, headers=admin.auth)


async def _impersonate(client: AsyncClient, admin: Person, person: Person) -> dict[str, str]:
    answer = await client.post(f"{USERS}/{person.id}/impersonate", headers=admin.auth)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def _noted(services: Services, action: str) -> list[dict[str, Any]]:
    async with services.sessions() as session:
        rows = await audit_queries.entries(session, audit_queries.Wanted(action=action), before=None, limit=50)
    return [
        {"actor": entry.actor_id, "as": entry.impersonator_id, "subject": entry.subject_id, **entry.detail} for entry, _ in rows
    ]


def _refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, problem_of(answer)["code"]


async def test_accounts_are_found_by_address_name_role_and_state(
    client: AsyncClient, services: Services, admin: Person, sign_in: SignIn
) -> None:
    ada = await sign_in("learner", name="Ada")
    bob = await sign_in("learner", "instructor", name="bob_100%")
    eve = await sign_in("learner", name="eve")
    await _suspend(client, admin, eve)
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == ada.id).values(deleted_at=services.clock()))
    for query, expected in [
        ({}, [eve, bob, ada, admin]),
        ({"q": "ADA"}, [ada]),
        ({"q": bob.email}, [bob]),
        ({"q": "bob_100%"}, [bob]),
        ({"q": "b%"}, []),
        ({"q": "_"}, []),
        ({"role": "instructor"}, [bob]),
        ({"role": "learner", "q": "e"}, [eve]),
        ({"state": "active"}, [bob, admin]),
        ({"state": "suspended"}, [eve]),
        ({"state": "deleted"}, [ada]),
    ]:
        answer = await client.get(USERS, params=query, headers=admin.auth)
        assert [each["id"] for each in answer.json()["items"]] == [str(person.id) for person in expected], query
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(USERS, params={"limit": "3", **cursor}, headers=admin.auth)).json()
        seen += [each["id"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == [str(person.id) for person in (eve, bob, ada, admin)]


async def test_an_account_shows_what_has_been_done_to_it(client: AsyncClient, admin: Person, learner: Person) -> None:
    await _suspend(client, admin, learner)
    shown = (await client.get(f"{USERS}/{learner.id}", headers=admin.auth)).json()
    assert (shown["state"], shown["suspendReason"], shown["roles"]) == ("suspended", "Spam", ["learner"])
    assert shown["suspendedAt"] is not None
    unknown = await client.get(f"{USERS}/{new_id()}", headers=admin.auth)
    assert _refused(unknown) == (404, "user.not_found")


async def test_roles_count_from_the_next_request_on(
    client: AsyncClient, services: Services, admin: Person, learner: Person
) -> None:
    assert (await client.get("/api/v1/audit", headers=learner.auth)).status_code == 403
    url = f"{USERS}/{learner.id}/roles"
    given = await client.put(url, json={"roles": ["admin", "learner", "admin"]}, headers=admin.auth)
    assert (given.status_code, given.json()["roles"]) == (200, ["admin", "learner"])
    assert (await client.get("/api/v1/audit", headers=learner.auth)).status_code == 200
    await client.put(url, json={"roles": ["learner"]}, headers=admin.auth)
    assert (await client.get("/api/v1/audit", headers=learner.auth)).status_code == 403
    taken, granted = await _noted(services, "user.roles_changed")
    assert (granted["actor"], granted["subject"]) == (admin.id, learner.id)
    assert (granted["before"], granted["after"], taken["after"]) == (["learner"], ["admin", "learner"], ["learner"])
    await client.put(url, json={"roles": ["learner"]}, headers=admin.auth)
    assert len(await _noted(services, "user.roles_changed")) == 2


@pytest.mark.parametrize("roles", [[], ["king"], None, "admin", ["learner"] * 5])
async def test_roles_that_do_not_exist_are_refused(client: AsyncClient, admin: Person, learner: Person, roles: Any) -> None:
    answer = await client.put(f"{USERS}/{learner.id}/roles", json={"roles": roles}, headers=admin.auth)
    assert _refused(answer) == (400, "request.invalid")


async def test_somebody_stays_to_run_the_place(client: AsyncClient, admin: Person, sign_in: SignIn) -> None:
    url = f"{USERS}/{admin.id}/roles"
    assert _refused(await client.put(url, json={"roles": ["learner"]}, headers=admin.auth)) == (409, "user.last_admin")
    other = await sign_in("admin")
    await _suspend(client, admin, other)
    assert _refused(await client.put(url, json={"roles": ["learner"]}, headers=admin.auth)) == (409, "user.last_admin")
    await client.post(f"{USERS}/{other.id}/reinstate", headers=admin.auth)
    assert (await client.put(url, json={"roles": ["learner"]}, headers=admin.auth)).status_code == 200


async def test_of_two_admins_who_demote_each_other_at_once_one_stays(
    client: AsyncClient, admin: Person, sign_in: SignIn
) -> None:
    other = await sign_in("admin")
    answers = await asyncio.gather(
        client.put(f"{USERS}/{other.id}/roles", json={"roles": ["learner"]}, headers=admin.auth),
        client.put(f"{USERS}/{admin.id}/roles", json={"roles": ["learner"]}, headers=other.auth),
    )
    # The second is no admin any more, or would be the last one to go.
    first, second = sorted(answer.status_code for answer in answers)
    assert (first, second) in {(200, 403), (200, 409)}


async def test_suspension_ends_everything_at_once(
    client: AsyncClient, services: Services, admin: Person, sign_in: SignIn
) -> None:
    person = await sign_in("instructor", name="eve")
    film = await make_film(services.sessions, services.storage, person.id)
    played = await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=person.auth)
    stream = played.json()["signedManifestUrl"]
    assert (await client.get(stream)).status_code == 200
    await client.post(f"{USERS}/login", json={"email": person.email, "password": PASSWORD})
    made = await client.post(f"{USERS}/me/api-keys", json={"name": "mine", "scopes": ["media:read"]}, headers=person.auth)
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await client.get("/api/v1/assets", headers=key)).status_code == 200
    answer = await _suspend(client, admin, person)
    assert (await client.get("/api/v1/assets", headers=key)).status_code == 401
    assert (answer.status_code, answer.json()["state"]) == (200, "suspended")
    assert _refused(await client.get(f"{USERS}/me", headers=person.auth)) == (401, "auth.session_ended")
    assert (await client.post(f"{USERS}/refresh")).status_code == 401
    assert (await client.post(f"{USERS}/login", json={"email": person.email, "password": PASSWORD})).status_code == 401
    assert (await client.get(stream)).status_code == 403
    async with services.sessions() as session:
        row = await session.get_one(PlaybackSession, played.json()["sessionId"])
    assert row.revoked_at is not None
    (noted,) = await _noted(services, "user.suspended")
    assert (noted["actor"], noted["subject"], noted["reason"]) == (admin.id, person.id, "Spam")


async def test_who_is_reinstated_signs_in_anew(client: AsyncClient, services: Services, admin: Person, learner: Person) -> None:
    await _suspend(client, admin, learner)
    assert _refused(await _suspend(client, admin, learner)) == (409, "user.suspended")
    url = f"{USERS}/{learner.id}/reinstate"
    answer = await client.post(url, headers=admin.auth)
    assert (answer.json()["state"], answer.json()["suspendReason"]) == ("active", None)
    assert (await client.get(f"{USERS}/me", headers=learner.auth)).status_code == 401
    assert (await client.post(f"{USERS}/login", json={"email": learner.email, "password": PASSWORD})).status_code == 200
    assert _refused(await client.post(url, headers=admin.auth)) == (409, "user.not_suspended")
    assert len(await _noted(services, "user.reinstated")) == 1
    async with services.sessions() as session:
        told = (await session.scalars(select(Message).where(Message.user_id == learner.id).order_by(Message.id))).all()
    said = [message for message in told if message.template in ("suspended", "reinstated")]
    assert [message.template for message in said] == ["suspended", "reinstated"]
    # The reason is for admins.
    assert "Spam" not in str([message.data for message in said])


async def test_nobody_suspends_themselves(client: AsyncClient, admin: Person, sign_in: SignIn) -> None:
    await sign_in("admin")
    assert _refused(await _suspend(client, admin, admin)) == (409, "user.yourself")


async def test_impersonation_is_short_and_seen_by_its_owner(
    client: AsyncClient, services: Services, admin: Person, learner: Person
) -> None:
    answer = await client.post(f"{USERS}/{learner.id}/impersonate", headers=admin.auth)
    assert "set-cookie" not in answer.headers
    session = answer.json()
    assert (session["user"]["id"], session["user"]["impersonatedBy"]) == (str(learner.id), str(admin.id))
    assert session["expiresIn"] <= 900
    auth = {"Authorization": f"Bearer {session['accessToken']}"}
    me = (await client.get(f"{USERS}/me", headers=auth)).json()
    assert (me["id"], me["impersonatedBy"]) == (str(learner.id), str(admin.id))
    listed = (await client.get(f"{USERS}/me/sessions", headers=learner.auth)).json()["items"]
    foreign = next(each for each in listed if each["method"] == "impersonation")
    assert (foreign["impersonatedBy"], foreign["current"]) == (str(admin.id), False)
    (noted,) = await _noted(services, "user.impersonated")
    assert (noted["actor"], noted["subject"], noted["sessionId"]) == (admin.id, learner.id, foreign["id"])
    assert (await client.delete(f"{USERS}/me/sessions/{foreign['id']}", headers=learner.auth)).status_code == 204
    assert (await client.get(f"{USERS}/me", headers=auth)).status_code == 401


async def test_what_an_impersonator_does_is_noted_as_theirs(
    client: AsyncClient, services: Services, admin: Person, sign_in: SignIn
) -> None:
    teacher = await sign_in("instructor")
    auth = await _impersonate(client, admin, teacher)
    made = await client.post("/api/v1/courses", json={"title": "History of maps"}, headers=auth)
    assert made.status_code == 201, made.text
    async with services.sessions() as session:
        rows = await audit_queries.entries(session, audit_queries.Wanted(actor_id=teacher.id), before=None, limit=9)
    assert {entry.impersonator_id for entry, _ in rows if entry.subject_type == "course"} == {admin.id}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/me/password", {"currentPassword": PASSWORD, "newPassword": "an entirely new password"}),
        ("PATCH", "/me", {"email": "mine@example.org"}),
        ("POST", "/me/totp", {"password": PASSWORD}),
        ("DELETE", "/me/totp", {"password": PASSWORD}),
        ("POST", "/me/recovery-codes", {"password": PASSWORD}),
        ("POST", "/me/api-keys", {"name": "mine", "scopes": ["media:read"]}),
        ("POST", "/logout-all", None),
        ("DELETE", "/me", {"password": PASSWORD}),
        ("GET", "/me/export", None),
    ],
)
async def test_an_impersonator_keeps_away_from_how_the_account_is_signed_in_to(
    client: AsyncClient, admin: Person, sign_in: SignIn, method: str, path: str, body: dict[str, Any] | None
) -> None:
    auth = await _impersonate(client, admin, await sign_in("instructor"))
    answer = await client.request(method, f"{USERS}{path}", json=body, headers=auth)
    assert _refused(answer) == (403, "auth.impersonated")


async def test_nobody_acts_as_an_admin_or_as_someone_who_is_shut_out(
    client: AsyncClient, services: Services, admin: Person, sign_in: SignIn
) -> None:
    other = await sign_in("admin", "learner")
    for person in (other, admin):
        answer = await client.post(f"{USERS}/{person.id}/impersonate", headers=admin.auth)
        assert _refused(answer) == (403, "user.is_admin")
    learner = await sign_in("learner")
    await _suspend(client, admin, learner)
    url = f"{USERS}/{learner.id}/impersonate"
    assert _refused(await client.post(url, headers=admin.auth)) == (409, "user.suspended")
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(deleted_at=services.clock()))
    assert _refused(await client.post(url, headers=admin.auth)) == (409, "user.deleted")
    assert not await _noted(services, "user.impersonated")


async def test_who_becomes_an_admin_while_somebody_looks_through_their_eyes_lends_them_no_rights(
    client: AsyncClient, admin: Person, learner: Person, sign_in: SignIn
) -> None:
    auth = await _impersonate(client, admin, learner)
    other = await sign_in("learner")
    await client.put(f"{USERS}/{learner.id}/roles", json={"roles": ["admin"]}, headers=admin.auth)
    for path, body in [("impersonate", None), ("suspend", {"reason": "x"}), ("reinstate", None)]:
        answer = await client.post(f"{USERS}/{other.id}/{path}", json=body, headers=auth)
        assert _refused(answer) == (403, "auth.impersonated")


async def test_who_is_no_admin_any_more_sees_through_nobodys_eyes(
    client: AsyncClient, admin: Person, learner: Person, sign_in: SignIn
) -> None:
    other = await sign_in("admin")
    auth = await _impersonate(client, other, learner)
    assert (await client.get(f"{USERS}/me", headers=auth)).status_code == 200
    await client.put(f"{USERS}/{other.id}/roles", json={"roles": ["learner"]}, headers=admin.auth)
    assert (await client.get(f"{USERS}/me", headers=auth)).status_code == 401


_ROUTES = [
    ("GET", "", None),
    ("GET", "/{id}", None),
    ("PUT", "/{id}/roles", {"roles": ["learner"]}),
    ("POST", "/{id}/suspend", {"reason": "x"}),
    ("POST", "/{id}/reinstate", None),
    ("POST", "/{id}/impersonate", None),
    ("DELETE", "/{id}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), _ROUTES)
async def test_only_admins_do_any_of_this(
    client: AsyncClient, sign_in: SignIn, method: str, path: str, body: dict[str, Any] | None
) -> None:
    person = await sign_in("learner", "instructor", "operator")
    url = USERS + path.format(id=person.id)
    assert _refused(await client.request(method, url, json=body)) == (401, "auth.required")
    assert _refused(await client.request(method, url, json=body, headers=person.auth)) == (403, "auth.role_missing")


@pytest.mark.parametrize(("method", "path", "body"), _ROUTES[1:])
async def test_an_account_that_is_not_there_is_not_found(
    client: AsyncClient, admin: Person, method: str, path: str, body: dict[str, Any] | None
) -> None:
    answer = await client.request(method, USERS + path.format(id=new_id()), json=body, headers=admin.auth)
    assert _refused(answer) == (404, "user.not_found")


def test_the_policies_let_admins_act_in_person_alone() -> None:
    admin = Actor(new_id(), frozenset({"admin"}))
    acting = Actor(new_id(), frozenset({"admin"}), impersonator_id=admin.id)
    key = Actor(new_id(), frozenset({"admin"}), scopes=frozenset({"media:read"}))
    learner = Actor(new_id(), frozenset({"learner"}))
    assert [may_administer(actor) for actor in (admin, acting, key, learner)] == [True, False, False, False]
    assert [may_change_credentials(actor) for actor in (admin, acting, key, learner)] == [True, False, False, True]
    assert may_impersonate(admin, ["learner", "operator"])
    assert not may_impersonate(admin, ["learner", "admin"])
    assert not may_impersonate(learner, ["learner"])
