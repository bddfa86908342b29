"""Mail: one port, an adapter that speaks SMTP and one that keeps what it is given, and the templates of what is said."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import Refused
from core.settings import Settings
from gateways.mail.base import MailGateway
from gateways.mail.capturing import CapturingMail
from gateways.mail.smtp import SmtpMail

__all__ = ["captured_mail", "open_mail"]

_PORTS = {"smtp": 587, "smtps": 465}


def open_mail(settings: Settings) -> MailGateway:
    """The adapter for `settings.mail.mail_url`; nothing is contacted yet. Raises Refused `mail.bad_url`.

    `capture:` (files in the data directory), `capture:/directory`, `smtp://user:password@host:587?starttls=off` or
    `smtps://user:password@host:465`; what is special in user and password is percent-encoded.
    """
    captured = captured_mail(settings)
    if captured is not None:
        return captured
    url = urlsplit(settings.mail.mail_url.get_secret_value())
    try:
        port = url.port
    except ValueError:
        port = -1
    starttls = parse_qs(url.query).get("starttls", ["required"])[-1]
    if url.scheme not in _PORTS or not url.hostname or port == -1 or starttls not in ("required", "off"):
        message = "AULA_MAIL_URL must be capture:, smtp://user:password@host:587 or smtps://user:password@host:465."
        raise Refused("mail.bad_url", message)
    return SmtpMail(
        url.hostname,
        port or _PORTS[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        implicit_tls=url.scheme == "smtps",
        starttls=starttls == "required",
        timeout_s=settings.mail.mail_timeout_s,
    )


def captured_mail(settings: Settings) -> CapturingMail | None:
    """Where mail is kept instead of being sent; None where it is sent."""
    url = urlsplit(settings.mail.mail_url.get_secret_value())
    if url.scheme != "capture" or url.netloc:
        return None
    return CapturingMail(Path(unquote(url.path)) if url.path else settings.data_dir / "mail")
