"""Accounts of others: find them, give them roles, suspend them, look through their eyes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from api.access import ADMINS, stated
from api.auth import actor_of, in_person
from api.paging import Cursor, Limit, page
from api.pictures import address_of
from api.routes.users.session import device_of
from api.routes.users.views import SessionView, session_view
from api.services import Injected
from api.wire import NAME_PATTERN, TEXT_PATTERN, Body, HttpRequest, Page, View, not_found
from db.models import User
from db.queries import administration as queries
from db.queries import users as user_queries
from db.queries.administration import AccountState
from domain import administration as domain
from domain.policies import Role

Search = Annotated[
    str | None, QueryParameter(pattern=TEXT_PATTERN, max_length=254, description="How the address or the name begins.")
]
WithRole = Annotated[Role | None, QueryParameter(name="role", description="Only those who hold this role.")]
InState = Annotated[AccountState | None, QueryParameter(name="state", description="Only accounts in this state.")]


class AccountView(View):
    """An account, as admins see it."""

    id: UUID
    email: str
    email_verified: bool
    display_name: str
    avatar_url: str | None
    roles: list[str]
    state: Literal["active", "suspended", "deleted"]
    suspended_at: datetime | None
    suspend_reason: str | None
    deleted_at: datetime | None
    totp_enabled: bool
    created_at: datetime


class Roles(Body):
    """All roles that the account is to have."""

    roles: Annotated[list[Role], Meta(min_length=1, max_length=4)]


class Suspension(Body):
    """Why the account is shut, for other admins."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=NAME_PATTERN)]


def account_view(user: User) -> AccountView:
    """The account as admins see it."""
    state: AccountState = "deleted" if user.deleted_at else "suspended" if user.disabled_at else "active"
    return AccountView(
        id=user.id,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        display_name=user.display_name,
        avatar_url=address_of(user.avatar_id),
        roles=list(user.roles),
        state=state,
        suspended_at=user.disabled_at,
        suspend_reason=user.disabled_reason,
        deleted_at=user.deleted_at,
        totp_enabled=user.totp_enabled_at is not None,
        created_at=user.created_at,
    )


@get(
    "/users",
    operation_id="listUsers",
    tags=["Administration"],
    summary="Find accounts",
    **stated(ADMINS),
)
async def list_users(
    services: Injected,
    q: Search = None,
    role: WithRole = None,
    in_state: InState = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[AccountView]:
    """Accounts, newest first."""
    async with services.sessions() as session:
        rows = await queries.accounts(session, queries.Wanted(q, role, in_state), before=cursor, limit=limit + 1)
    return page(rows, limit, account_view, lambda user: user.id)


@get(
    "/users/{user_id:uuid}",
    operation_id="getUser",
    tags=["Administration"],
    summary="One account",
    **stated(ADMINS, 404),
)
async def get_user(user_id: FromPath[UUID], services: Injected) -> AccountView:
    """The account, also one that is suspended or deleted."""
    async with services.sessions() as session:
        user = await user_queries.by_id(session, user_id)
    if user is None:
        raise not_found("user")
    return account_view(user)


@put(
    "/users/{user_id:uuid}/roles",
    operation_id="setUserRoles",
    tags=["Administration"],
    summary="Give roles",
    **stated(ADMINS, 404, 409, 413, 415, guards=(in_person,)),
)
async def set_roles(request: HttpRequest, user_id: FromPath[UUID], data: JSONBody[Roles], services: Injected) -> AccountView:
    """Exactly these roles, from the account's next request on. 409 `user.last_admin`: somebody has to be left."""
    async with services.sessions.begin() as session:
        user = await domain.set_roles(session, actor_of(request), user_id, data.roles)
    return account_view(user)


@post(
    "/users/{user_id:uuid}/suspend",
    operation_id="suspendUser",
    tags=["Administration"],
    summary="Suspend an account",
    status_code=200,
    **stated(ADMINS, 404, 409, 413, 415, guards=(in_person,)),
)
async def suspend(request: HttpRequest, user_id: FromPath[UUID], data: JSONBody[Suspension], services: Injected) -> AccountView:
    """All its sessions end at once, and what it watches; nobody can sign in to it until it is reinstated."""
    async with services.sessions.begin() as session:
        user, watched = await domain.suspend(session, actor_of(request), user_id, data.reason.strip(), services.clock())
    for session_id in watched:
        services.denylist.add(session_id)
    return account_view(user)


@post(
    "/users/{user_id:uuid}/reinstate",
    operation_id="reinstateUser",
    tags=["Administration"],
    summary="Reinstate an account",
    status_code=200,
    **stated(ADMINS, 404, 409, guards=(in_person,)),
)
async def reinstate(request: HttpRequest, user_id: FromPath[UUID], services: Injected) -> AccountView:
    """Open a suspended account again. Sessions that have ended stay so."""
    async with services.sessions.begin() as session:
        user = await domain.reinstate(session, actor_of(request), user_id)
    return account_view(user)


@post(
    "/users/{user_id:uuid}/impersonate",
    operation_id="impersonateUser",
    tags=["Administration"],
    summary="Look through an account's eyes",
    status_code=200,
    **stated(ADMINS, 404, 409, guards=(in_person,)),
)
async def impersonate(request: HttpRequest, user_id: FromPath[UUID], services: Injected) -> SessionView:
    """An access token as that user, for as long as one lives: no refresh cookie comes along, and how the account is signed in
    to can't be changed with it. The user sees it among their sessions. Nobody may act as an admin.
    """
    async with services.sessions.begin() as session:
        rotation = await domain.impersonate(
            session, actor_of(request), user_id, services.clock(), services.settings.api, **device_of(request)
        )
    return session_view(services, rotation)


ROUTES = (list_users, get_user, set_roles, suspend, reinstate, impersonate)
