"""What lets an account in: its confirmed address, its password, and the mails by which both are changed."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.account_jobs import SEND_RESET, OfAddress
from core.errors import ErrorKind, Refused
from core.jobs import JobRequest
from db import jobs
from db.models import ApiKey, Identity, User
from db.queries import one_time as one_time_queries
from db.queries import users as queries
from domain import audit, messages, one_time, sessions
from domain.policies import Actor
from domain.users import email_taken, known_by, may_sign_in


async def locked(session: AsyncSession, user_id: UUID) -> User:
    """The account, its row locked. Raises Refused `user.not_found`."""
    user = await queries.locked(session, user_id)
    if user is None or not may_sign_in(user):
        raise Refused("user.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    return user


async def locked_as_proven(session: AsyncSession, before: User) -> User:
    """The same, for who has shown the password of `before`. Raises Refused `auth.wrong_password` if it is another by now."""
    user = await locked(session, before.id)
    if user.password_hash != before.password_hash:
        raise Refused("auth.wrong_password", "The password has just been changed.", kind=ErrorKind.FORBIDDEN)
    return user


async def ask_to_confirm(session: AsyncSession, user: User, email: str, now: datetime, public_url: str) -> None:
    """Send a link that proves that `email` is the user's."""
    token = await one_time.issue(session, user.id, one_time.VERIFY_EMAIL, email, now)
    # Behind the #, where neither servers nor their logs see it.
    await messages.mail(session, user, "verify_email", recipient=email, link=f"{public_url}/verify-email#token={token}")


async def ask_again(session: AsyncSession, user: User, now: datetime, public_url: str) -> None:
    """Send the link again. Raises Refused `user.nothing_to_confirm`."""
    email = await one_time_queries.pending_address(session, user.id)
    if email is None and user.email_verified_at is None:
        email = user.email
    if email is None:
        raise Refused("user.nothing_to_confirm", "The address is confirmed already.", kind=ErrorKind.CONFLICT)
    await ask_to_confirm(session, user, email, now, public_url)


async def ask_to_change_address(session: AsyncSession, user: User, email: str, now: datetime, public_url: str) -> None:
    """Begin to change the address: it changes once the new one is confirmed. One that is taken gets a mail that says so."""
    if email == user.email:
        await one_time.withdraw(session, user.id, one_time.VERIFY_EMAIL)
    elif (owner := await queries.by_email(session, email)) is not None:
        await one_time.withdraw(session, user.id, one_time.VERIFY_EMAIL)
        await messages.mail(session, owner, "email_taken")
    else:
        await ask_to_confirm(session, user, email, now, public_url)


async def confirm(session: AsyncSession, token: str, now: datetime) -> None:
    """Take a confirmed address for the account's. Raises Refused `user.link_invalid`, or `user.email_taken` meanwhile."""
    proof = await one_time.redeem(session, token, one_time.VERIFY_EMAIL, now)
    user = await locked(session, proof.user_id)
    if proof.email == user.email:
        if user.email_verified_at is None:
            user.email_verified_at = user.updated_at = now
            await messages.mail(session, user, "welcome", unique_key=f"welcome:{user.id}")
        return
    before = user.email
    user.email, user.email_verified_at, user.updated_at = proof.email, now, now
    try:
        await session.flush()
    except IntegrityError:
        raise email_taken() from None
    # Links that went to the old address let nobody in any more, and whoever reads there learns of the change.
    await one_time.withdraw(session, user.id, one_time.RESET_PASSWORD)
    await messages.mail(session, user, "email_changed", recipient=before)
    await audit.note(session, Actor(user.id, frozenset(user.roles)), "user.email_changed", "user", user.id)


async def ask_for_reset(session: AsyncSession, email: str) -> None:
    """Have a job look whether there is such an account. Here nobody looks: the same is done for every address."""
    key = hashlib.sha256(email.encode()).hexdigest()
    await jobs.add(session, JobRequest(SEND_RESET, OfAddress(email), unique_key=f"users.send_reset:{key}"))


async def send_reset(session: AsyncSession, email: str, now: datetime, public_url: str) -> None:
    """Send a link to set a new password, if there is such an account."""
    user = await known_by(session, email)
    if user is None or not may_sign_in(user):
        return
    token = await one_time.issue(session, user.id, one_time.RESET_PASSWORD, user.email, now)
    await messages.mail(session, user, "reset_password", link=f"{public_url}/reset-password#token={token}")


async def change_password(session: AsyncSession, actor: Actor, user: User, password_hash: str, now: datetime) -> None:
    """Set another password; the user's other sessions end, and a mail tells. The row is locked."""
    await _set_password(session, user, password_hash, now)
    await sessions.end_all(session, user.id, now, sessions.PASSWORD_CHANGED, except_session_id=actor.session_id)
    await audit.note(session, actor, "user.password_changed", "user", user.id)


async def reset_password(session: AsyncSession, token: str, password_hash: str, now: datetime) -> None:
    """Set another password by the token of a mail; every session ends. Raises Refused `user.link_invalid`."""
    proof = await one_time.redeem(session, token, one_time.RESET_PASSWORD, now)
    user = await locked(session, proof.user_id)
    # Whoever follows the link reads the mail at this address.
    if proof.email == user.email and user.email_verified_at is None:
        await _shut_out(session, user, now)
        user.email_verified_at = now
    await _set_password(session, user, password_hash, now)
    await sessions.end_all(session, user.id, now, sessions.PASSWORD_CHANGED)
    await audit.note(session, Actor(user.id, frozenset(user.roles)), "user.password_reset", "user", user.id)


async def _shut_out(session: AsyncSession, user: User, now: datetime) -> None:
    """End the ways in that were opened before anybody had proven the address: by somebody else, it may be."""
    await session.execute(delete(Identity).where(Identity.user_id == user.id))
    working = (ApiKey.user_id == user.id) & ApiKey.revoked_at.is_(None)
    await session.execute(update(ApiKey).where(working).values(revoked_at=now))


async def _set_password(session: AsyncSession, user: User, password_hash: str, now: datetime) -> None:
    user.password_hash, user.updated_at = password_hash, now
    await session.flush()
    await one_time.withdraw(session, user.id, one_time.RESET_PASSWORD)
    # Whoever knew the password before may have asked for another address, and still follow the link.
    await one_time.withdraw(session, user.id, one_time.VERIFY_EMAIL, but_to=user.email)
    await messages.mail(session, user, "password_changed")
