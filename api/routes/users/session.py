"""Register, sign in, stay signed in, sign out."""

from contextlib import suppress
from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta

from api.access import OPEN, SIGNED_IN, stated
from api.auth import actor_of, authenticate, in_person, wants_in
from api.origins import same_site
from api.routes.users.views import (
    Email,
    NewPassword,
    Password,
    SessionView,
    UserView,
    refresh_cookie,
    refresh_cookie_name,
    signed_in,
    user_view,
)
from api.services import Injected
from api.wire import NAME_PATTERN, Body, HttpRequest
from core.errors import ErrorKind, Refused
from domain import sessions
from domain import users as domain


class Registration(Body):
    """A new account."""

    email: Email
    password: NewPassword
    display_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=NAME_PATTERN)]


class Credentials(Body):
    """Who signs in."""

    email: Annotated[str, Meta(max_length=254, examples=["ada@example.org"])]
    password: Password


def device_of(request: HttpRequest) -> dict[str, str]:
    """What is kept of the device that signs in: what it calls itself, and where it is."""
    return {
        "user_agent": request.headers.get("user-agent", ""),
        "address": request.client.host if request.client else "",
    }


@post(
    "/users/register",
    operation_id="registerUser",
    tags=["Users"],
    summary="Create an account",
    **stated(OPEN, 409, 413, 415, 422, limit="auth", idempotent=True),
)
async def register(data: JSONBody[Registration], services: Injected) -> UserView:
    """Create an account; its roles are what this installation gives to newcomers. A mail asks to confirm the address."""
    email = domain.normalise_email(data.email)
    password_hash = await services.passwords.hash(data.password)
    async with services.sessions.begin() as session:
        user = await domain.register(
            session,
            email=email,
            password_hash=password_hash,
            display_name=data.display_name.strip(),
            roles=services.settings.api.signup_roles,
        )
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
    """Sign in. An unknown address, a wrong password and a disabled account answer alike, and take the same time."""
    async with services.sessions() as session:
        user = await domain.known_by(session, data.email)
    stored = user.password_hash if user is not None and domain.may_sign_in(user) else None
    if not await services.passwords.matches(stored, data.password) or user is None:
        raise Refused("auth.wrong_credentials", "E-mail address or password is wrong.", kind=ErrorKind.UNAUTHENTICATED)
    better = await services.passwords.hash(data.password) if services.passwords.outdated(user.password_hash or "") else None
    async with services.sessions.begin() as session:
        if better is not None:
            await domain.set_password_hash(session, user.id, better)
        rotation = await sessions.start_session(session, user, services.clock(), services.settings.api, **device_of(request))
    return signed_in(services, rotation)


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
