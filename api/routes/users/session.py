"""Register, sign in, stay signed in, sign out."""

from contextlib import suppress
from typing import Annotated, TypedDict

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from api import attempts
from api.access import OPEN, SIGNED_IN, stated
from api.attempts import Attempts
from api.auth import actor_of, authenticate, in_person, wants_in
from api.origins import same_site
from api.routes.users.views import (
    Email,
    NewPassword,
    Password,
    SecondFactorCode,
    SessionView,
    UserView,
    refresh_cookie,
    refresh_cookie_name,
    signed_in,
    user_view,
)
from api.services import Injected, Services
from api.wire import NAME_PATTERN, Body, HttpRequest
from core.errors import ErrorKind, Refused
from db.models import User
from db.queries import sessions as session_queries
from db.queries import users as queries
from domain import audit, credentials, second_factor, sessions
from domain import users as domain
from domain.policies import Actor


class Registration(Body):
    """A new account."""

    email: Email
    password: NewPassword
    display_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=NAME_PATTERN)]


class Credentials(Body):
    """Who signs in."""

    email: Annotated[str, Meta(max_length=254, examples=["ada@example.org"])]
    password: Password
    code: SecondFactorCode | None = None
    """Of the second factor, or a recovery code; asked for by `auth.second_factor_required`."""


class Device(TypedDict):
    """What is kept of the device that signs in."""

    user_agent: str
    address: str


def device_of(request: HttpRequest) -> Device:
    """What is kept of the device that signs in: what it calls itself, and where it is."""
    return {"user_agent": request.headers.get("user-agent", ""), "address": attempts.address_of(request)}


@post(
    "/users/register",
    operation_id="registerUser",
    tags=["Users"],
    summary="Create an account",
    **stated(OPEN, 409, 413, 415, 422, limit="auth"),
)
async def register(data: JSONBody[Registration], services: Injected) -> UserView:
    """Create an account; its roles are what this installation gives to newcomers. A mail asks to confirm the address.

    An address that has an account answers 409: who signs up has to be told. It is the one place where that can be learnt, and
    it is limited as sign-in is.
    """
    email, api = domain.normalise_email(data.email), services.settings.api
    await services.passwords.refuse_guessable(data.password, email, data.display_name)
    password_hash = await services.passwords.hash(data.password)
    async with services.sessions.begin() as session:
        user = await domain.register(
            session,
            email=email,
            password_hash=password_hash,
            display_name=data.display_name.strip(),
            roles=api.signup_roles,
        )
        await audit.note(session, Actor(user.id, frozenset(user.roles)), "user.registered", "user", user.id)
        await credentials.ask_to_confirm(session, user, email, services.clock(), api.public_url)
    return user_view(services, user)


@post(
    "/users/login",
    operation_id="loginUser",
    tags=["Users"],
    summary="Sign in",
    status_code=200,
    **stated(OPEN, 401, 413, 415, limit="auth"),
)
async def login(request: HttpRequest, data: JSONBody[Credentials], services: Injected) -> Response[SessionView]:
    """Sign in. An unknown address, a wrong password and a disabled account answer alike, and take the same time.

    Where the account has a second factor, its code comes along: without one the answer is 401 `auth.second_factor_required`.
    """
    email, here = domain.normal_or_none(data.email) or "", attempts.address_of(request)
    found = await session_queries.entrance(services.engine, email, here)
    attempt = attempts.at_sign_in(request, data.email, known_here=found is not None and found.known_here)
    await attempt.count(attempts.GUESS)
    stored = found.password_hash if found is not None else None
    if not await services.passwords.matches(stored, data.password) or found is None:
        raise _wrong_credentials()
    better = await services.passwords.hash(data.password) if services.passwords.outdated(stored or "") else None
    now = services.clock()
    async with services.sessions.begin() as session:
        # Locked, and the same as it was compared with: a password that is changed at this moment lets nobody in.
        user = await queries.locked(session, found.user_id)
        if user is None or user.password_hash != stored or not domain.may_sign_in(user):
            raise _wrong_credentials()
        method = await _second_factor(session, services, user, data.code, attempt)
        if better is not None:
            user.password_hash = better
        rotation = await sessions.start_session(session, user, now, services.settings.api, method=method, **device_of(request))
    await attempt.forget(attempts.GUESS, attempts.CODE)
    return signed_in(services, rotation)


async def _second_factor(session: AsyncSession, services: Services, user: User, code: str | None, attempt: Attempts) -> str:
    """By what the account is let in. Raises Refused (401)."""
    if user.totp_enabled_at is None:
        return "password"
    if code is None:
        raise Refused("auth.second_factor_required", "Give the code of your second factor.", kind=ErrorKind.UNAUTHENTICATED)
    await attempt.count(attempts.CODE)
    if not await second_factor.passes(session, user, code, services.clock(), services.factor_keys):
        raise _wrong_credentials()
    return "totp"


def _wrong_credentials() -> Refused:
    return Refused("auth.wrong_credentials", "E-mail address or password is wrong.", kind=ErrorKind.UNAUTHENTICATED)


@post(
    "/users/refresh",
    operation_id="refreshSession",
    tags=["Users"],
    summary="Exchange the refresh token",
    status_code=200,
    **stated(OPEN, 401, 403, guards=(same_site,)),
)
async def refresh(request: HttpRequest, services: Injected) -> Response[SessionView]:
    """Exchange the cookie's refresh token for a new one and an access token. A token that comes back ends the session."""
    settings = services.settings.api
    token = request.cookies.get(refresh_cookie_name(settings), "")
    async with services.sessions.begin() as session:
        rotation = await sessions.rotate(session, token, services.clock(), settings)
    if rotation is None:
        raise Refused("auth.session_ended", "The session has ended; sign in again.", kind=ErrorKind.UNAUTHENTICATED)
    return signed_in(services, rotation)


@post(
    "/users/logout",
    operation_id="logoutUser",
    tags=["Users"],
    summary="Sign out",
    status_code=204,
    **stated(OPEN, 403, guards=(same_site,)),
)
async def logout(request: HttpRequest, services: Injected) -> Response[None]:
    """End the session of the cookie and that of the access token, at once; without either, nothing happens.

    With the access token of an impersonation only that ends: the cookie is the admin's own.
    """
    settings, now = services.settings.api, services.clock()
    actor = None
    if wants_in(request):
        # Who signs out with a token that has expired still signs out.
        with suppress(Refused):
            actor = await authenticate(request)
    impersonation = actor is not None and actor.impersonator_id is not None
    async with services.sessions.begin() as session:
        if actor is not None and actor.session_id is not None:
            await sessions.end_one(session, actor, actor.session_id, now)
        if not impersonation:
            await sessions.end_by_token(session, request.cookies.get(refresh_cookie_name(settings), ""), now)
    return Response(None, cookies=[] if impersonation else [refresh_cookie(settings, "", 0)])


@post(
    "/users/logout-all",
    operation_id="logoutEverywhere",
    tags=["Users"],
    summary="Sign out everywhere",
    status_code=204,
    **stated(SIGNED_IN, 403, guards=(in_person,)),
)
async def logout_all(request: HttpRequest, services: Injected) -> Response[None]:
    """End every session of the account, this one too; access tokens in use end with them."""
    async with services.sessions.begin() as session:
        await sessions.end_all(session, actor_of(request).id, services.clock(), sessions.SIGNED_OUT)
    return Response(None, cookies=[refresh_cookie(services.settings.api, "", 0)])


ROUTES = (register, login, refresh, logout, logout_all)
