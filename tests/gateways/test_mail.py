"""Mail: both adapters do the same, what goes wrong is told apart, and what is written is safe in both forms."""

import asyncio
import email
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import quote

import pytest

from core.errors import AulaError, Refused, Transient
from core.ids import new_id
from gateways.mail import captured_mail, open_mail
from gateways.mail.base import Mail, MailGateway
from gateways.mail.capturing import CapturingMail
from gateways.mail.smtp import SmtpMail
from gateways.mail.templates import TEMPLATES, render
from tests.support.mail_server import PASSWORD, USER, MailServer
from tests.support.settings import make_settings

MAIL = Mail(
    id=new_id(),
    sender="The School <no-reply@school.example>",
    recipient="learner@example.org",
    subject="Grüße",
    text="One line.\n\nAnother, with ü and a very long tail " + "x" * 1200 + "\n.\nAnd one after a dot.\n",
    html="<p>One <b>line</b>.</p>",
    written_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


@dataclass
class Adapter:
    """One of the adapters, and what it has handed over or kept."""

    gateway: MailGateway
    taken: Callable[[], list[EmailMessage]]


def _kept(folder: Path) -> list[EmailMessage]:
    return [email.message_from_bytes(path.read_bytes(), policy=POLICY) for path in sorted(folder.glob("*.eml"))]


def _smtp(server: MailServer, **values: Any) -> SmtpMail:
    options = {"user": USER, "password": PASSWORD, "timeout_s": 10.0, "context": server.trust, **values}
    return SmtpMail("127.0.0.1", server.port, **options)


@pytest.fixture(params=["capturing", "starttls", "implicit tls", "plain"])
async def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Adapter]:
    if request.param == "capturing":
        yield Adapter(CapturingMail(tmp_path / "mail"), lambda: _kept(tmp_path / "mail"))
        return
    implicit, plain = request.param == "implicit tls", request.param == "plain"
    server = MailServer(tmp_path, implicit_tls=implicit, tls=not plain)
    await server.start()
    yield Adapter(_smtp(server, implicit_tls=implicit, starttls=not plain), lambda: server.received)
    await server.stop()


async def _send(gateway: MailGateway, mail: Mail = MAIL) -> str:
    return await asyncio.to_thread(gateway.send, mail)


async def test_a_mail_arrives_whole_in_both_forms(adapter: Adapter) -> None:
    message_id = await _send(adapter.gateway)
    (got,) = adapter.taken()
    assert message_id == got["Message-ID"] == f"<{MAIL.id}@school.example>"
    assert (got["From"], got["To"], got["Subject"]) == (MAIL.sender, MAIL.recipient, MAIL.subject)
    assert got["Date"].datetime == MAIL.written_at
    assert got["Auto-Submitted"] == "auto-generated"
    plain, rich = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n") == MAIL.text
    assert rich.get_content().strip() == MAIL.html


async def test_a_mail_that_is_sent_again_is_known_by_its_id(adapter: Adapter) -> None:
    assert await _send(adapter.gateway) == await _send(adapter.gateway)
    assert {got["Message-ID"] for got in adapter.taken()} == {f"<{MAIL.id}@school.example>"}


@pytest.mark.parametrize("recipient", ["nobody", "", "a@b@c", "a@b.example\r\nBcc: c@d.example", "a b@c.example"])
async def test_what_is_no_address_is_refused_for_good(adapter: Adapter, recipient: str) -> None:
    with pytest.raises(Refused, match=r"mail\.bad_address"):
        await _send(adapter.gateway, replace(MAIL, recipient=recipient))
    assert not adapter.taken()


async def test_a_subject_can_not_bring_headers_with_it(adapter: Adapter) -> None:
    await _send(adapter.gateway, replace(MAIL, subject="Hello\r\nBcc: someone@example.org"))
    (got,) = adapter.taken()
    assert got["Bcc"] is None
    assert got["Subject"] == "Hello Bcc: someone@example.org"


