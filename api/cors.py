"""CORS around everything but streams: other sites that are named in the settings may use the API, and read its refusals.

The framework's own would stand between the gateway and its callers, whose refusals other sites could not read then, and would
put its `Vary` in the place of one that is there.
"""

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.representations import Lines
from core.settings import Settings

_EXPOSED = [
    "Location",
    "ETag",
    "Link",
    "Deprecation",
    "Sunset",
    "Upload-Offset",
    "Upload-Length",
    "Upload-Expires",
    "Tus-Resumable",
    "Tus-Version",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Checksum-Algorithm",
    "Aula-Asset-Id",
    "Aula-File-Id",
    "X-Request-Id",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Idempotency-Replayed",
]


_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_MAX_AGE = b"600"
_VARY = (b"vary", b"Origin")


def with_cors(app: ASGIApp, settings: Settings) -> ASGIApp:
    """`app`, open to the pages of the sites that the settings name."""
    origins = frozenset(each.encode("latin-1") for each in settings.api.cors_origins)
    return _Cors(app, origins) if origins else app


def _varying(headers: Iterable[tuple[bytes, bytes]]) -> Lines:
    """One line of `Vary`: caches such as nginx before 1.23 see only the last."""
    lines = list(headers)
    vary = [value for name, value in lines if name == b"vary"]
    return [*(line for line in lines if line[0] != b"vary"), (b"vary", b", ".join([*vary, b"Origin"]))]


class _Cors:
    """The ASGI application."""

    def __init__(self, app: ASGIApp, origins: frozenset[bytes]) -> None:
        self._app = app
        self._origins = origins
        self._exposed = ", ".join(_EXPOSED).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        origin, wanted, asks = b"", b"", False
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"access-control-request-method":
                asks = True
            elif name == b"access-control-request-headers":
                wanted = value
        allowed = self._allowed(origin)
        if asks and origin and scope["method"] == "OPTIONS":
            # Of a site that is not named the browser finds nothing here, and refuses by itself.
            more = [
                (b"access-control-allow-methods", _METHODS),
                (b"access-control-allow-headers", wanted),
                (b"access-control-max-age", _MAX_AGE),
            ]
            headers = [*allowed, *(more if origin in self._origins else []), _VARY]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_varying(message["headers"]), *allowed]
            await send(message)

        await self._app(scope, receive, add)

    def _allowed(self, origin: bytes) -> Lines:
        if origin not in self._origins:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", self._exposed),
        ]
