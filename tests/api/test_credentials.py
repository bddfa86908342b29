"""What lets an account in, and the mails by which it is changed: links that work once, for one purpose, for a while."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select, update

from api.services import Services
from core.errors import Refused
from core.settings import Settings
from db.models import AuditEntry, Identity, Job, Message, OneTimeToken, User, UserSession
from domain import credentials
from storage.base import Storage
from tests.api.conftest import problem_of
from tests.support.drain import Drain
from tests.support.letters import Letters
from tests.support.people import PASSWORD, Person
from transcoding.tools import Tools

USERS = "/api/v1/users"
NEXT = "another good password"


@pytest.fixture
async def letters(settings: Settings, services: Services, storage: Storage, tools: Tools) -> Letters:
    return Letters(services.sessions, Drain(settings, services.sessions, storage, tools))


async def _login(client: AsyncClient, email: str, password: str = PASSWORD) -> Response:
    answer = await client.post(f"{USERS}/login", json={"email": email, "password": password})
    client.cookies.clear()
    return answer


async def _me(client: AsyncClient, person: Person) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get(f"{USERS}/me", headers=person.auth)).json()
    return body


async def _verify(client: AsyncClient, token: str) -> tuple[int, str]:
    answer = await client.post(f"{USERS}/verify-email", json={"token": token})
    return answer.status_code, "" if answer.status_code == 204 else problem_of(answer)["code"]


async def _reset(client: AsyncClient, token: str, password: str = NEXT) -> tuple[int, str]:
    answer = await client.post(f"{USERS}/reset-password", json={"token": token, "newPassword": password})
    return answer.status_code, "" if answer.status_code == 204 else problem_of(answer)["code"]


async def _forget(client: AsyncClient, email: str) -> Response:
    return await client.post(f"{USERS}/forgot-password", json={"email": email})


INVALID = (422, "user.link_invalid")


async def test_a_link_confirms_the_address_once(client: AsyncClient, letters: Letters, learner: Person) -> None:
    assert (await _me(client, learner))["emailVerified"] is False
    token = await letters.token(learner.email, "verify_email")
    assert await _verify(client, token) == (204, "")
    assert (await _me(client, learner))["emailVerified"] is True
    assert await _verify(client, token) == INVALID
    assert await letters.templates(learner.email) == ["verify_email", "welcome"]


async def test_of_two_that_follow_a_link_at_once_one_gets_through(
    client: AsyncClient, letters: Letters, learner: Person
) -> None:
    token = await letters.token(learner.email, "verify_email")
    answers = await asyncio.gather(*(_verify(client, token) for _ in range(5)))
    assert sorted(answers) == [(204, ""), *[INVALID] * 4]


async def test_a_link_that_is_sent_again_replaces_the_one_before(
    client: AsyncClient, letters: Letters, learner: Person
) -> None:
    first = await letters.token(learner.email, "verify_email")
    again = await client.post(f"{USERS}/me/verification", headers=learner.auth)
    assert again.status_code == 202
    second = await letters.token(learner.email, "verify_email")
    assert [await _verify(client, each) for each in (first, second)] == [INVALID, (204, "")]
    done = await client.post(f"{USERS}/me/verification", headers=learner.auth)
    assert (done.status_code, problem_of(done)["code"]) == (409, "user.nothing_to_confirm")


async def test_links_end_with_their_time_and_serve_one_purpose(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    await _forget(client, learner.email)
    verify, reset = [await letters.token(learner.email, each) for each in ("verify_email", "reset_password")]
    assert await _verify(client, reset) == INVALID
    assert await _reset(client, verify) == INVALID
    assert await _verify(client, "A" * 43) == INVALID
    now = services.clock()
    services.clock = lambda: now + timedelta(minutes=31)
    assert await _reset(client, reset) == INVALID
    services.clock = lambda: now + timedelta(hours=25)
    assert await _verify(client, verify) == INVALID


async def test_only_hashes_of_links_are_kept(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    token = await letters.token(learner.email, "verify_email")
    async with services.sessions() as session:
        kept = (await session.scalars(select(OneTimeToken))).one()
    assert token not in (kept.token_hash, str(kept.id))
    assert len(token) == 43


async def test_another_address_holds_once_it_is_confirmed(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    await _forget(client, learner.email)
    reset = await letters.token(learner.email, "reset_password")
    change = {"email": " New@Example.org ", "password": PASSWORD}
    answer = await client.patch(f"{USERS}/me", json=change, headers=learner.auth)
    assert (answer.status_code, answer.json()["email"]) == (200, learner.email)
    assert await _verify(client, await letters.token("new@example.org", "verify_email")) == (204, "")
    me = await _me(client, learner)
    assert (me["email"], me["emailVerified"]) == ("new@example.org", True)
    assert (await letters.templates(learner.email))[-1] == "email_changed"
    # Links that went to the old address let nobody in any more.
    assert await _reset(client, reset) == INVALID
    assert (await _login(client, "new@example.org")).status_code == 200
    async with services.sessions() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "user.email_changed"))).one()
    assert entry.actor_id == learner.id


async def test_an_address_that_is_taken_answers_no_differently_and_its_owner_hears_of_it(
    client: AsyncClient, letters: Letters, learner: Person, instructor: Person
) -> None:
    bodies = []
    for email in (instructor.email, "free@example.org"):
        change = {"email": email, "password": PASSWORD}
        bodies.append((await client.patch(f"{USERS}/me", json=change, headers=learner.auth)).json())
    assert bodies[0] == bodies[1]
    assert (await letters.templates(instructor.email))[-1] == "email_taken"


async def test_an_address_that_was_taken_meanwhile_is_refused_at_the_link(
    client: AsyncClient, letters: Letters, learner: Person
) -> None:
    change = {"email": "new@example.org", "password": PASSWORD}
    await client.patch(f"{USERS}/me", json=change, headers=learner.auth)
    token = await letters.token("new@example.org", "verify_email")
    body = {"email": "new@example.org", "password": PASSWORD, "displayName": "Quicker"}
    assert (await client.post(f"{USERS}/register", json=body)).status_code == 201
    assert await _verify(client, token) == (409, "user.email_taken")
    assert (await _me(client, learner))["email"] == learner.email


@pytest.mark.parametrize("password", [None, "wrong password"])
async def test_another_address_needs_the_password(client: AsyncClient, learner: Person, password: str | None) -> None:
    change = {"email": "new@example.org", "headline": "Not kept", "password": password}
    answer = await client.patch(f"{USERS}/me", json=change, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.wrong_password")
    assert (await _me(client, learner))["headline"] == ""


async def test_a_profile_changes_in_what_is_given(client: AsyncClient, learner: Person) -> None:
    profile = {
        "displayName": " Ada L. ",
        "headline": "Analyst",
        "biography": "First line.\nSecond line.",
        "language": "DE-at",
        "timeZone": "Europe/Vienna",
    }
    changed = (await client.patch(f"{USERS}/me", json=profile, headers=learner.auth)).json()
    assert {name: changed[name] for name in profile} == {**profile, "displayName": "Ada L.", "language": "de-at"}
    assert (await client.patch(f"{USERS}/me", json={"headline": ""}, headers=learner.auth)).json()["headline"] == ""
    assert (await _me(client, learner))["biography"] == "First line.\nSecond line."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"timeZone": "Mars/Olympus"}, 422, "user.time_zone_unknown"),
        ({"timeZone": "../etc/passwd"}, 400, "request.invalid"),
        ({"language": "not a language"}, 400, "request.invalid"),
        ({"displayName": " "}, 400, "request.invalid"),
        ({"displayName": "line\n"}, 400, "request.invalid"),
        ({"biography": "a\u0000b"}, 400, "request.invalid"),
        ({"roles": ["admin"]}, 400, "request.invalid"),
        ({"email": f"{'a' * 64}@example.org"[1:] + "\u00a0x", "password": PASSWORD}, 422, "user.email_invalid"),
    ],
)
async def test_a_bad_profile_is_refused(
    client: AsyncClient, learner: Person, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await client.patch(f"{USERS}/me", json=body, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)


async def test_a_new_password_ends_the_other_sessions_and_is_told_by_mail(
    client: AsyncClient, letters: Letters, learner: Person
) -> None:
    here = (await _login(client, learner.email)).json()["accessToken"]
    headers = {"Authorization": f"Bearer {here}"}
    change = {"currentPassword": PASSWORD, "newPassword": NEXT}
    assert (await client.post(f"{USERS}/me/password", json=change, headers=headers)).status_code == 204
    assert (await client.get(f"{USERS}/me", headers=headers)).status_code == 200
    assert (await client.get(f"{USERS}/me", headers=learner.auth)).status_code == 401
    assert [(await _login(client, learner.email, each)).status_code for each in (PASSWORD, NEXT)] == [401, 200]
    assert (await letters.templates(learner.email))[-1] == "password_changed"
    again = await client.post(f"{USERS}/me/password", json=change, headers=headers)
    problem = problem_of(again)
    assert (again.status_code, problem["code"], problem["errors"][0]["field"]) == (
        403,
        "auth.wrong_password",
        "currentPassword",
    )


@pytest.mark.parametrize("password", ["password1", "PASSWORD1", "iloveyou1", "Learner Person", "learner@example.org"])
async def test_what_is_tried_first_is_no_password(
    client: AsyncClient, services: Services, letters: Letters, learner: Person, password: str
) -> None:
    async with services.sessions.begin() as session:
        # An address and a name that are known beforehand.
        values = {"email": "learner@example.org", "display_name": "Learner Person"}
        await session.execute(update(User).where(User.id == learner.id).values(values))
    await _forget(client, "learner@example.org")
    token = await letters.token("learner@example.org", "reset_password")
    change = {"currentPassword": PASSWORD, "newPassword": password}
    answers = [
        await client.post(f"{USERS}/me/password", json=change, headers=learner.auth),
        await client.post(f"{USERS}/reset-password", json={"token": token, "newPassword": password}),
    ]
    for answer in answers:
        problem = problem_of(answer)
        assert (answer.status_code, problem["code"]) == (422, "user.password_common")
        assert problem["errors"][0]["field"] == "newPassword"
    # A bad choice costs no link.
    assert await _reset(client, token) == (204, "")


@pytest.mark.parametrize("password", ["password1", "ada@example.org", "Ada Lovelace"])
async def test_nobody_registers_with_what_is_tried_first(client: AsyncClient, password: str) -> None:
    body = {"email": "ada@example.org", "password": password, "displayName": "Ada Lovelace"}
    answer = await client.post(f"{USERS}/register", json=body)
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "user.password_common")


async def test_a_lost_password_is_set_anew_and_every_session_ends(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    assert (await _forget(client, learner.email.upper())).status_code == 202
    token = await letters.token(learner.email, "reset_password")
    assert await _reset(client, token) == (204, "")
    assert (await client.get(f"{USERS}/me", headers=learner.auth)).status_code == 401
    assert [(await _login(client, learner.email, each)).status_code for each in (PASSWORD, NEXT)] == [401, 200]
    assert await _reset(client, token, "a third good password") == INVALID
    assert (await letters.templates(learner.email))[-1] == "password_changed"
    async with services.sessions() as session:
        actions = await session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == learner.id))
        verified = await session.scalar(select(User.email_verified_at).where(User.id == learner.id))
    assert "user.password_reset" in set(actions)
    assert verified is not None


async def test_of_two_resets_at_once_one_gets_through(client: AsyncClient, letters: Letters, learner: Person) -> None:
    await _forget(client, learner.email)
    token = await letters.token(learner.email, "reset_password")
    answers = await asyncio.gather(*(_reset(client, token, f"good password {number}") for number in range(4)))
    assert sorted(answers) == [(204, ""), *[INVALID] * 3]


async def test_unknown_and_known_addresses_answer_alike_and_leave_the_same_traces(
    client: AsyncClient, services: Services, learner: Person, instructor: Person
) -> None:
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == instructor.id).values(disabled_at=services.clock()))
        before = await session.scalar(select(func.count()).select_from(Message))
    answers = []
    for email in (learner.email, "nobody@example.org", instructor.email):
        answer = await _forget(client, email)
        answers.append((answer.status_code, answer.content, sorted(answer.headers.keys())))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 202
    async with services.sessions() as session:
        jobs = (await session.scalars(select(Job).where(Job.kind == "users.send_reset").order_by(Job.id))).all()
        after = await session.scalar(select(func.count()).select_from(Message))
    assert [job.payload["email"] for job in jobs] == [learner.email, "nobody@example.org", instructor.email]
    # Nobody has been looked up yet.
    assert before == after


async def test_a_reset_for_nobody_and_for_who_is_suspended_sends_nothing(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(disabled_at=services.clock()))
    for email in ("nobody@example.org", learner.email):
        await _forget(client, email)
        assert "reset_password" not in await letters.templates(email)


async def test_who_signs_in_elsewhere_only_has_no_password_until_a_reset_sets_one(
    client: AsyncClient, services: Services, letters: Letters, learner: Person
) -> None:
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(password_hash=None))
    assert problem_of(await _login(client, learner.email, ""))["code"] == "auth.wrong_credentials"
    change = {"currentPassword": PASSWORD, "newPassword": NEXT}
    answer = await client.post(f"{USERS}/me/password", json=change, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "user.no_password")
    await _forget(client, learner.email)
    assert await _reset(client, await letters.token(learner.email, "reset_password")) == (204, "")
    assert (await _login(client, learner.email, NEXT)).status_code == 200


async def test_another_password_ends_what_was_begun_with_the_one_before(
    client: AsyncClient, letters: Letters, learner: Person
) -> None:
    thief = {"email": "thief@example.org", "password": PASSWORD}
    assert (await client.patch(f"{USERS}/me", json=thief, headers=learner.auth)).status_code == 200
    theirs = await letters.token("thief@example.org", "verify_email")
    await _forget(client, learner.email)
    assert await _reset(client, await letters.token(learner.email, "reset_password")) == (204, "")
    assert await _verify(client, theirs) == INVALID


async def test_a_reset_shuts_out_whoever_came_in_before_the_address_was_proven(
    client: AsyncClient, services: Services, letters: Letters, instructor: Person
) -> None:
    made = await client.post(f"{USERS}/me/api-keys", json={"name": "x", "scopes": ["media:read"]}, headers=instructor.auth)
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    async with services.sessions.begin() as session:
        session.add(Identity(provider="campus", subject="squatter", user_id=instructor.id, email=instructor.email))
    for password in (NEXT, PASSWORD):
        assert (await client.get("/api/v1/assets", headers=key)).status_code == (200 if password is NEXT else 401)
        await _forget(client, instructor.email)
        assert await _reset(client, await letters.token(instructor.email, "reset_password"), password) == (204, "")
        async with services.sessions.begin() as session:
            left = (await session.scalars(select(Identity.subject).where(Identity.user_id == instructor.id))).all()
            # The address is proven from here on, so whom it lets in stays.
            if password is NEXT:
                session.add(Identity(provider="campus", subject="ada", user_id=instructor.id, email=instructor.email))
        assert left == ([] if password is NEXT else ["ada"])


async def test_who_has_no_password_shows_for_another_address_that_they_are_there(
    client: AsyncClient, services: Services, learner: Person
) -> None:
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(password_hash=None))
    change = {"email": "thief@example.org"}
    answer = await client.patch(f"{USERS}/me", json=change, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.sign_in_again")
    async with services.sessions.begin() as session:
        await session.execute(update(UserSession).where(UserSession.user_id == learner.id).values(method="oidc"))
    assert (await client.patch(f"{USERS}/me", json=change, headers=learner.auth)).status_code == 200


async def test_a_password_that_is_changed_at_this_moment_proves_nothing(services: Services, learner: Person) -> None:
    async with services.sessions() as session:
        before = await session.get_one(User, learner.id)
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == learner.id).values(password_hash="another"))
    with pytest.raises(Refused, match=r"auth\.wrong_password"):
        async with services.sessions.begin() as session:
            await credentials.locked_as_proven(session, before)
