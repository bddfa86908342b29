"""Messages: sent once by a job, through either gateway, with what they open forgotten afterwards; operators see them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from api.services import Services
from core.ids import new_id
from core.jobs import JobState
from core.message_jobs import SEND_MAIL
from core.settings import Settings
from db.models import Job, Message, User
from domain import account_deletion, messages
from domain.policies import Actor, Role
from pipelines.messages import send_mail
from pipelines.step import Step
from tests.api.conftest import problem_of
from tests.support.drain import Drain
from tests.support.mail_server import PASSWORD, USER, MailServer
from tests.support.people import Person
from transcoding.tools import Tools

SignIn = Callable[..., Awaitable[Person]]
API = "/api/v1"
LINK = "https://school.example/reset-password#token=very-secret"


@dataclass
class Post:
    """A gateway with its drain, and the mail that has gone through it."""

    drain: Drain
    taken: Callable[[], list[EmailMessage]]
    settings: Settings
    server: MailServer | None


@pytest.fixture(params=["captured", "smtp"])
async def post(
    request: pytest.FixtureRequest, services: Services, settings: Settings, tools: Tools, tmp_path: Path
) -> AsyncIterator[Post]:
    folder = settings.data_dir / "mail"
    server = MailServer(tmp_path, tls=False)
    await server.start()
    if request.param == "smtp":
        url = f"smtp://{USER}:{PASSWORD.replace('@', '%40').replace('/', '%2F')}@127.0.0.1:{server.port}?starttls=off"
        mail = settings.mail.model_copy(update={"mail_url": type(settings.mail.mail_url)(url)})
        settings = settings.model_copy(update={"mail": mail})
        taken: Callable[[], list[EmailMessage]] = lambda: server.received  # noqa: E731
    else:
        taken = lambda: [message_from_bytes(path.read_bytes(), policy=SMTP) for path in sorted(folder.glob("*.eml"))]  # noqa: E731
    yield Post(Drain(settings, services.sessions, services.storage, tools), taken, settings, server)
    await server.stop()


async def _say(services: Services, to: Person, template: str = "reset_password", *, recipient: str = "") -> UUID:
    async with services.sessions.begin() as session:
        user = await session.get_one(User, to.id)
        await messages.mail(session, user, template, recipient=recipient, link=LINK)
    return (await _messages(services))[-1].id


async def _messages(services: Services, template: str = "") -> list[Message]:
    async with services.sessions() as session:
        query = select(Message).order_by(Message.id)
        return list(await session.scalars(query.where(Message.template == template) if template else query))


async def _one(services: Services, message_id: UUID) -> Message:
    async with services.sessions() as session:
        return await session.get_one(Message, message_id)


async def _job_of(services: Services, message_id: UUID) -> Job:
    async with services.sessions() as session:
        found = await session.scalar(select(Job).where(Job.payload["message_id"].as_string() == str(message_id)))
    assert found is not None
    return found


def _to(post: Post, message_id: UUID) -> list[EmailMessage]:
    return [mail for mail in post.taken() if str(message_id) in str(mail["Message-ID"])]


async def test_a_message_is_sent_once_and_its_link_is_forgotten(services: Services, post: Post, learner: Person) -> None:
    message_id = await _say(services, learner)
    await post.drain.all()
    (mail,) = _to(post, message_id)
    assert mail["To"] == learner.email
    body = mail.get_body(("plain",))
    assert body is not None
    assert LINK in body.get_content()
    sent = await _one(services, message_id)
    assert (sent.state, sent.provider_id, sent.error) == ("sent", f"<{message_id}@localhost>", None)
    assert sent.sent_at is not None
    assert sent.data == {"name": "learner"}
    # A hint that comes again finds the job done.
    job = await _job_of(services, message_id)
    await post.drain.one(job.id)
    assert len(_to(post, message_id)) == 1


async def test_what_is_rolled_back_is_not_said(services: Services, post: Post, learner: Person) -> None:
    before = len(await _messages(services))
    async with services.sessions() as session:
        await messages.mail(session, await session.get_one(User, learner.id), "welcome")
        await session.rollback()
    assert len(await _messages(services)) == before
    await post.drain.all()
    assert not [mail for mail in post.taken() if mail["Subject"] == "Welcome"]


async def test_what_has_a_key_is_said_once(services: Services, post: Post, learner: Person) -> None:
    for _ in range(3):
        async with services.sessions.begin() as session:
            user = await session.get_one(User, learner.id)
            await messages.mail(session, user, "welcome", unique_key=f"hello:{user.id}")
    await post.drain.all()
    assert len([mail for mail in post.taken() if mail["Subject"] == "Welcome"]) == 1


async def test_a_worker_that_died_after_sending_sends_what_is_known_to_be_the_same(
    services: Services, post: Post, tools: Tools, learner: Person
) -> None:
    await post.drain.all()
    message_id = await _say(services, learner)
    fails = iter([True])

    async def record(session: object, job: object, result: object) -> None:
        if next(fails, False):
            raise RuntimeError("the worker is gone")
        await send_mail.record(session, job, result)  # type: ignore[arg-type]

    step = Step(SEND_MAIL, send_mail.work, record=record, load=send_mail.load)
    await Drain(post.settings, services.sessions, services.storage, tools, steps=[step]).all()
    mails = _to(post, message_id)
    assert len({mail["Message-ID"] for mail in mails}) == 1
    # Files are named by the message: there is still one.
    assert len(mails) == (1 if not post.server or not post.server.received else 2)
    assert (await _one(services, message_id)).state == "sent"


async def test_what_can_never_be_sent_fails_and_says_why_until_it_is_mended(
    client: AsyncClient, services: Services, post: Post, learner: Person, sign_in: SignIn
) -> None:
    nonsense = await _say(services, learner, "nonsense")
    nobody = await _say(services, learner, recipient="not an address")
    await post.drain.all()
    for message_id, code in ((nonsense, "mail.unknown_template"), (nobody, "mail.bad_address")):
        message = await _one(services, message_id)
        assert (message.state, message.sent_at) == ("failed", None)
        assert code in (message.error or "")
        assert (await _job_of(services, message_id)).state is JobState.DISCARDED
    # An operator mends it and has it sent again.
    async with services.sessions.begin() as session:
        await session.execute(update(Message).where(Message.id == nobody).values(recipient=learner.email))
    operator = await sign_in("operator")
    url = f"{API}/ops/messages/{nobody}/send-again"
    again = await client.post(url, headers=operator.auth)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    await post.drain.all()
    assert (await _one(services, nobody)).state == "sent"
    refused = await client.post(url, headers=operator.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (409, "message.not_failed")
    unknown = await client.post(f"{API}/ops/messages/{new_id()}/send-again", headers=operator.auth)
    assert (unknown.status_code, problem_of(unknown)["code"]) == (404, "message.not_found")
    assert (await client.post(url, headers=learner.auth)).status_code == 403


@pytest.mark.parametrize("post", ["captured"], indirect=True)
async def test_a_message_whose_job_died_can_be_sent_again(
    client: AsyncClient, services: Services, post: Post, learner: Person, sign_in: SignIn
) -> None:
    await post.drain.all()
    message_id = await _say(services, learner)
    operator = await sign_in("operator")
    url = f"{API}/ops/messages/{message_id}/send-again"
    early = await client.post(url, headers=operator.auth)
    assert (early.status_code, problem_of(early)["code"]) == (409, "message.not_failed")
    # What kills its workers again and again is discarded, and its step can't say so any more.
    async with services.sessions.begin() as session:
        discarded = update(Job).where(Job.id == (await _job_of(services, message_id)).id)
        await session.execute(discarded.values(state=JobState.DISCARDED, finished_at=services.clock()))
    again = await client.post(url, headers=operator.auth)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    await post.drain.all()
    assert (await _one(services, message_id)).state == "sent"


@pytest.mark.parametrize("post", ["smtp"], indirect=True)
async def test_a_server_that_is_busy_is_asked_again_and_then_given_up(services: Services, post: Post, learner: Person) -> None:
    assert post.server is not None
    await post.drain.all()
    busy = await _say(services, learner)
    post.server.refuse_recipient = "450 4.2.0 Come back later"
    await post.drain.until(lambda job: job.attempt == SEND_MAIL.max_attempts - 1)
    message = await _one(services, busy)
    assert (message.state, "450" in (message.error or "")) == ("queued", True)
    await post.drain.all()
    assert (await _one(services, busy)).state == "failed"
    assert (await _job_of(services, busy)).attempt == SEND_MAIL.max_attempts
    post.server.refuse_recipient = ""
    mended = await _say(services, learner)
    await post.drain.all()
    assert (await _one(services, mended)).state == "sent"


async def test_operators_see_messages_and_what_was_captured(
    client: AsyncClient, services: Services, post: Post, learner: Person, instructor: Person, sign_in: SignIn
) -> None:
    operator = await sign_in("operator")
    await post.drain.all()
    services.settings = post.settings
    message_id = await _say(services, learner)
    failed = await _say(services, learner, "nonsense")
    for who, status in ((None, 401), (learner, 403), (instructor, 403), (operator, 200)):
        for url in (f"{API}/ops/messages", f"{API}/ops/messages/{message_id}"):
            answer = await client.get(url, headers=who.auth if who else {})
            assert answer.status_code == status
    waiting = (await client.get(f"{API}/ops/messages/{message_id}", headers=operator.auth)).json()
    assert (waiting["message"]["state"], waiting["text"]) == ("queued", None)
    await post.drain.all()
    shown = (await client.get(f"{API}/ops/messages/{message_id}", headers=operator.auth)).json()
    assert shown["message"]["recipient"] == learner.email
    captured = services.settings.mail.mail_url.get_secret_value() == "capture:"
    assert (shown["subject"], LINK in (shown["text"] or "")) == (("Set a new password", True) if captured else (None, False))

    unknown = await client.get(f"{API}/ops/messages/{new_id()}", headers=operator.auth)
    assert (unknown.status_code, problem_of(unknown)["code"]) == (404, "message.not_found")
    (only,) = (await client.get(f"{API}/ops/messages?state=failed", headers=operator.auth)).json()["items"]
    assert (only["id"], only["template"]) == (str(failed), "nonsense")
    assert (await client.get(f"{API}/ops/messages?state=lost", headers=operator.auth)).status_code == 400
    first = (await client.get(f"{API}/ops/messages?limit=1", headers=operator.auth)).json()
    then = await client.get(f"{API}/ops/messages?limit=1&cursor={first['nextCursor']}", headers=operator.auth)
    assert [page["items"][0]["id"] for page in (first, then.json())] == [str(failed), str(message_id)]


@pytest.mark.parametrize("post", ["captured"], indirect=True)
async def test_with_an_account_its_messages_go_and_what_was_captured_of_them(
    services: Services, post: Post, learner: Person, sign_in: SignIn
) -> None:
    other = await sign_in("learner")
    theirs, kept = await _say(services, learner), await _say(services, other)
    await post.drain.all()
    assert _to(post, theirs)
    async with services.sessions.begin() as session:
        actor = Actor(learner.id, frozenset({Role.LEARNER}))
        await account_deletion.delete_account(session, actor, learner.id, services.clock())
    await post.drain.all()
    assert [bool(_to(post, each)) for each in (theirs, kept)] == [False, True]
    assert {message.user_id for message in await _messages(services)} == {other.id}
