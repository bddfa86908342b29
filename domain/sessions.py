"""Sign-ins on devices: refresh tokens that rotate, what their reuse means, and the end of a session, which ends access."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.settings import ApiSettings
from db.models import RefreshToken, User, UserSession
from db.queries import sessions as queries
from domain import audit
from domain.policies import Actor

SIGNED_OUT, REVOKED, REUSED_TOKEN = "signed_out", "revoked", "reused_token"
PASSWORD_CHANGED, SUSPENDED, DELETED = "password_changed", "suspended", "deleted"

_AGENT_LENGTH = 300
_ADDRESS_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Rotation:
    """A session that has begun or goes on: `token` is shown once and only its hash is kept. Empty: there is none to show."""

    user: User
    session_id: UUID
    token: str
    expires_at: datetime
    impersonator_id: UUID | None = None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _new_token(of: UserSession, now: datetime, settings: ApiSettings) -> tuple[str, datetime]:
    # Idle life from now, absolute life from the sign-in.
    return secrets.token_urlsafe(32), min(now + timedelta(seconds=settings.refresh_token_idle_s), of.expires_at)


async def start_session(
    session: AsyncSession,
    user: User,
    now: datetime,
    settings: ApiSettings,
    *,
    method: str = "password",
    user_agent: str = "",
    address: str = "",
    impersonator_id: UUID | None = None,
) -> Rotation:
    """Begin a session after a sign-in. An impersonation lasts as long as one access token and can't be refreshed."""
    life_s = settings.refresh_token_life_s if impersonator_id is None else settings.access_token_life_s
    row = UserSession(
        id=new_id(),
        user_id=user.id,
        user_agent="".join(c for c in user_agent if c.isprintable())[:_AGENT_LENGTH],
        address=address[:_ADDRESS_LENGTH],
        method=method,
        impersonator_id=impersonator_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(seconds=life_s),
    )
    if impersonator_id is not None:
        session.add(row)
        await session.flush()
        return Rotation(user, row.id, "", row.expires_at, impersonator_id)
    token, expires_at = _new_token(row, now, settings)
    await queries.begin(session, row, _hash(token), expires_at)
    return Rotation(user, row.id, token, expires_at)


async def rotate(session: AsyncSession, token: str, now: datetime, settings: ApiSettings) -> Rotation | None:
    """Exchange a refresh token for the next one, or None when it is unknown, expired, of an ended session or was used before.

    A token that comes back after its use was stolen, on one side or the other: the session ends. That has to be committed,
    which is why this answers None instead of raising.
    """
    link = await queries.refresh_token_locked(session, _hash(token))
    if link is None or link.expires_at <= now:
        return None
    # After the token's lock: whoever ends the session meanwhile is waited for and seen.
    row = await queries.locked(session, link.family_id)
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return None
    if link.used_at is not None:
        row.ended_at, row.end_reason = now, REUSED_TOKEN
        await audit.note(session, None, "session.token_reused", "session", row.id, userId=str(row.user_id))
        return None
    user = await session.get(User, row.user_id)
    if user is None or user.disabled_at is not None or user.deleted_at is not None:
        return None
    link.used_at = row.last_seen_at = now
    next_token, expires_at = _new_token(row, now, settings)
    session.add(RefreshToken(family_id=row.id, user_id=row.user_id, token_hash=_hash(next_token), expires_at=expires_at))
    await session.flush()
    return Rotation(user, row.id, next_token, expires_at)


async def end_by_token(session: AsyncSession, token: str, now: datetime) -> None:
    """Sign out: end the session that the refresh token belongs to; an unknown token is no error."""
    link = await queries.refresh_token_locked(session, _hash(token))
    if link is not None:
        await _end(session, UserSession.id == link.family_id, now, SIGNED_OUT)


async def end_one(session: AsyncSession, actor: Actor, session_id: UUID, now: datetime) -> None:
    """End one of the actor's own sessions. Raises Refused `session.not_found`, also for one that has ended."""
    own = (UserSession.id == session_id) & (UserSession.user_id == actor.id)
    reason = SIGNED_OUT if session_id == actor.session_id else REVOKED
    if not await _end(session, own, now, reason):
        raise Refused("session.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


async def end_all(
    session: AsyncSession, user_id: UUID, now: datetime, reason: str, except_session_id: UUID | None = None
) -> int:
    """End the user's sessions, and those where they look through other eyes; returns how many. Access ends with the commit."""
    theirs = (UserSession.user_id == user_id) | (UserSession.impersonator_id == user_id)
    if except_session_id is not None:
        theirs &= UserSession.id != except_session_id
    return await _end(session, theirs, now, reason)


async def _end(session: AsyncSession, which: object, now: datetime, reason: str) -> int:
    running = update(UserSession).where(which, UserSession.ended_at.is_(None))  # type: ignore[arg-type]
    ended = await session.execute(running.values(ended_at=now, end_reason=reason).returning(UserSession.id))
    return len(ended.all())
