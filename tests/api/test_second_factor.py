"""The second factor, with an authenticator that is a program: codes, recovery codes, and what works only once."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from api.services import Services
from core.ids import new_id
from core.settings import Settings
from db.models import AuditEntry, Message, RecoveryCode, User, UserSession
from domain.second_factor import FactorKeys
from tests.api.conftest import problem_of
from tests.support.people import PASSWORD, Person

USERS = "/api/v1/users"
OWNER = {"password": PASSWORD}
NOON = datetime(2030, 1, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
async def learner(learner: Person, services: Services) -> Person:
    """Somebody on a platform whose clock shows a moment of which the test knows the codes."""
    services.clock = lambda: NOON
    async with services.sessions.begin() as session:
        await session.execute(update(UserSession).values(expires_at=NOON + timedelta(days=1)))
    return learner


async def _begin(client: AsyncClient, person: Person) -> dict[str, str]:
    answer = await client.post(f"{USERS}/me/totp", json=OWNER, headers=person.auth)
    assert answer.status_code == 200, answer.text
    body: dict[str, str] = answer.json()
    return body


async def _enable(client: AsyncClient, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up; the authenticator and the recovery codes."""
    totp = pyotp.TOTP((await _begin(client, person))["secret"])
    answer = await client.post(f"{USERS}/me/totp/confirm", json={"code": totp.at(NOON)}, headers=person.auth)
    assert answer.status_code == 200, answer.text
    return totp, answer.json()["recoveryCodes"]


async def _login(client: AsyncClient, person: Person, code: str | None = None) -> tuple[int, str]:
    body: dict[str, Any] = {"email": person.email, "password": PASSWORD}
    answer = await client.post(f"{USERS}/login", json=body if code is None else {**body, "code": code})
    client.cookies.clear()
    return answer.status_code, "" if answer.status_code == 200 else problem_of(answer)["code"]


WRONG = (401, "auth.wrong_credentials")


async def test_a_whole_round_with_an_authenticator(client: AsyncClient, services: Services, learner: Person) -> None:
    begun = await _begin(client, learner)
    # The authenticator reads the address that is in the QR code.
    authenticator = pyotp.parse_uri(begun["uri"])
    assert isinstance(authenticator, pyotp.TOTP)
    facts = parse_qs(urlsplit(begun["uri"]).query)
    assert (authenticator.name, facts["issuer"], facts["secret"]) == (learner.email, ["Aula"], [begun["secret"]])
    assert ET.fromstring(begun["qrSvg"]).tag == "{http://www.w3.org/2000/svg}svg"
    # Until it is confirmed it does not count.
    assert await _login(client, learner) == (200, "")
    code = authenticator.at(NOON)
    confirmed = await client.post(f"{USERS}/me/totp/confirm", json={"code": code}, headers=learner.auth)
    assert (confirmed.status_code, len(confirmed.json()["recoveryCodes"])) == (200, 10)
    assert await _login(client, learner) == (401, "auth.second_factor_required")
    # The code that confirmed it has been used.
    assert await _login(client, learner, code) == WRONG
    services.clock = lambda: NOON + timedelta(seconds=30)
    assert await _login(client, learner, authenticator.at(NOON + timedelta(seconds=30))) == (200, "")
    async with services.sessions() as session:
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        mails = list(await session.scalars(select(Message.template).where(Message.user_id == learner.id)))
    assert "user.totp_enabled" in actions
    assert "totp_changed" in mails


@pytest.mark.parametrize(("behind_s", "lets_in"), [(-30, True), (30, True), (-60, False), (60, False)])
async def test_clocks_may_differ_by_one_step(
    client: AsyncClient, services: Services, learner: Person, behind_s: int, lets_in: bool
) -> None:
    totp, _ = await _enable(client, learner)
    later = NOON + timedelta(minutes=5)
    services.clock = lambda: later
    code = totp.at(later + timedelta(seconds=behind_s))
    assert await _login(client, learner, code) == ((200, "") if lets_in else WRONG)


async def test_no_code_works_twice_nor_one_that_is_older(client: AsyncClient, services: Services, learner: Person) -> None:
    totp, _ = await _enable(client, learner)
    later = NOON + timedelta(minutes=5)
    services.clock = lambda: later
    code = totp.at(later)
    spaced = f"{code[:3]} {code[3:]}"
    assert await _login(client, learner, spaced) == (200, "")
    assert await _login(client, learner, code) == WRONG
    assert await _login(client, learner, totp.at(later - timedelta(seconds=30))) == WRONG


