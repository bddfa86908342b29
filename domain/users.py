"""Accounts and their sessions: registration, refresh tokens that rotate, and what their reuse means."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import id_moment, new_id
from core.settings import ApiSettings
from db.models import RefreshToken, User, UserSession
from db.queries import users as queries


@dataclass(frozen=True, slots=True)
class Rotation:
    """A refresh token exchanged for the next one: `token` is shown once and only its hash is kept."""

    user: User
    token: str
    expires_at: datetime


def normalise_email(text: str) -> str:
    """One spelling per address: trimmed, composed (NFC), lower case. Raises Refused `user.email_invalid`."""
    email = unicodedata.normalize("NFC", text.strip()).lower()
    local, at, domain = email.rpartition("@")
    printable = email.isprintable() and not any(c.isspace() for c in email)
    if not (at and local and domain and printable) or "@" in local or len(email) > 254 or len(local) > 64:
        raise Refused(
            "user.email_invalid",
            "This is not an e-mail address.",
            errors=[{"field": "email", "message": "Not an e-mail address."}],
        )
    return email


async def known_by(session: AsyncSession, email: str) -> User | None:
    """The account that somebody means by `email`; None for what is no address at all."""
    try:
        return await queries.by_email(session, normalise_email(email))
    except Refused:
        return None


async def register(session: AsyncSession, *, email: str, password_hash: str, display_name: str, roles: Sequence[str]) -> User:
    """A new account. `email` is normalised. Raises Refused `user.email_taken`."""
    user = User(email=email, password_hash=password_hash, display_name=display_name, roles=sorted(set(roles)))
    session.add(user)
    try:
        await session.flush()
    except IntegrityError:
        raise Refused(
            "user.email_taken",
            "There is already an account with this e-mail address.",
            kind=ErrorKind.CONFLICT,
            errors=[{"field": "email", "message": "Already in use."}],
        ) from None
    await session.refresh(user)
    return user


async def set_password_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    """Replace the stored hash (settings grew stronger, or a new password)."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def grant_role(session: AsyncSession, email: str, role: str) -> User:
    """Give the account one more role. Raises Refused `user.unknown`; an unknown role breaks the table's CHECK."""
    user = await queries.by_email(session, email)
    if user is None:
        raise Refused("user.unknown", "There is no such account.", kind=ErrorKind.NOT_FOUND)
    user.roles = sorted({*user.roles, role})
    await session.flush()
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _issue(
    session: AsyncSession, user_id: UUID, family_id: UUID, now: datetime, settings: ApiSettings
) -> tuple[str, datetime]:
    # Idle life from now, absolute life from the family's birth, which its time-ordered id tells.
    ends = id_moment(family_id) + timedelta(seconds=settings.refresh_token_life_s)
    expires_at = min(now + timedelta(seconds=settings.refresh_token_idle_s), ends)
    token = secrets.token_urlsafe(32)
    session.add(RefreshToken(family_id=family_id, user_id=user_id, token_hash=_hash(token), expires_at=expires_at))
    await session.flush()
    return token, expires_at


async def start_session(session: AsyncSession, user: User, now: datetime, settings: ApiSettings) -> Rotation:
    """Begin a family of refresh tokens after a sign-in."""
    family_id = new_id()
    ends = id_moment(family_id) + timedelta(seconds=settings.refresh_token_life_s)
    session.add(UserSession(id=family_id, user_id=user.id, expires_at=ends))
    await session.flush()
    token, expires_at = await _issue(session, user.id, family_id, now, settings)
    return Rotation(user, token, expires_at)


async def _revoke_family(session: AsyncSession, family_id: UUID, now: datetime) -> None:
    alive = (RefreshToken.family_id == family_id) & RefreshToken.revoked_at.is_(None)
    await session.execute(update(RefreshToken).where(alive).values(revoked_at=now))


async def rotate(session: AsyncSession, token: str, now: datetime, settings: ApiSettings) -> Rotation | None:
    """Exchange a refresh token for the next one, or None when it is unknown, expired, revoked or was used before.

    A token that comes back after its use was stolen, on one side or the other: the whole family is revoked. That has to be
    committed, which is why this answers None instead of raising.
    """
    row = await queries.refresh_token_locked(session, _hash(token))
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    if row.used_at is not None:
        await _revoke_family(session, row.family_id, now)
        return None
    user = await queries.by_id(session, row.user_id)
    if user is None or user.disabled_at is not None:
        return None
    row.used_at = now
    next_token, expires_at = await _issue(session, user.id, row.family_id, now, settings)
    return Rotation(user, next_token, expires_at)


async def end_session(session: AsyncSession, token: str, now: datetime) -> None:
    """Sign out: revoke the family that the token belongs to; an unknown token is no error."""
    row = await queries.refresh_token_locked(session, _hash(token))
    if row is not None:
        await _revoke_family(session, row.family_id, now)
