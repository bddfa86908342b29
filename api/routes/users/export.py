"""Everything that is kept about an account, for its owner to take away, and the end of the account."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from api.access import ADMINS, SIGNED_IN, stated
from api.auth import actor_of, in_person
from api.routes.users.views import Password, proven, refresh_cookie
from api.services import Injected, Services
from api.wire import Body, HttpRequest, View, not_found
from core.errors import ErrorKind, Refused
from db.queries import exports as queries
from db.queries import users as user_queries
from db.queries.exports import SECTIONS, Section
from domain import account_deletion as domain

_PIECE = 500


class ExportView(View):
    """Everything, by what it is. Lists hold what the tables hold, in the order in which it came about."""

    exported_at: datetime
    profile: dict[str, Any]
    sessions: list[dict[str, Any]]
    api_keys: list[dict[str, Any]]
    identities: list[dict[str, Any]]
    enrolments: list[dict[str, Any]]
    entitlements: list[dict[str, Any]]
    courses: list[dict[str, Any]]
    co_instructor: list[dict[str, Any]]
    assets: list[dict[str, Any]]
    grants: list[dict[str, Any]]
    files: list[dict[str, Any]]
    pictures: list[dict[str, Any]]
    products: list[dict[str, Any]]
    playback: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    audit_entries: list[dict[str, Any]]


class Farewell(Body):
    """The account's password; who has none has to have signed in elsewhere within the last ten minutes."""

    password: Password | None = None


@get(
    "/users/me/export",
    operation_id="exportMe",
    tags=["Users"],
    summary="Take my data away",
    **stated(SIGNED_IN, 403, 404, guards=(in_person,), success=ExportView),
)
async def export(request: HttpRequest, services: Injected) -> Stream:
    """Everything that is kept about the account, as one JSON document to be saved. No password, key or token is in it."""
    actor = actor_of(request)
    async with services.sessions() as session:
        profile = await queries.profile(session, actor.id)
    if profile is None:
        raise not_found("user")
    headers = {"Content-Disposition": 'attachment; filename="aula-export.json"', "Cache-Control": "no-store"}
    return Stream(_document(services, actor.id, profile), media_type="application/json", headers=headers)


async def _document(services: Services, user_id: UUID, profile: dict[str, Any]) -> AsyncIterator[bytes]:
    encode = msgspec.json.Encoder().encode
    yield b'{"exportedAt":' + encode(services.clock()) + b',"profile":' + encode(profile)
    for section in SECTIONS:
        yield b',"' + section.name.encode() + b'":['
        first = True
        async for rows in _pieces(services, section, user_id):
            yield (b"" if first else b",") + encode(rows)[1:-1]
            first = False
        yield b"]"
    yield b"}"


async def _pieces(services: Services, section: Section, user_id: UUID) -> AsyncIterator[list[dict[str, Any]]]:
    """A transaction each: a slow reader holds no connection."""
    after: tuple[Any, ...] | None = None
    while True:
        async with services.sessions() as session:
            rows, after = await queries.piece(session, section, user_id, after, _PIECE)
        if rows:
            yield rows
        if after is None:
            return


@delete(
    "/users/me",
    operation_id="deleteMe",
    tags=["Users"],
    summary="Delete my account",
    **stated(SIGNED_IN, 403, 404, 409, 413, 415, guards=(in_person,), limit="auth"),
)
async def delete_me(request: HttpRequest, data: JSONBody[Farewell], services: Injected) -> Response[None]:
    """Forget who the account belonged to, for good. 409 `user.owns_courses`: published courses are archived first."""
    actor, now = actor_of(request), services.clock()
    async with services.sessions() as session:
        user = await user_queries.by_id(session, actor.id)
        lately = await domain.signed_in_lately(session, actor, now)
    if user is None:
        raise not_found("user")
    if user.password_hash is not None:
        await proven(request, services, data.password or "")
    elif not lately:
        raise Refused("auth.sign_in_again", "Sign in again first, to show that it is you.", kind=ErrorKind.FORBIDDEN)
    async with services.sessions.begin() as session:
        watched = await domain.delete_account(session, actor, actor.id, now)
    _deny(services, watched)
    return Response(None, cookies=[refresh_cookie(services.settings.api, "", 0)])


@delete(
    "/users/{user_id:uuid}",
    operation_id="deleteUser",
    tags=["Administration"],
    summary="Delete an account",
    **stated(ADMINS, 404, 409, guards=(in_person,)),
)
async def delete_user(request: HttpRequest, user_id: FromPath[UUID], services: Injected) -> None:
    """Forget who an account belonged to, for good; what others need of it stays without a name."""
    async with services.sessions.begin() as session:
        watched = await domain.delete_account(session, actor_of(request), user_id, services.clock())
    _deny(services, watched)


def _deny(services: Services, watched: list[UUID]) -> None:
    for session_id in watched:
        services.denylist.add(session_id)


ROUTES = (export, delete_me, delete_user)