@pytest.mark.parametrize(
    ("where", "answer", "kind", "code"),
    [
        ("refuse_recipient", "550 5.1.1 No such person", Refused, "mail.recipient_refused"),
        ("refuse_recipient", "450 4.2.0 Come back later", Transient, "mail.unavailable"),
        ("refuse_data", "554 5.7.1 Looks like spam", Refused, "mail.refused"),
        ("refuse_data", "452 4.3.1 No space", Transient, "mail.unavailable"),
        ("refuse_data", "421 4.3.2 Going down", Transient, "mail.unavailable"),
    ],
)
async def test_the_servers_answer_says_whether_to_try_again(
    mail_server: MailServer, where: str, answer: str, kind: type[AulaError], code: str
) -> None:
    setattr(mail_server, where, answer)
    with pytest.raises(kind) as raised:
        await _send(_smtp(mail_server))
    assert raised.value.code == code
    assert answer[:3] in raised.value.message
    assert not mail_server.received


async def test_wrong_credentials_are_worth_another_attempt_and_are_not_told(mail_server: MailServer) -> None:
    with pytest.raises(Transient) as raised:
        await _send(_smtp(mail_server, password="another"))
    assert "another" not in str(raised.value)
    assert not mail_server.received


async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(mail_server: MailServer) -> None:
    with pytest.raises(Transient):
        await _send(_smtp(mail_server, context=None))
    assert not mail_server.received


async def test_nothing_goes_out_in_clear_to_a_server_without_tls(tmp_path: Path) -> None:
    server = MailServer(tmp_path, tls=False)
    await server.start()
    with pytest.raises(Transient):
        await _send(_smtp(server, starttls=True))
    await server.stop()
    assert not server.received


async def test_a_server_that_is_not_there_is_worth_another_attempt() -> None:
    with closing(socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Transient):
            await _send(SmtpMail("127.0.0.1", unused.getsockname()[1], timeout_s=5.0))


def test_captured_mail_is_read_back_and_kept_from_others(tmp_path: Path) -> None:
    gateway = CapturingMail(tmp_path / "mail")
    assert gateway.read(MAIL.id) is None
    gateway.send(MAIL)
    captured = gateway.read(MAIL.id)
    assert captured is not None
    assert (captured.subject, captured.text) == (MAIL.subject, MAIL.text)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "mail").iterdir()] == [0o600]


@pytest.mark.parametrize(
    "url", ["", "capture", "capture://host", "http://mail.example", "smtp://", "smtp://h:port", "smtp://h?starttls=maybe"]
)
def test_an_address_that_names_no_gateway_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match=r"mail\.bad_url"):
        open_mail(make_settings(tmp_path, mail_url=url))


async def test_the_address_of_the_server_says_it_all(tmp_path: Path) -> None:
    server = MailServer(tmp_path, tls=False)
    await server.start()
    url = f"smtp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}?starttls=off"
    await _send(open_mail(make_settings(tmp_path, mail_url=url)))
    await server.stop()
    assert len(server.received) == 1
    assert captured_mail(make_settings(tmp_path, mail_url=url)) is None
    assert isinstance(open_mail(make_settings(tmp_path)), CapturingMail)


VALUES = {"name": "Ada", "link": "https://school.example/x?token=abc&y=1", "course": "Data"}


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_says_the_same_in_both_forms(template: str) -> None:
    made = render(template, VALUES, "https://school.example")
    assert made.subject
    assert "$" not in made.subject + made.text + made.html
    assert "Ada" in made.text
    assert "Ada" in made.html
    action = TEMPLATES[template].action
    assert action in made.text
    assert action in made.html


def test_what_people_call_themselves_is_text_and_nothing_else() -> None:
    name = '<script>alert("$link")</script>\r\nBcc: x'
    made = render("verify_email", {**VALUES, "name": name}, "https://school.example")
    assert "<script" not in made.html
    assert "&lt;script&gt;alert(&quot;$link&quot;)" in made.html
    assert '<script>alert("$link")</script> Bcc: x' in made.text
    assert "\n" not in render("enrolled", {**VALUES, "course": "A\nB"}, "https://school.example").subject


@pytest.mark.parametrize(
    ("template", "values", "code"),
    [
        ("nonsense", VALUES, "mail.unknown_template"),
        ("verify_email", {"name": "Ada"}, "mail.incomplete"),
        ("verify_email", {**VALUES, "link": "javascript:alert(1)"}, "mail.incomplete"),
    ],
)
def test_what_can_not_be_written_is_refused(template: str, values: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as raised:
        render(template, values, "https://school.example")
    assert raised.value.code == code
