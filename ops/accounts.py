"""Accounts made by operators, outside the public registration."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Refused
from core.settings import ApiSettings
from db.queries import users as queries
from domain import users
from domain.passwords import Passwords

# The same as in the public registration.
_PASSWORD = (8, 128)

OPERATOR_EMAIL = "operator@aula.test"


async def create(
    session: AsyncSession, settings: ApiSettings, *, email: str, password: str, display_name: str, roles: Sequence[str]
) -> UUID:
    """A new account with any roles. Raises Refused `user.password_length`, `user.email_invalid` or `user.email_taken`."""
    if not _PASSWORD[0] <= len(password) <= _PASSWORD[1]:
        raise Refused("user.password_length", f"A password has {_PASSWORD[0]} to {_PASSWORD[1]} characters.")
    address = users.normalise_email(email)
    passwords = Passwords(settings)
    try:
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    made = await users.register(session, email=address, password_hash=password_hash, display_name=display_name, roles=roles)
    return made.id


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
