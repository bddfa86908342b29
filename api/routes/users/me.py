"""The account behind the access token: look at it, change it."""

from typing import Annotated

from litestar import get, patch
from litestar.params import JSONBody
from msgspec import Meta

from api import attempts
from api.access import SIGNED_IN, stated
from api.auth import actor_of
from api.routes.users.views import Email, Password, UserView, proven, user_view
from api.services import Injected
from api.wire import LINES_PATTERN, NAME_PATTERN, TEXT_PATTERN, Body, HttpRequest, not_found
from core.errors import ErrorKind, Refused
from db.models import User
from db.queries import users as queries
from domain import account_deletion, credentials
from domain import users as domain


class ProfilePatch(Body):
    """What changes; what is left out stays."""

    display_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=NAME_PATTERN)] | None = None
    headline: Annotated[str, Meta(max_length=200, pattern=TEXT_PATTERN)] | None = None
    biography: Annotated[str, Meta(max_length=5000, pattern=LINES_PATTERN)] | None = None
    language: (
        Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)", examples=["en"])] | None
    ) = None
    """BCP 47; of mail to this person."""
    time_zone: (
        Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$(?!\n)", examples=["Europe/Berlin"])] | None
    ) = None
    """A name of the IANA database."""
    email: Email | None = None
    """It changes once a link that is sent there has been followed."""
    password: Password | None = None
    """The present one; needed with `email`. An account without one has to have signed in within the last ten minutes."""


@get(
    "/users/me",
    operation_id="getMe",
    tags=["Users"],
    summary="Who am I",
    **stated(SIGNED_IN),
)
async def me(request: HttpRequest, services: Injected) -> UserView:
    """The account behind the access token."""
    actor = actor_of(request)
    async with services.sessions() as session:
        user = await queries.by_id(session, actor.id)
    if user is None:
        raise not_found("user")
    return user_view(services, user, actor.impersonator_id)


@patch(
    "/users/me",
    operation_id="changeMe",
    tags=["Users"],
    summary="Change my account",
    **stated(SIGNED_IN, 403, 404, 413, 415, 422),
)
async def change_me(request: HttpRequest, data: JSONBody[ProfilePatch], services: Injected) -> UserView:
    """Change what is said about the account. Another address needs the password, and holds once it has been confirmed.

    An address that somebody else has answers no differently; its owner gets a mail instead.
    """
    actor, now = actor_of(request), services.clock()
    email = domain.normalise_email(data.email) if data.email is not None else None
    owner = None
    if email is not None:
        owner = await _prove_owner(request, services, data.password)
        await attempts.at_address(request, email).count(attempts.MAIL)
    async with services.sessions.begin() as session:
        user = await credentials.locked_as_proven(session, owner) if owner else await credentials.locked(session, actor.id)
        domain.change_profile(
            user,
            now,
            display_name=data.display_name,
            headline=data.headline,
            biography=data.biography,
            language=data.language,
            time_zone=data.time_zone,
        )
        if email is not None:
            await credentials.ask_to_change_address(session, user, email, now, services.settings.api.public_url)
    return user_view(services, user, actor.impersonator_id)


async def _prove_owner(request: HttpRequest, services: Injected, password: str | None) -> User:
    """The account. Raises Refused (403) for who is not the owner, or can't show it."""
    actor = actor_of(request)
    if actor.impersonator_id is not None:
        raise Refused("auth.impersonated", "This may only be done by the account's owner.", kind=ErrorKind.FORBIDDEN)
    async with services.sessions() as session:
        user = await queries.by_id(session, actor.id)
        lately = await account_deletion.signed_in_lately(session, actor, services.clock())
    if user is None:
        raise not_found("user")
    if user.password_hash is not None:
        return await proven(request, services, password or "")
    if not lately:
        raise Refused("auth.sign_in_again", "Sign in again first, to show that it is you.", kind=ErrorKind.FORBIDDEN)
    return user


ROUTES = (me, change_me)
