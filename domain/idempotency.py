"""`Idempotency-Key`: who claims a key answers the request, everybody else gets that answer, or is told to wait.

The key's row is the lock while the first request is being answered, and the answer afterwards. It is written in transactions
of its own: the lock must be seen while the request's own transaction is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from db.models import IdempotencyKey
from db.queries import idempotency as queries

_RETRY_S = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a request; lost when `locked_until` passes and somebody else claims the key."""

    scope: str
    key: str
    locked_until: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """How the request was answered the first time."""

    status: int
    headers: dict[str, str]
    body: bytes


async def claim(
    session: AsyncSession, *, scope: str, key: str, fingerprint: str, now: datetime, lock_s: float, life_s: float
) -> Claim | Answered:
    """Claim `key` within `scope` (whose it is), or give the answer that it has got.

    A lock whose holder is gone (it ran out) and a key that has expired are free. Raises Refused `idempotency.mismatch` (422)
    for another request under this key, and `idempotency.in_flight` (409) while the first one is being answered.
    """
    locked_until = now + timedelta(seconds=lock_s)
    values = {
        "fingerprint": fingerprint,
        "created_at": now,
        "locked_until": locked_until,
        "expires_at": now + timedelta(seconds=life_s),
        "status": None,
        "headers": None,
        "body": None,
    }
    row = IdempotencyKey
    free = (row.expires_at <= now) | (row.status.is_(None) & (row.locked_until <= now))
    taking = (
        insert(row)
        .values(scope=scope, key=key, **values)
        .on_conflict_do_update(index_elements=[row.scope, row.key], set_=values, where=free)
        .returning(row.key)
    )
    if await session.scalar(taking) is not None:
        return Claim(scope, key, locked_until)
    found = await queries.by_key(session, scope, key)
    if found is not None and found.fingerprint != fingerprint:
        raise Refused("idempotency.mismatch", "This key was used for another request.", kind=ErrorKind.UNPROCESSABLE)
    # None: it was let go between the two statements.
    if found is None or found.status is None:
        raise Refused(
            "idempotency.in_flight",
            "The first request with this key is still being answered.",
            kind=ErrorKind.CONFLICT,
            retry_after_s=_RETRY_S,
        )
    return Answered(found.status, dict(found.headers or {}), found.body or b"")


async def keep(session: AsyncSession, claim: Claim, answer: Answered) -> bool:
    """Keep the answer for repeats; False when the claim has been lost meanwhile."""
    kept = await session.execute(
        update(IdempotencyKey)
        .where(*_mine(claim))
        .values(status=answer.status, headers=answer.headers, body=answer.body, locked_until=None)
        .returning(IdempotencyKey.key)
    )
    return kept.scalar_one_or_none() is not None


async def release(session: AsyncSession, claim: Claim) -> None:
    """Let the key go: the request may be made again with it."""
    await session.execute(delete(IdempotencyKey).where(*_mine(claim)))


async def forget_expired(session: AsyncSession, now: datetime) -> None:
    """Remove the answers that nobody gets any more."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= now))


def _mine(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    row = IdempotencyKey
    return row.scope == claim.scope, row.key == claim.key, row.locked_until == claim.locked_until, row.status.is_(None)
