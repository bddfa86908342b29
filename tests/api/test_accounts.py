"""Accounts: registration, signing in, staying signed in, and what a stolen token leads to."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from api.services import Services
from core.ids import new_id
from core.settings import Settings
from db.models import RefreshToken, User
from tests.api.conftest import problem_of
from tests.support.people import PASSWORD, Person

USERS = "/api/v1/users"
COOKIE = "aula_refresh"


async def _register(client: AsyncClient, email: str = "ada@example.org", **more: Any) -> Response:
    body = {"email": email, "password": PASSWORD, "displayName": "Ada", **more}
    return await client.post(f"{USERS}/register", json=body)


async def _login(client: AsyncClient, email: str = "ada@example.org", password: str = PASSWORD) -> Response:
    return await client.post(f"{USERS}/login", json={"email": email, "password": password})


async def test_who_registers_may_sign_in_and_see_who_they_are(client: AsyncClient) -> None:
    made = await _register(client, " Ada@Example.ORG ")
    assert made.status_code == 201, made.text
    assert made.json()["email"] == "ada@example.org"
    assert made.json()["roles"] == ["instructor", "learner"]
    assert (made.json()["emailVerified"], made.json()["totpEnabled"], made.json()["timeZone"]) == (False, False, "UTC")
    session = (await _login(client, "ADA@example.org")).json()
    assert (session["tokenType"], session["expiresIn"], session["user"]["id"]) == ("Bearer", 600, made.json()["id"])
    me = await client.get(f"{USERS}/me", headers={"Authorization": f"Bearer {session['accessToken']}"})
    assert me.json() == made.json()
    assert me.headers["cache-control"] == "no-store"


async def test_an_address_is_taken_once_whatever_its_letter_case(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(_register(client, email) for email in ("ada@example.org", "ADA@example.org")))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = problem_of(next(answer for answer in answers if answer.status_code == 409))
    assert (refused["code"], refused["errors"][0]["field"]) == ("user.email_taken", "email")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": 12345678}, "password"),
        ({"displayName": ""}, "displayName"),
        ({"displayName": "   "}, "displayName"),
        ({"displayName": "a\u0000b"}, "displayName"),
        ({"displayName": "x" * 121}, "displayName"),
        ({"email": "nobody"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "a@b@example.org"}, "email"),
        ({"email": "a\u0000@example.org"}, "email"),
        ({"email": "@example.org"}, "email"),
        ({"email": None}, "email"),
    ],
)
async def test_a_bad_field_is_named(client: AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await _register(client, **body)
    problem = problem_of(answer)
    assert answer.status_code == 400
    assert problem["code"] in {"request.invalid", "user.email_invalid"}
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_an_unknown_field_and_a_missing_one_are_refused(client: AsyncClient) -> None:
    assert problem_of(await _register(client, roles=["admin"]))["code"] == "request.invalid"
    missing = await client.post(f"{USERS}/register", json={"email": "ada@example.org"})
    assert (missing.status_code, problem_of(missing)["code"]) == (400, "request.invalid")


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong password"), ("nobody@example.org", PASSWORD), ("\u0000@x", "x"), ("", "")],
)
async def test_unknown_accounts_and_wrong_passwords_answer_alike(client: AsyncClient, email: str, password: str) -> None:
    await _register(client)
    answer = await _login(client, email, password)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert COOKIE not in answer.headers.get("set-cookie", "")
    problem = problem_of(answer)
    assert (problem["code"], problem["detail"]) == ("auth.wrong_credentials", "E-mail address or password is wrong.")


async def test_unknown_accounts_cost_a_hash_like_known_ones(
    client: AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _register(client)
    checked: list[str] = []
    hasher = services.passwords._hasher
    verify = type(hasher).verify

    def watched(self: Any, stored: str, password: str) -> Any:
        checked.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(type(hasher), "verify", watched)
    for email in ("ada@example.org", "nobody@example.org"):
        await _login(client, email, "wrong password")
    # Both were compared with a hash of the same cost.
    assert [hash_.split("$")[1:4] for hash_ in checked] == [checked[0].split("$")[1:4]] * 2


async def test_a_disabled_account_cannot_sign_in_or_refresh(client: AsyncClient, services: Services) -> None:
    await _register(client)
    await _login(client)
    async with services.sessions.begin() as session:
        await session.execute(update(User).values(disabled_at=services.clock()))
    assert (await client.post(f"{USERS}/refresh")).status_code == 401
    assert problem_of(await _login(client))["code"] == "auth.wrong_credentials"


async def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(client: AsyncClient, services: Services) -> None:
    await _register(client)
    header = (await _login(client)).headers["set-cookie"].lower()
    for attribute in ("httponly", "samesite=strict", f"path={USERS}"):
        assert attribute in header
    value = client.cookies[COOKIE]
    async with services.sessions() as session:
        assert value not in (await session.scalars(select(RefreshToken.token_hash))).one()


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_whole_session(client: AsyncClient) -> None:
    await _register(client)
    await _login(client)
    first = client.cookies[COOKIE]
    assert (await client.post(f"{USERS}/refresh")).status_code == 200
    second = client.cookies[COOKIE]
    assert second != first
    client.cookies.clear()
    stolen = await client.post(f"{USERS}/refresh", headers={"Cookie": f"{COOKIE}={first}"})
    assert (stolen.status_code, problem_of(stolen)["code"]) == (401, "auth.session_ended")
    honest = await client.post(f"{USERS}/refresh", headers={"Cookie": f"{COOKIE}={second}"})
    assert honest.status_code == 401
    assert (await _login(client)).status_code == 200


async def test_the_refresh_cookie_is_found_where_http_2_sends_each_in_a_line_of_its_own(client: AsyncClient) -> None:
    await _register(client)
    await _login(client)
    lines = [("Cookie", "theme=dark"), ("Cookie", f"{COOKIE}={client.cookies[COOKIE]}"), ("Cookie", "a=b")]
    client.cookies.clear()
    assert (await client.post(f"{USERS}/refresh", headers=lines)).status_code == 200


async def test_of_two_that_present_a_token_at_once_one_gets_through_and_the_session_ends(client: AsyncClient) -> None:
    await _register(client)
    await _login(client)
    headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    client.cookies.clear()
    answers = await asyncio.gather(*(client.post(f"{USERS}/refresh", headers=headers) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    next_one = next(answer for answer in answers if answer.status_code == 200).cookies[COOKIE]
    client.cookies.clear()
    assert (await client.post(f"{USERS}/refresh", headers={"Cookie": f"{COOKIE}={next_one}"})).status_code == 401


async def test_a_session_ends_after_its_idle_time_and_at_its_absolute_end(
    client: AsyncClient, services: Services, settings: Settings
) -> None:
    await _register(client)
    await _login(client)
    started = services.clock()
    api = settings.api
    services.clock = lambda: started + timedelta(seconds=api.refresh_token_idle_s - 60)
    for _ in range(4):
        assert (await client.post(f"{USERS}/refresh")).status_code == 200
        now = services.clock()
        services.clock = lambda now=now: now + timedelta(seconds=api.refresh_token_idle_s - 60)  # type: ignore[misc]
    # Never idle for long, but four weeks and more have passed.
    services.clock = lambda: started + timedelta(seconds=api.refresh_token_life_s + 60)
    assert (await client.post(f"{USERS}/refresh")).status_code == 401


async def test_an_idle_session_ends(client: AsyncClient, services: Services, settings: Settings) -> None:
    await _register(client)
    await _login(client)
    idle = services.clock() + timedelta(seconds=settings.api.refresh_token_idle_s + 60)
    services.clock = lambda: idle
    assert (await client.post(f"{USERS}/refresh")).status_code == 401


async def test_signing_out_ends_the_session(client: AsyncClient) -> None:
    await _register(client)
    await _login(client)
    token = client.cookies[COOKIE]
    assert (await client.post(f"{USERS}/logout")).status_code == 204
    assert COOKIE not in client.cookies
    again = await client.post(f"{USERS}/refresh", headers={"Cookie": f"{COOKIE}={token}"})
    assert again.status_code == 401
    client.cookies.clear()
    assert (await client.post(f"{USERS}/logout")).status_code == 204


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_other_sites_cannot_use_the_cookie(client: AsyncClient, site: str) -> None:
    await _register(client)
    await _login(client)
    answer = await client.post(f"{USERS}/refresh", headers={"Sec-Fetch-Site": site, "Origin": "https://evil.example"})
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.cross_site")
    assert (await client.post(f"{USERS}/refresh", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200


def _claims(person: Person, **changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(person.token, options={"verify_signature": False})
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


_PAST = datetime.now(UTC) - timedelta(hours=1)
_FUTURE = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": _PAST}, "auth.token_expired"),
        ({"exp": None}, "auth.token_invalid"),
        ({"nbf": _FUTURE}, "auth.token_invalid"),
        ({"aud": "another"}, "auth.token_invalid"),
        ({"iss": "another"}, "auth.token_invalid"),
        ({"sub": "nobody"}, "auth.token_invalid"),
        ({"sub": None}, "auth.token_invalid"),
        ({"sid": "none"}, "auth.token_invalid"),
        ({"sid": None}, "auth.token_invalid"),
        # Well-formed, but of no session of theirs.
        ({"sid": str(new_id())}, "auth.session_ended"),
        ({"sub": str(new_id())}, "auth.session_ended"),
        ({"typ": "JWT"}, "auth.token_invalid"),
        ({"key": "x" * 40}, "auth.token_invalid"),
        ({"alg": "HS512"}, "auth.token_invalid"),
        ({"alg": "none"}, "auth.token_invalid"),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_every_claim_of_an_access_token_is_checked(
    client: AsyncClient, settings: Settings, learner: Person, changes: dict[str, Any], code: str
) -> None:
    key = changes.pop("key", settings.secrets.secret_key.get_secret_value())
    kind, algorithm = changes.pop("typ", "at+jwt"), changes.pop("alg", "HS256")
    token = jwt.encode(
        _claims(learner, **changes), "" if algorithm == "none" else key, algorithm=algorithm, headers={"typ": kind}
    )
    answer = await client.get(f"{USERS}/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, problem_of(answer)["code"]) == (401, code)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer a.b.c", "Bearer \xff"])
async def test_without_a_token_nothing_is_told(client: AsyncClient, header: str | None) -> None:
    headers = [] if header is None else [(b"authorization", header.encode("latin-1"))]
    answer = await client.get(f"{USERS}/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="aula"')
    assert problem_of(answer)["code"] in {"auth.required", "auth.token_invalid"}
