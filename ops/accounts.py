"""Accounts made by operators, outside the public registration."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.settings import ApiSettings
from db.models import User
from db.queries import users as queries
from domain import audit, second_factor, sessions, users
from domain.passwords import Passwords

# The same as in the public registration.
_PASSWORD = (8, 128)

OPERATOR_EMAIL = "operator@aula.test"


async def create(
    session: AsyncSession, settings: ApiSettings, *, email: str, password: str, display_name: str, roles: Sequence[str]
) -> UUID:
    """A new account with any roles, whose address the operator vouches for.

    Raises Refused `user.password_length`, `user.password_common`, `user.email_invalid` or `user.email_taken`.
    """
    if not _PASSWORD[0] <= len(password) <= _PASSWORD[1]:
        raise Refused("user.password_length", f"A password has {_PASSWORD[0]} to {_PASSWORD[1]} characters.")
    address = users.normalise_email(email)
    passwords = Passwords(settings)
    try:
        await passwords.refuse_guessable(password, address, display_name)
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    made = await users.register(
        session,
        email=address,
        password_hash=password_hash,
        display_name=display_name,
        roles=roles,
        verified_at=utc_now(),
    )
    await audit.note(session, None, "user.created", "user", made.id, roles=sorted(roles))
    return made.id


async def end_sessions(session: AsyncSession, email: str) -> int:
    """Sign somebody out everywhere, at once; returns of how many sessions. Raises Refused `user.unknown`."""
    found = await _known(session, email)
    ended = await sessions.end_all(session, found.id, utc_now(), sessions.REVOKED)
    await audit.note(session, None, "user.sessions_ended", "user", found.id, count=ended)
    return ended


async def remove_totp(session: AsyncSession, email: str) -> None:
    """Switch the second factor of somebody off who has lost it. Raises Refused `user.unknown`."""
    found = await _known(session, email)
    await second_factor.remove(session, None, found, utc_now())


async def _known(session: AsyncSession, email: str) -> User:
    found = await users.known_by(session, email)
    if found is None:
        raise Refused("user.unknown", "There is no such account.", kind=ErrorKind.NOT_FOUND)
    return found


async def ensure_operator(session: AsyncSession, settings: ApiSettings, password: str) -> UUID:
    """The embedded platform's first account: sees queues and jobs, and may upload."""
    found = await queries.by_email(session, OPERATOR_EMAIL)
    if found is not None:
        return found.id
    return await create(
        session,
        settings,
        email=OPERATOR_EMAIL,
        password=password,
        display_name="Operator",
        roles=["instructor", "learner", "operator"],
    )
