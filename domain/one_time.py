"""Tokens in links of mails: 256 bits, kept as a hash, for one purpose, for a short time, and once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from db.models import OneTimeToken
from db.queries import one_time as queries

VERIFY_EMAIL, RESET_PASSWORD = "verify_email", "reset_password"
_LIFE = {VERIFY_EMAIL: timedelta(hours=24), RESET_PASSWORD: timedelta(minutes=30)}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def issue(session: AsyncSession, user_id: UUID, purpose: str, email: str, now: datetime) -> str:
    """A new token, sent to `email`; those sent before it for the same purpose work no longer."""
    await withdraw(session, user_id, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(user_id=user_id, purpose=purpose, token_hash=_hash(token), email=email, expires_at=now + _LIFE[purpose])
    )
    await session.flush()
    return token


async def withdraw(session: AsyncSession, user_id: UUID, purpose: str, *, but_to: str | None = None) -> None:
    """Forget what was issued and not used; what went to the address `but_to` stays."""
    unused = (OneTimeToken.user_id == user_id) & (OneTimeToken.purpose == purpose) & OneTimeToken.used_at.is_(None)
    if but_to is not None:
        unused &= OneTimeToken.email != but_to
    await session.execute(delete(OneTimeToken).where(unused))


async def look(session: AsyncSession, token: str, purpose: str, now: datetime) -> OneTimeToken:
    """The token, without using it. Raises Refused `user.link_invalid`."""
    found = await queries.valid(session, _hash(token), purpose, now)
    if found is None:
        raise _invalid()
    return found


async def redeem(session: AsyncSession, token: str, purpose: str, now: datetime) -> OneTimeToken:
    """Use the token; of two that come at once, one gets through. Raises Refused `user.link_invalid`."""
    works = (
        (OneTimeToken.token_hash == _hash(token))
        & (OneTimeToken.purpose == purpose)
        & OneTimeToken.used_at.is_(None)
        & (OneTimeToken.expires_at > now)
    )
    used: OneTimeToken | None = await session.scalar(
        update(OneTimeToken).where(works).values(used_at=now).returning(OneTimeToken)
    )
    if used is None:
        raise _invalid()
    return used


def _invalid() -> Refused:
    return Refused("user.link_invalid", "The link has expired, was used before or is not whole.", kind=ErrorKind.UNPROCESSABLE)
