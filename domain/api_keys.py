"""Keys for scripts: shown once, kept as a hash, good for what their scopes name and until their end."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from db.models import ApiKey
from db.queries import api_keys as queries
from domain import audit
from domain.policies import Actor, Scope

PREFIX = "aula_"
"""By this keys are told from other tokens, by us and by those who search code for secrets."""
_NAMED_BY = 12
_MOST_KEYS = 50
_LONGEST = timedelta(days=5 * 366)
_TOUCH_EVERY = timedelta(minutes=1)


def hash_of(key: str) -> str:
    """What is kept of a key. It has 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


async def create(
    session: AsyncSession, actor: Actor, name: str, scopes: Iterable[Scope], expires_at: datetime | None, now: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once. Raises Refused `api_key.expiry` or `api_key.too_many`."""
    if expires_at is not None and not now < expires_at <= now + _LONGEST:
        raise Refused(
            "api_key.expiry",
            "A key ends in the future, and within five years.",
            kind=ErrorKind.UNPROCESSABLE,
            errors=[{"field": "expiresAt", "message": "Not in the next five years."}],
        )
    if len(await queries.working(session, actor.id, before=None, limit=_MOST_KEYS)) == _MOST_KEYS:
        raise Refused("api_key.too_many", f"There are {_MOST_KEYS} keys; revoke one first.", kind=ErrorKind.CONFLICT)
    key = PREFIX + secrets.token_urlsafe(32)
    names = sorted({scope.value for scope in scopes})
    row = ApiKey(
        user_id=actor.id, name=name, prefix=key[:_NAMED_BY], key_hash=hash_of(key), scopes=names, expires_at=expires_at
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await audit.note(session, actor, "api_key.created", "api_key", row.id, prefix=row.prefix, scopes=names)
    return row, key


async def revoke(session: AsyncSession, actor: Actor, key_id: UUID, now: datetime) -> None:
    """End one of the actor's own keys, at once. Raises Refused `api_key.not_found`, also for one that has ended."""
    own = (ApiKey.id == key_id) & (ApiKey.user_id == actor.id) & ApiKey.revoked_at.is_(None)
    found = await session.scalar(update(ApiKey).where(own).values(revoked_at=now).returning(ApiKey.id))
    if found is None:
        raise Refused("api_key.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    await audit.note(session, actor, "api_key.revoked", "api_key", key_id)


def is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether the time of the last use should be written again: it is told to the minute."""
    return last_used_at is None or last_used_at + _TOUCH_EVERY < now


async def touch(session: AsyncSession, key_id: UUID, now: datetime) -> None:
    """Keep that the key was used."""
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))
