"""Who asks: the token or key of a request, read once and before anything else of it is looked at."""

from datetime import datetime, timedelta
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.services import Services
from core.errors import ErrorKind, Refused
from db.queries import api_keys as key_queries
from db.queries import sessions as session_queries
from domain import api_keys
from domain.policies import Actor, may_change_credentials

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    """The services of the application that serves this connection."""
    return cast(Services, connection.app.state.services)


def wants_in(connection: Connection) -> bool:
    """Whether the request says who it comes from."""
    return "authorization" in connection.headers


async def authenticate(connection: Connection) -> Actor:
    """Who the request's token or key speaks for, as it is at this moment. Raises Refused (401).

    One read by primary key tells whether the session still runs and what its account may do: signing out, suspension and a
    change of roles count from the next request on, in every process.
    """
    scheme, __, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("auth.required", "Sign in first.", kind=ErrorKind.UNAUTHENTICATED, error="invalid_request")
    read = _of_key if token.startswith(api_keys.PREFIX) else _of_token
    actor, until = await read(services_of(connection), token.strip())
    connection.scope["user"], connection.scope["auth"] = actor, until
    return actor


async def _of_token(services: Services, token: str) -> tuple[Actor, datetime]:
    claims = services.tokens.read(token)
    found = await session_queries.signed_in(services.engine, claims.session_id)
    if found is None or found.user_id != claims.user_id or found.expires_at <= services.clock():
        raise Refused("auth.session_ended", "The session has ended; sign in again.", kind=ErrorKind.UNAUTHENTICATED)
    actor = Actor(found.user_id, frozenset(found.roles), claims.session_id, found.impersonator_id)
    return actor, claims.until


async def _of_key(services: Services, key: str) -> tuple[Actor, datetime]:
    now = services.clock()
    found = await key_queries.holder(services.engine, api_keys.hash_of(key))
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        raise Refused("auth.key_invalid", "The key does not work or works no longer.", kind=ErrorKind.UNAUTHENTICATED)
    if api_keys.is_stale(found.last_used_at, now):
        async with services.sessions.begin() as session:
            await api_keys.touch(session, found.key_id, now)
    # Streams end now and then, as with a token, so that a key that was revoked does not go on for ever.
    until = now + timedelta(seconds=services.tokens.life_s)
    return Actor(found.user_id, frozenset(found.roles), scopes=frozenset(found.scopes)), until


def actor_of(connection: Connection) -> Actor:
    """Who asks; on routes for those who are signed in."""
    return cast(Actor, connection.scope["user"])


def actor_or_none(connection: Connection) -> Actor | None:
    """Who asks, if they said so; on routes for everyone."""
    return cast("Actor | None", connection.scope.get("user"))


def signed_in_until(connection: Connection) -> datetime:
    """When the access token of this request ends; streams end with it."""
    return cast(datetime, connection.scope["auth"])


async def in_person(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard: how somebody signs in is for themselves to change, not for an admin in their place. Raises Refused (403)."""
    if not may_change_credentials(actor_of(connection)):
        raise Refused("auth.impersonated", "This may only be done by the account's owner.", kind=ErrorKind.FORBIDDEN)
