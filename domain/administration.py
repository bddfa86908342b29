"""What admins do to accounts: roles, suspension, and looking through somebody's eyes. Whatever they do is kept in the log."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.settings import ApiSettings
from db.models import User
from db.queries import administration as queries
from domain import audit, messages, playback, policies, sessions
from domain.policies import Actor
from domain.sessions import Rotation


async def set_roles(session: AsyncSession, actor: Actor, user_id: UUID, roles: Collection[str]) -> User:
    """Give an account exactly these roles; they count from its next request on.

    Raises Refused `user.not_found`; CONFLICT `user.deleted`, `user.last_admin`.
    """
    user = await _locked(session, actor, user_id, keeps_admin="admin" in roles)
    before, user.roles = list(user.roles), sorted(set(roles))
    if before != user.roles:
        await audit.note(session, actor, "user.roles_changed", "user", user.id, before=before, after=list(user.roles))
    await session.flush()
    return user


async def suspend(session: AsyncSession, actor: Actor, user_id: UUID, reason: str, now: datetime) -> tuple[User, list[UUID]]:
    """Shut an account: all its sessions end, and what it watches; returns the playback sessions that do.

    Raises Refused `user.not_found`; CONFLICT `user.deleted`, `user.suspended`, `user.yourself`, `user.last_admin`.
    """
    if user_id == actor.id:
        raise _conflict("user.yourself", "Nobody suspends themselves.")
    user = await _locked(session, actor, user_id, keeps_admin=False)
    if user.disabled_at is not None:
        raise _conflict("user.suspended", "The account is suspended already.")
    user.disabled_at, user.disabled_reason = now, reason
    await session.flush()
    await sessions.end_all(session, user.id, now, sessions.SUSPENDED)
    watched = await playback.cut_everywhere(session, user.id, now)
    await audit.note(session, actor, "user.suspended", "user", user.id, reason=reason)
    # Without the reason, which is for admins.
    await messages.mail(session, user, "suspended")
    return user, watched


async def reinstate(session: AsyncSession, actor: Actor, user_id: UUID) -> User:
    """Open a suspended account again; who it belongs to has to sign in anew.

    Raises Refused `user.not_found`; CONFLICT `user.deleted`, `user.not_suspended`.
    """
    user = await _locked(session, actor, user_id)
    if user.disabled_at is None:
        raise _conflict("user.not_suspended", "The account is not suspended.")
    user.disabled_at = user.disabled_reason = None
    await audit.note(session, actor, "user.reinstated", "user", user.id)
    await messages.mail(session, user, "reinstated")
    await session.flush()
    return user


async def impersonate(
    session: AsyncSession,
    actor: Actor,
    user_id: UUID,
    now: datetime,
    settings: ApiSettings,
    *,
    user_agent: str = "",
    address: str = "",
) -> Rotation:
    """Begin a short session as somebody else, which its owner sees among theirs and which can't be refreshed.

    Raises Refused `user.not_found`; FORBIDDEN `user.is_admin`; CONFLICT `user.deleted`, `user.suspended`.
    """
    user = await _locked(session, actor, user_id)
    if not policies.may_impersonate(actor, user.roles):
        raise Refused("user.is_admin", "Nobody may act as an admin but the admin.", kind=ErrorKind.FORBIDDEN)
    if user.disabled_at is not None:
        raise _conflict("user.suspended", "The account is suspended.")
    rotation = await sessions.start_session(
        session,
        user,
        now,
        settings,
        method="impersonation",
        user_agent=user_agent,
        address=address,
        impersonator_id=actor.id,
    )
    await audit.note(session, actor, "user.impersonated", "user", user.id, sessionId=str(rotation.session_id))
    return rotation


def keep_an_admin(user: User, admins: Collection[User]) -> None:
    """Raises Refused (CONFLICT) `user.last_admin` when nobody else is left to run the place; `admins` are locked."""
    if [each.id for each in admins] == [user.id]:
        raise _conflict("user.last_admin", "This is the last admin; make somebody else one first.")


async def _locked(session: AsyncSession, actor: Actor, user_id: UUID, *, keeps_admin: bool = True) -> User:
    if not policies.may_administer(actor):
        raise Refused("auth.impersonated", "This may only be done in person.", kind=ErrorKind.FORBIDDEN)
    user, admins = await queries.locked_with_admins(session, user_id)
    if user is None:
        raise Refused("user.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    if user.deleted_at is not None:
        raise _conflict("user.deleted", "The account has been deleted.")
    if not keeps_admin:
        keep_an_admin(user, admins)
    return user


def _conflict(code: str, message: str) -> Refused:
    return Refused(code, message, kind=ErrorKind.CONFLICT)
