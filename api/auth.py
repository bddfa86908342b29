"""Who asks: the guard that reads the bearer token before anything else of a request is looked at."""

from datetime import datetime
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.services import Services
from core.errors import ErrorKind, Refused
from domain import policies
from domain.policies import Actor

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    """The services of the application that serves this connection."""
    return cast(Services, connection.app.state.services)


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard: a valid access token is needed. Raises Refused (401)."""
    scheme, __, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("auth.required", "Sign in first.", kind=ErrorKind.UNAUTHENTICATED, error="invalid_request")
    actor, until = services_of(connection).tokens.read(token.strip())
    connection.scope["user"], connection.scope["auth"] = actor, until


async def operates(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: operators and admins only. Raises Refused (401, 403)."""
    await signed_in(connection, handler)
    if not policies.may_operate(actor_of(connection)):
        raise Refused("auth.role_missing", "This needs the role operator.", kind=ErrorKind.FORBIDDEN)


def actor_of(connection: Connection) -> Actor:
    """Who asks; only behind the guards above."""
    return cast(Actor, connection.scope["user"])


def signed_in_until(connection: Connection) -> datetime:
    """When the access token of this request ends; streams end with it."""
    return cast(datetime, connection.scope["auth"])
