"""Who signs in elsewhere: which account a provider's word opens, and when it makes a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from db.models import Identity, User
from db.queries import users as queries
from domain import audit, messages, users
from domain.policies import Actor

_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a provider has said of somebody, and whether its word about addresses is taken."""

    provider: str
    subject: str
    email: str
    email_verified: bool
    name: str
    trust_email: bool

    @property
    def proves_email(self) -> bool:
        """The address is theirs beyond doubt."""
        return self.email_verified and self.trust_email


async def sign_in(session: AsyncSession, who: Elsewhere, now: datetime, *, newcomer_roles: Sequence[str]) -> User:
    """The account of somebody who has signed in at a provider; a new one without a password if there is none.

    An address alone opens an account only if both the provider and we have verified it: otherwise whoever registers first with
    somebody else's address would share the account with its owner.

    Raises Refused `oidc.email_missing`, `oidc.email_taken` (CONFLICT), `oidc.account_closed` (FORBIDDEN).
    """
    identity = await session.get(Identity, (who.provider, who.subject))
    if identity is not None:
        return await _known(session, identity, now)
    email = _email(who)
    user = await users.known_by(session, email)
    # Locked, as whoever suspends or deletes it has it: they are waited for and seen.
    user = await queries.locked(session, user.id) if user is not None else None
    if user is None:
        user = await _newcomer(session, who, email, now, newcomer_roles)
    elif not (who.proves_email and user.email_verified_at is not None):
        raise _taken()
    elif users.may_sign_in(user):
        await audit.note(session, _as(user), "user.identity_linked", "user", user.id, provider=who.provider)
    _open(user)
    await _link(session, who, user, email, now)
    return user


async def _known(session: AsyncSession, identity: Identity, now: datetime) -> User:
    # The account before the identity, in the order of who deletes both.
    user = await queries.locked(session, identity.user_id)
    found = await session.get(Identity, (identity.provider, identity.subject), with_for_update=True, populate_existing=True)
    if user is None or found is None:
        raise Refused("oidc.account_closed", "This account is closed.", kind=ErrorKind.FORBIDDEN)
    _open(user)
    found.last_used_at = now
    return user


async def _newcomer(session: AsyncSession, who: Elsewhere, email: str, now: datetime, roles: Sequence[str]) -> User:
    name = " ".join("".join(c if c.isprintable() else " " for c in who.name).split())[:_NAME_LENGTH].strip()
    verified_at = now if who.proves_email else None
    try:
        user = await users.register(
            session,
            email=email,
            password_hash=None,
            display_name=name or email.partition("@")[0],
            roles=roles,
            verified_at=verified_at,
        )
    except Refused as refused:
        if refused.kind is ErrorKind.CONFLICT:
            # Somebody was faster, in this moment.
            raise _taken() from refused
        raise
    await audit.note(session, _as(user), "user.registered", "user", user.id, provider=who.provider)
    if verified_at is not None:
        await messages.mail(session, user, "welcome", unique_key=f"welcome:{user.id}")
    return user


async def _link(session: AsyncSession, who: Elsewhere, user: User, email: str, now: datetime) -> None:
    values = {"provider": who.provider, "subject": who.subject, "user_id": user.id, "email": email, "last_used_at": now}
    # Of two first visits at once both have found the same account.
    await session.execute(insert(Identity).values(values).on_conflict_do_nothing())


def _email(who: Elsewhere) -> str:
    try:
        return users.normalise_email(who.email)
    except Refused:
        raise Refused(
            "oidc.email_missing", "The provider did not tell an e-mail address.", kind=ErrorKind.UNPROCESSABLE
        ) from None


def _open(user: User) -> User:
    if not users.may_sign_in(user):
        raise Refused("oidc.account_closed", "This account is closed.", kind=ErrorKind.FORBIDDEN)
    return user


def _taken() -> Refused:
    return Refused("oidc.email_taken", "There is already an account with this e-mail address.", kind=ErrorKind.CONFLICT)


def _as(user: User) -> Actor:
    return Actor(user.id, frozenset(user.roles))
