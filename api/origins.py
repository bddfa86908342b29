"""Guards about where a request comes from and what it carries."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.auth import services_of
from core.errors import ErrorKind, Refused

Connection = ASGIConnection[Any, Any, Any, Any]


async def same_site(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard for what a cookie alone authorises: browsers say where a request comes from; only our own pages may send it.

    SameSite=Strict does not tell ports and sibling hosts apart; Fetch Metadata does. Clients that are no browsers send neither
    header. Raises Refused (403).
    """
    origin = connection.headers.get("origin")
    if origin is not None and origin in services_of(connection).settings.api.cors_origins:
        return
    if connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Refused("auth.cross_site", "This may not be asked from another site.", kind=ErrorKind.FORBIDDEN)


async def json_body(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard: a body, where there is one, says that it is JSON; so no foreign form can post one. Raises Refused (415)."""
    headers = connection.headers
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise Refused("request.unsupported_type", "The body must be application/json.", kind=ErrorKind.UNSUPPORTED)
