"""Keys for scripts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.access import INSTRUCTORS, SIGNED_IN, related, stated
from api.auth import actor_of, in_person
from api.paging import Cursor, Limit, page
from api.services import Injected
from api.wire import NAME_PATTERN, Body, HttpRequest, Page, View
from db.models import ApiKey
from db.queries import api_keys as queries
from domain import api_keys as domain
from domain.policies import Scope


class NewApiKey(Body):
    """A key to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=120, pattern=NAME_PATTERN, examples=["Nightly upload"])]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=20)]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    """Within five years; left out: until it is revoked."""


class ApiKeyView(View):
    """A key, without the key."""

    id: UUID
    name: str
    prefix: str
    """How it begins, to tell it from others."""
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""


class NewApiKeyView(ApiKeyView):
    """A key that was just made."""

    key: str
    """Shown this once: `Authorization: Bearer aula_...`."""


def _view(row: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=[Scope(scope) for scope in row.scopes],
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


@get(
    "/users/me/api-keys",
    operation_id="listApiKeys",
    tags=["Users"],
    summary="My keys for scripts",
    **stated(SIGNED_IN),
)
async def list_keys(request: HttpRequest, services: Injected, cursor: Cursor = None, limit: Limit = 20) -> Page[ApiKeyView]:
    """The account's keys that were not revoked, the newest first."""
    async with services.sessions() as session:
        rows = await queries.working(session, actor_of(request).id, before=cursor, limit=limit + 1)
    return page(rows, limit, _view, lambda row: row.id)


@post(
    "/users/me/api-keys",
    operation_id="createApiKey",
    tags=["Users"],
    summary="Make a key for scripts",
    **stated(INSTRUCTORS, 409, 413, 415, 422, guards=(in_person,)),
)
async def create_key(request: HttpRequest, data: JSONBody[NewApiKey], services: Injected) -> NewApiKeyView:
    """A key that acts for the account within its scopes. It is shown this once, which is why no answer is kept for repeats."""
    async with services.sessions.begin() as session:
        row, key = await domain.create(
            session, actor_of(request), data.name.strip(), data.scopes, data.expires_at, services.clock()
        )
    return NewApiKeyView(**msgspec.structs.asdict(_view(row)), key=key)


@delete(
    "/users/me/api-keys/{key_id:uuid}",
    operation_id="revokeApiKey",
    tags=["Users"],
    summary="Revoke a key",
    **stated(related("key.own")),
)
async def revoke_key(request: HttpRequest, key_id: FromPath[UUID], services: Injected) -> None:
    """The key works no longer, from this moment on."""
    async with services.sessions.begin() as session:
        await domain.revoke(session, actor_of(request), key_id, services.clock())


ROUTES = (list_keys, create_key, revoke_key)
