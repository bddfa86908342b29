"""Sends mail through a server that speaks SMTP, encrypted from the start or by STARTTLS."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from ipaddress import ip_address

from core.errors import AulaError, Refused, Transient
from gateways.mail.base import Mail, compose


class SmtpMail:
    """One connection for each mail: they are few, and no server keeps an idle one for long."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str = "",
        password: str = "",
        implicit_tls: bool = False,
        starttls: bool = True,
        timeout_s: float = 20.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`implicit_tls`: encrypted from the first byte. `starttls` may be left off for a server on this machine alone."""
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._implicit_tls = implicit_tls
        self._starttls = starttls or not _is_here(host)
        self._timeout_s = timeout_s
        self._context = context

    def send(self, mail: Mail) -> str:
        """Hand the mail to the server. Raises Transient `mail.unavailable`, Refused `mail.refused` and what `compose` does."""
        message = compose(mail)
        try:
            self._hand_over(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _of_answer(code, answer, "mail.recipient_refused") from None
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused) as error:
            # Something is set up wrongly, here or there: nothing is wrong with the mail.
            raise _unavailable(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:
            raise _of_answer(error.smtp_code, error.smtp_error, "mail.refused") from None
        except smtplib.SMTPNotSupportedError as error:
            raise Transient("mail.unavailable", f"The mail server lacks something: {error}"[:500]) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Transient("mail.unavailable", f"{type(error).__name__}: {error}"[:500]) from None
        return mail.message_id

    def _hand_over(self, message: EmailMessage) -> None:
        server = self._connect()
        try:
            server.send_message(message)
        except BaseException:
            server.close()
            raise
        # It is theirs now: however the farewell goes, the mail must not be sent again.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()

    def _connect(self) -> smtplib.SMTP:
        context = self._context or ssl.create_default_context()
        if self._implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_s, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        try:
            if self._starttls and not self._implicit_tls:
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _of_answer(code: int, answer: bytes | str, refused: str) -> AulaError:
    """4xx: not now; 5xx: never (RFC 5321, 4.2.1)."""
    return Refused(refused, f"{code} {_text(answer)}") if code >= 500 else _unavailable(code, answer)


def _unavailable(code: int, answer: bytes | str) -> Transient:
    return Transient("mail.unavailable", f"{code} {_text(answer)}")


def _text(answer: bytes | str) -> str:
    return (answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[:500]
