"""What the routes about accounts send and take: the account, the session, and fields that several bodies share."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie
from msgspec import Meta

from api import attempts
from api.auth import actor_of
from api.pictures import address_of
from api.services import Services
from api.wire import Body, HttpRequest, View, not_found
from core.errors import ErrorKind, Refused
from core.settings import ApiSettings
from db.models import User
from db.queries import users as queries
from domain.sessions import Rotation

COOKIE_PATH = "/api/v1/users"

# Long enough to matter, short enough that nobody makes argon2id chew on a novel (OWASP ASVS 5, 6.2).
NewPassword = Annotated[str, Meta(min_length=8, max_length=128, examples=["correct horse battery staple"])]
# Whatever is compared with the stored hash; shorter ones may stem from rules of the past.
Password = Annotated[str, Meta(max_length=128, examples=["correct horse battery staple"])]
# Coarse on purpose: the mail that has to arrive is the proof. Spaces around it are forgiven.
EMAIL_PATTERN = r"^ *[^@\x00-\x20\x7f]{1,64}@[^@\x00-\x20\x7f]+ *$(?!\n)"
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=EMAIL_PATTERN, examples=["ada@example.org"])]
# 256 random bits, as they stand in a link.
LinkToken = Annotated[str, Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]
# Six digits, or a recovery code in whatever groups it was written down.
SecondFactorCode = Annotated[
    str, Meta(min_length=6, max_length=32, pattern=r"^[0-9A-Za-z -]+$(?!\n)", examples=["123456", "ABCD-EFGH-IJKL-MNOP"])
]


class UserView(View):
    """An account, as its owner sees it."""

    id: UUID
    email: str
    email_verified: bool
    display_name: str
    headline: str
    biography: str
    language: str
    time_zone: str
    roles: list[str]
    avatar_url: str | None
    totp_enabled: bool
    created_at: datetime
    impersonated_by: UUID | None = None
    """The admin who looks through this account's eyes."""


class SessionView(View):
    """A short-lived access token; the refresh token comes as a cookie that scripts can't read."""

    access_token: str
    token_type: str
    expires_in: int
    user: UserView


def user_view(_: Services, user: User, impersonator_id: UUID | None = None) -> UserView:
    """The account as its owner sees it."""
    return UserView(
        id=user.id,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        display_name=user.display_name,
        headline=user.headline,
        biography=user.biography,
        language=user.language,
        time_zone=user.time_zone,
        roles=list(user.roles),
        avatar_url=address_of(user.avatar_id),
        totp_enabled=user.totp_enabled_at is not None,
        created_at=user.created_at,
        impersonated_by=impersonator_id,
    )


def refresh_cookie_name(settings: ApiSettings) -> str:
    """The name of the cookie with the refresh token."""
    return f"{settings.instance_id}_refresh"


def refresh_cookie(settings: ApiSettings, value: str, max_age: int) -> Cookie:
    """The cookie with the refresh token; an empty one with `max_age` 0 removes it."""
    return Cookie(
        key=refresh_cookie_name(settings),
        value=value,
        max_age=max_age,
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=settings.public_url.startswith("https:"),
    )


def session_view(services: Services, rotation: Rotation) -> SessionView:
    """An access token for the session, and whose it is."""
    user, tokens = rotation.user, services.tokens
    return SessionView(
        access_token=tokens.issue(user.id, rotation.session_id),
        token_type="Bearer",  # noqa: S106
        expires_in=tokens.life_s,
        user=user_view(services, user, rotation.impersonator_id),
    )


def signed_in(services: Services, rotation: Rotation) -> Response[SessionView]:
    """The session's access token, with the refresh token as a cookie; nobody may keep the answer."""
    life = int((rotation.expires_at - services.clock()).total_seconds())
    cookie = refresh_cookie(services.settings.api, rotation.token, life)
    return Response(session_view(services, rotation), cookies=[cookie], headers={"Cache-Control": "no-store"})


class PasswordGiven(Body):
    """The account's password, once more: whoever found an open browser does not know it."""

    password: Password


async def proven(request: HttpRequest, services: Services, password: str, field: str = "password") -> User:
    """The account of who asks, once they have shown that it is theirs.

    Raises Refused `auth.wrong_password`, or `user.no_password` to who signs in elsewhere only.
    """
    async with services.sessions() as session:
        user = await queries.by_id(session, actor_of(request).id)
    if user is None:
        raise not_found("user")
    if user.password_hash is None:
        raise Refused("user.no_password", "Set a password first, by the mail for lost ones.", kind=ErrorKind.CONFLICT)
    attempt = attempts.by_user(request, user.id)
    await attempt.count(attempts.GUESS)
    if not await services.passwords.matches(user.password_hash, password):
        raise Refused(
            "auth.wrong_password",
            "The password is wrong.",
            kind=ErrorKind.FORBIDDEN,
            errors=[{"field": field, "message": "Wrong."}],
        )
    await attempt.forget(attempts.GUESS)
    return user
