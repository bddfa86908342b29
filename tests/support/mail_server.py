"""A mail server on loopback that keeps what it is given and answers as it is told."""

import asyncio
import ssl
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.certificates import make_certificate, trusting

USER, PASSWORD = "school", "p@ss/word"


class MailServer:
    """`received` are the mails; `refuse_recipient` and `refuse_data` are answers to give instead of taking them."""

    def __init__(self, folder: Path, *, implicit_tls: bool = False, tls: bool = True) -> None:
        self.received: list[EmailMessage] = []
        self.refuse_recipient = ""
        self.refuse_data = ""
        self.sessions = 0
        certificate, key = make_certificate(folder)
        self.trust = trusting(certificate)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._implicit_tls = implicit_tls
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return cast(int, self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen on a free port."""
        context = self._context if self._implicit_tls else None
        self._server = await asyncio.get_running_loop().create_server(self._protocol, "127.0.0.1", 0, ssl=context)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        self.sessions += 1
        encrypted = self._tls and not self._implicit_tls
        return SMTP(
            self,
            hostname="mail.test",
            tls_context=self._context if encrypted else None,
            require_starttls=encrypted,
            authenticator=_authenticate,
            auth_require_tls=encrypted,
            enable_SMTPUTF8=True,
        )

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse_data:
            return self.refuse_data
        assert isinstance(envelope.content, bytes)
        self.received.append(BytesParser(policy=POLICY).parsebytes(envelope.content))
        return "250 Taken"


def _authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)
