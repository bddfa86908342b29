"""Accounts: addresses, registration, roles, and what their owners say about themselves."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.languages import language_tag
from db.models import User
from db.queries import users as queries
from domain import audit


def normalise_email(text: str) -> str:
    """One spelling per address: trimmed, composed (NFC), lower case. Raises Refused `user.email_invalid`."""
    email = unicodedata.normalize("NFC", text.strip()).lower()
    local, at, domain = email.rpartition("@")
    printable = email.isprintable() and not any(c.isspace() for c in email)
    if not (at and local and domain and printable) or "@" in local or len(email) > 254 or len(local) > 64:
        raise Refused(
            "user.email_invalid",
            "This is not an e-mail address.",
            kind=ErrorKind.UNPROCESSABLE,
            errors=[{"field": "email", "message": "Not an e-mail address."}],
        )
    return email


def normal_or_none(text: str) -> str | None:
    """The same; None for what is no address at all."""
    try:
        return normalise_email(text)
    except Refused:
        return None


async def known_by(session: AsyncSession, email: str) -> User | None:
    """The account that somebody means by `email`; None for what is no address at all."""
    normal = normal_or_none(email)
    return await queries.by_email(session, normal) if normal is not None else None


def email_taken() -> Refused:
    """The answer for an address that another account has."""
    return Refused(
        "user.email_taken",
        "There is already an account with this e-mail address.",
        kind=ErrorKind.CONFLICT,
        errors=[{"field": "email", "message": "Already in use."}],
    )


async def register(
    session: AsyncSession,
    *,
    email: str,
    password_hash: str | None,
    display_name: str,
    roles: Sequence[str],
    verified_at: datetime | None = None,
) -> User:
    """A new account. `email` is normalised; without a hash it signs in elsewhere. Raises Refused `user.email_taken`."""
    user = User(
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        roles=sorted(set(roles)),
        email_verified_at=verified_at,
    )
    session.add(user)
    try:
        await session.flush()
    except IntegrityError:
        raise email_taken() from None
    await session.refresh(user)
    return user


async def grant_role(session: AsyncSession, email: str, role: str) -> User:
    """Give the account one more role. Raises Refused `user.unknown`; an unknown role breaks the table's CHECK."""
    user = await queries.by_email(session, email)
    if user is None:
        raise Refused("user.unknown", "There is no such account.", kind=ErrorKind.NOT_FOUND)
    user.roles = sorted({*user.roles, role})
    await session.flush()
    await audit.note(session, None, "user.role_granted", "user", user.id, role=role)
    return user


def may_sign_in(user: User) -> bool:
    """Whether the account is neither suspended nor deleted."""
    return user.disabled_at is None and user.deleted_at is None


def change_profile(
    user: User,
    now: datetime,
    *,
    display_name: str | None = None,
    headline: str | None = None,
    biography: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
) -> None:
    """What the owner says about themselves; None stays as it is. Raises Refused `user.time_zone_unknown`."""
    if time_zone is not None and time_zone not in _time_zones():
        raise Refused(
            "user.time_zone_unknown",
            "There is no such time zone.",
            kind=ErrorKind.UNPROCESSABLE,
            errors=[{"field": "timeZone", "message": "Not a name of the IANA time zone database."}],
        )
    changes = {
        "display_name": display_name and display_name.strip(),
        "headline": headline and headline.strip(),
        "biography": biography,
        "language": language and (language_tag(language) or language),
        "time_zone": time_zone,
    }
    for name, value in changes.items():
        if value is not None:
            setattr(user, name, value)
    user.updated_at = now


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
