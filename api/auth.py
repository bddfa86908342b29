"""Who asks: the token or key of a request, read once and before anything else of it is looked at."""

from datetime import datetime
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.services import Services
from core.errors import ErrorKind, Refused
from db.queries import sessions as queries
from domain.policies import Actor

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
    actor, until = await _of_token(services_of(connection), token.strip())
    connection.scope["user"], connection.scope["auth"] = actor, until
    return actor


async def _of_token(services: Services, token: str) -> tuple[Actor, datetime]:
    claims = services.tokens.read(token)
    found = await queries.signed_in(services.engine, claims.session_id)
    if found is None or found.user_id != claims.user_id or found.expires_at <= services.clock():
        raise Refused("auth.session_ended", "The session has ended; sign in again.", kind=ErrorKind.UNAUTHENTICATED)
    actor = Actor(found.user_id, frozenset(found.roles), claims.session_id, found.impersonator_id)
    return actor, claims.until


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
    if actor_of(connection).impersonator_id is not None:
        raise Refused("auth.impersonated", "This may only be done by the account's owner.", kind=ErrorKind.FORBIDDEN)
