"""Sessions: where somebody is signed in, and how access ends at once, in every process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from api.app import create_app, make_services
from api.services import Services
from core.settings import Settings
from db.models import AuditEntry, User, UserSession
from domain.sessions import start_session
from tests.api.conftest import problem_of
from tests.support.in_process import in_process
from tests.support.people import PASSWORD, Person

USERS = "/api/v1/users"
COOKIE = "aula_refresh"
SignIn = Callable[..., Awaitable[Person]]


@pytest.fixture
async def elsewhere(settings: Settings, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Another process of the same platform; nothing but the database is shared."""
    async with in_process(create_app(settings, make_services(settings))) as other:
        yield other


async def _login(client: AsyncClient, person: Person, agent: str = "") -> dict[str, str]:
    """Sign in on a device; the headers that say so. The cookie is in the client."""
    answer = await client.post(
        f"{USERS}/login", json={"email": person.email, "password": PASSWORD}, headers={"User-Agent": agent}
    )
    assert answer.headers["cache-control"] == "no-store"
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def _status(client: AsyncClient, headers: dict[str, str]) -> tuple[int, str]:
    answer = await client.get(f"{USERS}/me", headers=headers)
    return answer.status_code, "" if answer.status_code == 200 else problem_of(answer)["code"]


OUT = (401, "auth.session_ended")


async def test_signing_out_ends_access_at_once_in_every_process(
    client: AsyncClient, elsewhere: AsyncClient, learner: Person
) -> None:
    headers = await _login(client, learner)
    assert await _status(elsewhere, headers) == (200, "")
    assert (await client.post(f"{USERS}/logout")).status_code == 204
    assert await _status(client, headers) == OUT
    assert await _status(elsewhere, headers) == OUT
    # The other device is still signed in.
    assert await _status(elsewhere, learner.auth) == (200, "")


async def test_signing_out_everywhere_ends_every_session_and_takes_the_cookie(client: AsyncClient, learner: Person) -> None:
    headers = await _login(client, learner)
    answer = await client.post(f"{USERS}/logout-all", headers=headers)
    assert (answer.status_code, COOKIE in client.cookies) == (204, False)
    assert [await _status(client, each) for each in (headers, learner.auth)] == [OUT, OUT]
    assert await _status(client, await _login(client, learner)) == (200, "")


async def test_who_has_no_cookie_signs_out_by_the_access_token(client: AsyncClient, learner: Person) -> None:
    assert (await client.post(f"{USERS}/logout", headers=learner.auth)).status_code == 204
    assert await _status(client, learner.auth) == OUT
    # With a token that no longer works one is signed out already.
    assert (await client.post(f"{USERS}/logout", headers=learner.auth)).status_code == 204
    assert (await client.post(f"{USERS}/logout", headers={"Authorization": "Bearer x"})).status_code == 204


async def test_a_refresh_token_that_comes_back_ends_access_and_is_kept_in_the_audit_log(
    client: AsyncClient, services: Services, learner: Person
) -> None:
    headers = await _login(client, learner)
    first = client.cookies[COOKIE]
    newer = (await client.post(f"{USERS}/refresh")).json()["accessToken"]
    client.cookies.clear()
    assert await _status(client, headers) == (200, "")
    assert (await client.post(f"{USERS}/refresh", headers={"Cookie": f"{COOKIE}={first}"})).status_code == 401
    assert await _status(client, headers) == OUT
    assert await _status(client, {"Authorization": f"Bearer {newer}"}) == OUT
    async with services.sessions() as session:
        ended = (await session.scalars(select(UserSession).where(UserSession.end_reason == "reused_token"))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.token_reused"))).one()
    assert (entry.actor_id, entry.subject_type, entry.subject_id) == (None, "session", ended.id)
    # By ids alone: entries outlive the account and must not say where somebody was.
    assert entry.detail == {"userId": str(learner.id)}


async def test_a_list_shows_the_devices_and_which_of_them_asks(client: AsyncClient, learner: Person) -> None:
    firefox = await _login(client, learner, "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")
    script = await _login(client, learner, "curl/8.5.0")
    listed = (await client.get(f"{USERS}/me/sessions?limit=2", headers=firefox)).json()
    assert [(each["device"], each["current"], each["method"]) for each in listed["items"]] == [
        ("curl/8.5.0", False, "password"),
        ("Firefox on Linux", True, "password"),
    ]
    assert listed["items"][0]["address"] == "127.0.0.1"
    rest = await client.get(f"{USERS}/me/sessions?limit=2&cursor={listed['nextCursor']}", headers=firefox)
    assert ([each["current"] for each in rest.json()["items"]], rest.json()["nextCursor"]) == ([False], None)
    url = f"{USERS}/me/sessions/{listed['items'][0]['id']}"
    assert (await client.delete(url, headers=firefox)).status_code == 204
    assert [await _status(client, each) for each in (script, firefox)] == [OUT, (200, "")]
    # It has ended: there is none any more.
    assert problem_of(await client.delete(url, headers=firefox))["code"] == "session.not_found"


async def test_a_session_that_lay_idle_is_not_listed(client: AsyncClient, services: Services, learner: Person) -> None:
    long_ago = services.clock() - timedelta(seconds=services.settings.api.refresh_token_idle_s + 60)
    async with services.sessions.begin() as session:
        await session.execute(update(UserSession).values(last_seen_at=long_ago))
    headers = await _login(client, learner)
    listed = (await client.get(f"{USERS}/me/sessions", headers=headers)).json()["items"]
    assert [each["current"] for each in listed] == [True]


async def test_nobody_ends_the_session_of_somebody_else(client: AsyncClient, learner: Person, sign_in: SignIn) -> None:
    theirs = (await client.get(f"{USERS}/me/sessions", headers=learner.auth)).json()["items"][0]["id"]
    for role in ("learner", "admin"):
        other = await sign_in(role)
        answer = await client.delete(f"{USERS}/me/sessions/{theirs}", headers=other.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "session.not_found")
    assert await _status(client, learner.auth) == (200, "")


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_who_is_suspended_or_deleted_is_out_at_once(
    client: AsyncClient, elsewhere: AsyncClient, services: Services, learner: Person, column: str
) -> None:
    await _login(client, learner)
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values({column: services.clock()}))
    assert [await _status(each, learner.auth) for each in (client, elsewhere)] == [OUT, OUT]
    assert (await client.post(f"{USERS}/refresh")).status_code == 401
    login = await client.post(f"{USERS}/login", json={"email": learner.email, "password": PASSWORD})
    assert problem_of(login)["code"] == "auth.wrong_credentials"


