"""Who asks: the bearer token of a request, read once and before anything else of it is looked at."""

from datetime import datetime
from typing import Any, cast

from litestar.connection import ASGIConnection

from api.services import Services
from core.errors import ErrorKind, Refused
from domain.policies import Actor

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    """The services of the application that serves this connection."""
    return cast(Services, connection.app.state.services)


def wants_in(connection: Connection) -> bool:
    """Whether the request says who it comes from."""
    return "authorization" in connection.headers


async def authenticate(connection: Connection) -> Actor:
    """Who the request's token speaks for. Raises Refused (401)."""
    scheme, __, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("auth.required", "Sign in first.", kind=ErrorKind.UNAUTHENTICATED, error="invalid_request")
    actor, until = services_of(connection).tokens.read(token.strip())
    connection.scope["user"], connection.scope["auth"] = actor, until
    return actor


def actor_of(connection: Connection) -> Actor:
    """Who asks; on routes for those who are signed in."""
    return cast(Actor, connection.scope["user"])


def actor_or_none(connection: Connection) -> Actor | None:
    """Who asks, if they said so; on routes for everyone."""
    return cast("Actor | None", connection.scope.get("user"))


def signed_in_until(connection: Connection) -> datetime:
    """When the access token of this request ends; streams end with it."""
    return cast(datetime, connection.scope["auth"])
