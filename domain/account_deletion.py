"""The end of an account: its person is forgotten; what others need, and what money refers to, stays without a name."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from db import caches
from db.models import (
    ApiKey,
    CourseInstructor,
    Grant,
    IdempotencyKey,
    Identity,
    OneTimeToken,
    RecoveryCode,
    RefreshToken,
    User,
    UserSession,
)
from db.queries import administration as queries
from domain import audit, messages, pictures, playback, policies, sessions
from domain.administration import keep_an_admin
from domain.policies import Actor

NAME = "Deleted account"

_FRESH = timedelta(minutes=10)
# What says who somebody was, how they signed in, or what was written to them.
_FORGOTTEN = (RefreshToken, UserSession, OneTimeToken, RecoveryCode, ApiKey, Identity, Grant, CourseInstructor)


async def signed_in_lately(session: AsyncSession, actor: Actor, now: datetime) -> bool:
    """Whether the actor has just come from a provider: who has no password shows so that they are themselves."""
    row = await session.get(UserSession, actor.session_id) if actor.session_id is not None else None
    return row is not None and row.method == "oidc" and now - row.created_at <= _FRESH


async def delete_account(session: AsyncSession, actor: Actor, user_id: UUID, now: datetime) -> list[UUID]:
    """Anonymise the account; returns the playback sessions that end with it.

    Raises Refused `user.not_found`; FORBIDDEN `auth.impersonated`; CONFLICT `user.deleted`, `user.last_admin`,
    `user.owns_courses` while courses of theirs are published: those first get another owner or are archived.
    """
    if not policies.may_change_credentials(actor):
        raise Refused("auth.impersonated", "This may only be done by the account's owner.", kind=ErrorKind.FORBIDDEN)
    user, admins = await queries.locked_with_admins(session, user_id)
    if user is None:
        raise Refused("user.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    if user.deleted_at is not None:
        raise Refused("user.deleted", "The account has been deleted.", kind=ErrorKind.CONFLICT)
    keep_an_admin(user, admins)
    if await queries.owns_published_courses(session, user_id):
        raise Refused("user.owns_courses", "Archive the published courses first, or give them away.", kind=ErrorKind.CONFLICT)
    await audit.note(session, actor, "user.deleted", "user", user_id, roles=list(user.roles))
    watched = await playback.cut_everywhere(session, user_id, now)
    await sessions.end_all(session, user_id, now, sessions.DELETED)
    await messages.forget(session, user_id)
    for table in _FORGOTTEN:
        await session.execute(delete(table).where(table.user_id == user_id))
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.scope == f"user:{user_id}"))
    await pictures.remove_picture(session, pictures.AVATAR, user_id, at_once=True)
    _anonymise(user, now)
    await session.flush()
    caches.touch(session, caches.CATALOG)
    return watched


def _anonymise(user: User, now: datetime) -> None:
    # `.invalid` is nobody's (RFC 2606), and nobody can have taken this address before.
    user.email = f"{uuid4().hex}@deleted.invalid"
    user.display_name, user.headline, user.biography = NAME, "", ""
    user.language, user.time_zone = "en", "UTC"
    user.email_verified_at = user.password_hash = None
    user.totp_secret = user.totp_enabled_at = user.totp_last_step = None
    user.roles = ["learner"]
    user.disabled_at = user.disabled_reason = None
    user.deleted_at = user.updated_at = now