async def test_roles_count_from_the_next_request_on(client: AsyncClient, services: Services, learner: Person) -> None:
    assert (await client.get("/api/v1/ops/queues", headers=learner.auth)).status_code == 403
    for roles, status in ((["operator"], 200), (["learner"], 403)):
        async with services.sessions.begin() as session:
            await session.execute(update(User).where(User.id == learner.id).values(roles=roles))
        assert (await client.get("/api/v1/ops/queues", headers=learner.auth)).status_code == status


async def test_a_session_ends_for_access_tokens_too_when_its_time_is_over(
    client: AsyncClient, services: Services, learner: Person
) -> None:
    over = services.clock() + timedelta(seconds=services.settings.api.refresh_token_life_s + 1)
    services.clock = lambda: over
    assert await _status(client, learner.auth) == OUT


async def _look_through(services: Services, admin: Person, user: Person) -> dict[str, str]:
    async with services.sessions.begin() as session:
        row = await session.get_one(User, user.id)
        begun = await start_session(
            session, row, services.clock(), services.settings.api, method="impersonation", impersonator_id=admin.id
        )
    assert begun.token == ""
    return {"Authorization": f"Bearer {services.tokens.issue(user.id, begun.session_id)}"}


async def test_an_admin_in_the_users_place_is_visible_and_decides_nothing_about_signing_in(
    client: AsyncClient, services: Services, learner: Person, sign_in: SignIn
) -> None:
    admin = await sign_in("admin")
    headers = await _look_through(services, admin, learner)
    me = (await client.get(f"{USERS}/me", headers=headers)).json()
    assert (UUID(me["id"]), UUID(me["impersonatedBy"])) == (learner.id, admin.id)
    seen = (await client.get(f"{USERS}/me/sessions", headers=learner.auth)).json()["items"]
    assert [each["impersonatedBy"] for each in seen] == [str(admin.id), None]
    change = {"currentPassword": PASSWORD, "newPassword": "another good one"}
    for method, path, body in (
        ("POST", "/me/password", change),
        ("POST", "/me/totp", {"password": PASSWORD}),
        ("DELETE", "/me/totp", {"password": PASSWORD}),
        ("POST", "/me/recovery-codes", {"password": PASSWORD}),
        ("POST", "/logout-all", None),
        ("PATCH", "/me", {"email": "new@example.org", "password": PASSWORD}),
    ):
        answer = await client.request(method, USERS + path, json=body, headers=headers)
        assert (path, answer.status_code, problem_of(answer)["code"]) == (path, 403, "auth.impersonated")
    assert (await client.patch(f"{USERS}/me", json={"headline": "Helped"}, headers=headers)).status_code == 200


async def test_signing_out_of_an_impersonation_leaves_the_admin_signed_in(
    client: AsyncClient, services: Services, learner: Person, sign_in: SignIn
) -> None:
    admin = await sign_in("admin")
    own = await _login(client, admin)
    through = await _look_through(services, admin, learner)
    assert (await client.post(f"{USERS}/logout", headers=through)).status_code == 204
    assert [await _status(client, each) for each in (through, own, learner.auth)] == [OUT, (200, ""), (200, "")]
    assert (await client.post(f"{USERS}/refresh")).status_code == 200


@pytest.mark.parametrize("change", [{"roles": ["learner"]}, {"disabled_at": True}])
async def test_who_is_no_admin_any_more_sees_through_nobodys_eyes(
    client: AsyncClient, services: Services, learner: Person, sign_in: SignIn, change: dict[str, object]
) -> None:
    admin = await sign_in("admin")
    headers = await _look_through(services, admin, learner)
    values = {name: services.clock() if value is True else value for name, value in change.items()}
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == admin.id).values(values))
    assert await _status(client, headers) == OUT
    assert await _status(client, learner.auth) == (200, "")
