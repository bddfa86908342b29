"""Accounts: register, sign in, stay signed in, sign out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Meta

from api.access import OPEN, SIGNED_IN, stated
from api.auth import actor_of
from api.origins import same_site
from api.services import Injected, Services
from api.wire import NAME_PATTERN, Body, HttpRequest, View, not_found
from core.errors import ErrorKind, Refused
from core.settings import ApiSettings
from db.models import User
from db.queries import users as queries
from domain import users as domain
from domain.users import Rotation

COOKIE_PATH = "/api/v1/users"

# Long enough to matter, short enough that nobody makes argon2id chew on a novel (OWASP ASVS 5, 6.2).
Password = Annotated[str, Meta(min_length=8, max_length=128)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]


class Registration(Body):
    """A new account."""

    email: Email
    password: Password
    display_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=NAME_PATTERN)]


class Credentials(Body):
    """Who signs in."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=128)]


class UserView(View):
    """An account, as its owner sees it."""

    id: UUID
    email: str
    display_name: str
    roles: list[str]
    created_at: datetime


class SessionView(View):
    """A short-lived access token; the refresh token comes as a cookie that scripts can't read."""

    access_token: str
    token_type: str
    expires_in: int
    user: UserView


def _view(user: User) -> UserView:
    return UserView(
        id=user.id, email=user.email, display_name=user.display_name, roles=list(user.roles), created_at=user.created_at
    )


def _cookie(settings: ApiSettings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=f"{settings.instance_id}_refresh",
        value=value,
        max_age=max_age,
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=settings.public_url.startswith("https:"),
    )


def _signed_in(services: Services, rotation: Rotation) -> Response[SessionView]:
    user, tokens, api = rotation.user, services.tokens, services.settings.api
    view = SessionView(
        access_token=tokens.issue(user.id, user.roles),
        token_type="Bearer",  # noqa: S106
        expires_in=tokens.life_s,
        user=_view(user),
    )
    life = int((rotation.expires_at - services.clock()).total_seconds())
    return Response(view, cookies=[_cookie(api, rotation.token, life)])


def _refused() -> Refused:
    return Refused("auth.session_ended", "The session has ended; sign in again.", kind=ErrorKind.UNAUTHENTICATED)


@post(
    "/users/register",
    operation_id="registerUser",
    tags=["Users"],
    summary="Create an account",
    **stated(OPEN, 409, 413, 415),
)
async def register(data: JSONBody[Registration], services: Injected) -> UserView:
    """Create an account; its roles are what this installation gives to newcomers."""
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
    return _view(user)


@post(
    "/users/login",
    operation_id="loginUser",
    tags=["Users"],
    summary="Sign in",
    status_code=200,
    **stated(OPEN, 413, 415),
)
async def login(data: JSONBody[Credentials], services: Injected) -> Response[SessionView]:
    """Sign in. An unknown address, a wrong password and a disabled account answer alike, and take the same time."""
    async with services.sessions() as session:
        user = await domain.known_by(session, data.email)
    stored = user.password_hash if user is not None and user.disabled_at is None else None
    if not await services.passwords.matches(stored, data.password) or user is None:
        raise Refused("auth.wrong_credentials", "E-mail address or password is wrong.", kind=ErrorKind.UNAUTHENTICATED)
    better = await services.passwords.hash(data.password) if services.passwords.outdated(user.password_hash or "") else None
    async with services.sessions.begin() as session:
        if better is not None:
            await domain.set_password_hash(session, user.id, better)
        rotation = await domain.start_session(session, user, services.clock(), services.settings.api)
    return _signed_in(services, rotation)


@post(
    "/users/refresh",
    operation_id="refreshSession",
    tags=["Users"],
    summary="Exchange the refresh token",
    status_code=200,
    **stated(OPEN, 403, guards=(same_site,)),
)
async def refresh(request: HttpRequest, services: Injected) -> Response[SessionView]:
    """Exchange the cookie's refresh token for a new one and an access token. A token that comes back ends the session."""
    settings = services.settings.api
    token = request.cookies.get(f"{settings.instance_id}_refresh", "")
    async with services.sessions.begin() as session:
        rotation = await domain.rotate(session, token, services.clock(), settings)
    if rotation is None:
        raise _refused()
    return _signed_in(services, rotation)


@post(
    "/users/logout",
    operation_id="logoutUser",
    tags=["Users"],
    summary="Sign out",
    status_code=204,
    **stated(OPEN, 403, guards=(same_site,)),
)
async def logout(request: HttpRequest, services: Injected) -> Response[None]:
    """End the session of the cookie; without one, nothing happens."""
    settings = services.settings.api
    token = request.cookies.get(f"{settings.instance_id}_refresh", "")
    async with services.sessions.begin() as session:
        await domain.end_session(session, token, services.clock())
    return Response(None, cookies=[_cookie(settings, "", 0)])


@get(
    "/users/me",
    operation_id="getMe",
    tags=["Users"],
    summary="Who am I",
    **stated(SIGNED_IN),
)
async def me(request: HttpRequest, services: Injected) -> UserView:
    """The account behind the access token."""
    async with services.sessions() as session:
        user = await queries.by_id(session, actor_of(request).id)
    if user is None:
        raise not_found("user")
    return _view(user)


ROUTES = (register, login, refresh, logout, me)
