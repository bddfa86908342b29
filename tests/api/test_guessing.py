"""Limits of one account: guesses from anywhere end soon, and keep its owner out of no place where they were before."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pyotp
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app, make_services
from api.services import Services
from core.ids import new_id
from core.settings import Settings
from db.models import User, UserSession
from tests.support.in_process import in_process
from tests.support.people import PASSWORD, Person, sign_up

USERS = "/api/v1/users"
_places = count(1)


def _elsewhere() -> dict[str, str]:
    number = next(_places)
    return {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250 + 1}"}


def _email() -> str:
    return f"{new_id().hex}@example.org"


@pytest.fixture
async def services(settings_with: Callable[..., Settings], engine: AsyncEngine) -> Services:
    rates = {"limit_guess_per_account": "3/3600", "limit_code_per_account": "2/3600", "limit_mail_per_account": "2/3600"}
    return make_services(settings_with(rate_limits=True, **rates))


@pytest.fixture
async def client(services: Services) -> AsyncIterator[AsyncClient]:
    async with in_process(create_app(services.settings, services)) as client:
        yield client


@pytest.fixture
async def learner(client: AsyncClient, services: Services) -> Person:
    person = await sign_up(client, services.sessions, ["learner"], name=new_id().hex)
    async with services.sessions.begin() as session:
        await session.execute(update(UserSession).values(address="192.0.2.7"))
    return person


HOME = {"X-Forwarded-For": "192.0.2.7"}


async def _login(client: AsyncClient, email: str, password: str, headers: dict[str, str], **more: Any) -> Response:
    answer = await client.post(f"{USERS}/login", json={"email": email, "password": password, **more}, headers=headers)
    client.cookies.clear()
    return answer


async def test_guesses_from_many_addresses_end_alike_for_known_and_unknown_accounts(
    client: AsyncClient, learner: Person
) -> None:
    told = []
    for email in (learner.email, _email()):
        answers = [await _login(client, each, "wrong password", _elsewhere()) for each in [email.upper(), *[email] * 3]]
        told.append([(answer.status_code, answer.json()["code"], answer.headers["ratelimit-policy"]) for answer in answers])
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert 1100 <= int(answers[-1].headers["retry-after"]) <= 1200
    assert told[0] == told[1]


async def test_the_owner_comes_in_where_they_were_before_and_what_turns_out_well_is_not_counted(
    client: AsyncClient, learner: Person
) -> None:
    for _ in range(4):
        await _login(client, learner.email, "wrong password", _elsewhere())
    assert (await _login(client, learner.email, PASSWORD, _elsewhere())).status_code == 429
    for _ in range(5):
        assert (await _login(client, learner.email, PASSWORD, HOME)).status_code == 200
    # That place has no more tries than others.
    tried = [(await _login(client, learner.email, "wrong password", HOME)).status_code for _ in range(4)]
    assert tried == [401, 401, 401, 429]


async def test_codes_can_be_tried_less_often(client: AsyncClient, services: Services, learner: Person) -> None:
    secret = pyotp.random_base32()
    async with services.sessions.begin() as session:
        sealed = {"totp_secret": services.factor_keys.seal(learner.id, secret), "totp_enabled_at": services.clock()}
        await session.execute(update(User).where(User.id == learner.id).values(sealed))
    assert (await _login(client, learner.email, PASSWORD, HOME)).json()["code"] == "auth.second_factor_required"
    code = pyotp.TOTP(secret).now()
    assert (await _login(client, learner.email, PASSWORD, HOME, code=code)).status_code == 200
    tried = [await _login(client, learner.email, PASSWORD, _elsewhere(), code="abcdef") for _ in range(3)]
    assert [answer.status_code for answer in tried] == [401, 401, 429]
    assert '"code-account"' in tried[-1].headers["ratelimit-policy"]


async def test_a_stolen_access_token_finds_out_no_password(client: AsyncClient, learner: Person) -> None:
    change = {"email": _email(), "password": "wrong password"}
    patched = [await client.patch(f"{USERS}/me", json=change, headers=learner.auth | _elsewhere()) for _ in range(4)]
    assert [answer.status_code for answer in patched] == [403, 403, 403, 429]
    change = {"currentPassword": PASSWORD, "newPassword": "another good password"}
    answer = await client.post(f"{USERS}/me/password", json=change, headers=learner.auth | _elsewhere())
    assert answer.status_code == 429


async def test_nobody_is_sent_one_mail_after_the_other(client: AsyncClient, learner: Person) -> None:
    for email in (learner.email, _email()):
        body = {"email": email}
        asked = [await client.post(f"{USERS}/forgot-password", json=body, headers=_elsewhere()) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [202, 202, 429]
    change = {"email": _email(), "password": PASSWORD}
    changed = [await client.patch(f"{USERS}/me", json=change, headers=learner.auth) for _ in range(3)]
    assert [answer.status_code for answer in changed] == [200, 200, 429]
    again = [await client.post(f"{USERS}/me/verification", headers=learner.auth) for _ in range(3)]
    assert [answer.status_code for answer in again] == [202, 202, 429]