async def test_a_recovery_code_works_once_however_it_is_typed(client: AsyncClient, services: Services, learner: Person) -> None:
    _, codes = await _enable(client, learner)
    assert len(set(codes)) == 10
    assert await _login(client, learner, codes[0].lower().replace("-", " ")) == (200, "")
    assert await _login(client, learner, codes[0]) == WRONG
    assert await _login(client, learner, codes[1]) == (200, "")
    async with services.sessions() as session:
        used = select(AuditEntry.subject_id).where(AuditEntry.action == "user.recovery_code_used")
        assert list(await session.scalars(used)) == [learner.id] * 2


async def test_new_recovery_codes_replace_the_old(client: AsyncClient, learner: Person) -> None:
    none_yet = await client.post(f"{USERS}/me/recovery-codes", json=OWNER, headers=learner.auth)
    assert (none_yet.status_code, problem_of(none_yet)["code"]) == (409, "user.totp_disabled")
    _, old = await _enable(client, learner)
    new = (await client.post(f"{USERS}/me/recovery-codes", json=OWNER, headers=learner.auth)).json()["recoveryCodes"]
    assert await _login(client, learner, old[0]) == WRONG
    assert await _login(client, learner, new[0]) == (200, "")


async def test_it_is_switched_off_with_the_password(client: AsyncClient, services: Services, learner: Person) -> None:
    await _enable(client, learner)
    assert (await client.get(f"{USERS}/me", headers=learner.auth)).json()["totpEnabled"] is True
    again = await client.post(f"{USERS}/me/totp", json=OWNER, headers=learner.auth)
    assert (again.status_code, problem_of(again)["code"]) == (409, "user.totp_enabled")
    for _ in range(2):
        gone = await client.request("DELETE", f"{USERS}/me/totp", json=OWNER, headers=learner.auth)
        assert gone.status_code == 204
    assert await _login(client, learner) == (200, "")
    async with services.sessions() as session:
        assert (await session.scalars(select(RecoveryCode))).all() == []


async def test_a_wrong_code_does_not_switch_it_on(client: AsyncClient, learner: Person) -> None:
    early = await client.post(f"{USERS}/me/totp/confirm", json={"code": "123456"}, headers=learner.auth)
    assert (early.status_code, problem_of(early)["code"]) == (409, "user.totp_not_begun")
    totp = pyotp.TOTP((await _begin(client, learner))["secret"])
    wrong = str((int(totp.at(NOON)) + 1) % 1_000_000).zfill(6)
    answer = await client.post(f"{USERS}/me/totp/confirm", json={"code": wrong}, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "user.totp_wrong_code")
    assert await _login(client, learner) == (200, "")


@pytest.mark.parametrize(("method", "path"), [("POST", "totp"), ("DELETE", "totp"), ("POST", "recovery-codes")])
async def test_every_change_needs_the_password(client: AsyncClient, learner: Person, method: str, path: str) -> None:
    answer = await client.request(method, f"{USERS}/me/{path}", json={"password": "wrong"}, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.wrong_password")


async def test_the_second_factor_is_not_asked_for_before_the_password_is_right(client: AsyncClient, learner: Person) -> None:
    await _enable(client, learner)
    answer = await client.post(f"{USERS}/login", json={"email": learner.email, "password": "wrong password"})
    assert problem_of(answer)["code"] == "auth.wrong_credentials"


async def test_a_copy_of_the_database_holds_no_secret(client: AsyncClient, services: Services, learner: Person) -> None:
    totp, codes = await _enable(client, learner)
    async with services.sessions() as session:
        sealed = await session.scalar(select(User.totp_secret).where(User.id == learner.id))
        hashes = list(await session.scalars(select(RecoveryCode.code_hash)))
    assert sealed is not None
    assert totp.secret.encode() not in sealed
    assert not {code.replace("-", "") for code in codes} & set(hashes)


def test_a_secret_opens_for_its_account_and_under_its_key_alone(settings: Settings) -> None:
    keys = FactorKeys(settings.secrets)
    owner, other = new_id(), new_id()
    sealed = keys.seal(owner, "SECRET")
    assert sealed != keys.seal(owner, "SECRET")
    assert (keys.unseal(owner, sealed), keys.unseal(other, sealed)) == ("SECRET", None)
    another = settings.secrets.model_copy(update={"secret_key": type(settings.secrets.secret_key)("x" * 32)})
    assert FactorKeys(another).unseal(owner, sealed) is None
