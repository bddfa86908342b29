"""What is said by mail: each template once, as paragraphs, of which both forms of the mail are made.

A value is a part of a sentence, never of the markup: in HTML it is escaped. `$site` is the public address of the platform.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any
from urllib.parse import urlsplit

from core.errors import Refused


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """One kind of mail."""

    subject: str
    before: tuple[str, ...]
    """Paragraphs; the link follows."""
    action: str = ""
    """What the link does, in the words of a button; empty: there is none."""
    after: tuple[str, ...] = ()
    link: str = "$link"
    secrets: tuple[str, ...] = ()
    """Values that open something: they are forgotten once the mail is sent."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail in both its forms."""

    subject: str
    text: str
    html: str


_NOT_YOU = "If you did not expect this mail, you can ignore it: nothing happens without you."
_NOT_BY_YOU = "If this was not you, set a new password now and tell the people who run this site."

TEMPLATES: dict[str, MailTemplate] = {
    "verify_email": MailTemplate(
        "Confirm your e-mail address",
        ("Hello $name,", "please confirm that this address is yours."),
        action="Confirm the address",
        after=("The link works once, and for a limited time.", _NOT_YOU),
        secrets=("link",),
    ),
    "reset_password": MailTemplate(
        "Set a new password",
        ("Hello $name,", "somebody, probably you, asked to set a new password for your account."),
        action="Set a new password",
        after=("The link works once, for 30 minutes. Your password stays as it is until you use it.", _NOT_YOU),
        secrets=("link",),
    ),
    "welcome": MailTemplate(
        "Welcome",
        ("Hello $name,", "your account is ready. Courses wait for you in the catalogue."),
        action="Look at the courses",
        link="$site",
    ),
    "email_taken": MailTemplate(
        "You already have an account",
        (
            "Hello $name,",
            "somebody, probably you, tried to make an account with this address. You have one already: just sign in.",
            "If you forgot your password, you can set a new one there.",
        ),
        action="Sign in",
        link="$site",
        after=(_NOT_YOU,),
    ),
    "password_changed": MailTemplate(
        "Your password was changed",
        ("Hello $name,", "the password of your account was changed, and all other devices were signed out.", _NOT_BY_YOU),
        action="Open the site",
        link="$site",
    ),
    "email_changed": MailTemplate(
        "Your e-mail address was changed",
        ("Hello $name,", "your account has another e-mail address now; this one gets no more mail about it.", _NOT_BY_YOU),
        action="Open the site",
        link="$site",
    ),
    "totp_changed": MailTemplate(
        "Your second factor was changed",
        ("Hello $name,", "the second factor of your account was switched on or off.", _NOT_BY_YOU),
        action="Open the site",
        link="$site",
    ),
    "enrolled": MailTemplate(
        "You are enrolled: $course",
        ("Hello $name,", "you are enrolled in $course."),
        action="Go to the course",
    ),
    "suspended": MailTemplate(
        "Your account is suspended",
        (
            "Hello $name,",
            "your account was suspended, and you were signed out everywhere.",
            "If you have questions, write to the people who run this site.",
        ),
    ),
    "reinstated": MailTemplate(
        "Your account is open again",
        ("Hello $name,", "your account is no longer suspended. You can sign in again."),
        action="Sign in",
        link="$site",
    ),
}


def secrets_of(template: str) -> tuple[str, ...]:
    """The names of values that are forgotten once the mail is sent."""
    found = TEMPLATES.get(template)
    return found.secrets if found else ()


def render(template: str, data: Mapping[str, Any], site: str) -> Rendered:
    """The mail. Raises Refused `mail.unknown_template`, `mail.incomplete` when a value is missing or a link is none."""
    found = TEMPLATES.get(template)
    if found is None:
        raise Refused("mail.unknown_template", f"There is no template {template}.")
    plain = {**{key: _one_line(value) for key, value in data.items()}, "site": site}
    try:
        subject = Template(found.subject).substitute(plain)
        before, after = ([Template(each).substitute(plain) for each in part] for part in (found.before, found.after))
        link = Template(found.link).substitute(plain) if found.action else ""
    except (KeyError, ValueError) as error:
        raise Refused("mail.incomplete", f"The template {template} lacks the value {error}.") from None
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise Refused("mail.incomplete", f"The link of {template} is none.")
    return Rendered(subject, _text(before, found.action, link, after, site), _html(before, found.action, link, after, site))


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _text(before: list[str], action: str, link: str, after: list[str], site: str) -> str:
    parts = [*before, *([f"{action}:\n{link}"] if link else []), *after, f"-- \n{site}"]
    return "\n\n".join(parts) + "\n"


def _html(before: list[str], action: str, link: str, after: list[str], site: str) -> str:
    address = html.escape(link)
    button = (
        f'<p><a href="{address}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;'
        f'color:#ffffff;text-decoration:none">{html.escape(action)}</a></p>'
        f'<p style="color:#555555;font-size:13px">{html.escape(action)}: <a href="{address}">{address}</a></p>'
    )
    paragraphs = [f"<p>{html.escape(each)}</p>" for each in before]
    paragraphs += [button] if link else []
    paragraphs += [f"<p>{html.escape(each)}</p>" for each in after]
    where = html.escape(site)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>'
        '<body style="font-family:system-ui,sans-serif;line-height:1.5;color:#1a1a1a;max-width:560px;margin:0 auto;'
        'padding:24px">'
        f'{"".join(paragraphs)}<hr style="border:0;border-top:1px solid #dddddd">'
        f'<p style="color:#555555;font-size:13px"><a href="{where}">{where}</a></p></body></html>\n'
    )
