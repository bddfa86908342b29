"""What happens to every request before and after its route, also where there is no route: id, headers, draining, metrics."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from api.exchange import joined_cookies
from api.request_id import begin_request
from core.logging import log_brief, mask
from core.settings import Settings

REQUESTS = Counter("aula_http_requests_total", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("aula_http_request_seconds", "From request to the first byte of the answer.", ["route"])

_NOTHING: Mapping[str, bytes] = {}
_DRAIN_IDLE_S = 5.0
# Any word may stand for a method, and each label that was ever seen is kept.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds; their answers are of no interest to the log.
_PROBES = ("/health", "/metrics")
_LOGGER = "api.access"


def security_headers(settings: Settings, media_origins: tuple[str, ...] = ()) -> list[tuple[bytes, bytes]]:
    """Headers of every answer that does not say otherwise. `media_origins` are where players fetch objects besides here."""
    elsewhere = " ".join(("", *media_origins))
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors 'none'; img-src 'self' data: blob:{elsewhere}; "
        f"media-src 'self' blob:{elsewhere}; connect-src 'self'{elsewhere}; worker-src 'self' blob:"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if settings.api.public_url.startswith("https:"):
        headers["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class Edge:
    """The outermost ASGI application of everything but streams."""

    def __init__(
        self, app: ASGIApp, settings: Settings, media_origins: tuple[str, ...] = (), allowed: Mapping[str, bytes] = _NOTHING
    ) -> None:
        """`allowed` are the methods of each path template, as the header `Allow` has them."""
        self._app = app
        self._allowed = allowed
        self._headers = security_headers(settings, media_origins)
        self._drain_bytes = settings.uploads.upload_patch_max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        identifier = begin_request()
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            _join_cookies(scope)
            exchange = _Exchange(scope, receive, send, identifier, self._headers, self._drain_bytes)
            exchange.allowed = self._allowed
            await self._app(scope, exchange.receive, exchange.send)


def _join_cookies(scope: HTTPScope) -> None:
    """HTTP/2 sends each cookie in a line of its own, of which the framework reads one."""
    lines = [line for line in scope["headers"] if line[0] == b"cookie"]
    if len(lines) > 1:
        rest = [line for line in scope["headers"] if line[0] != b"cookie"]
        scope["headers"] = [*rest, (b"cookie", joined_cookies(lines))]


class _Exchange:
    """One request and its answer."""

    def __init__(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
        identifier: str,
        headers: list[tuple[bytes, bytes]],
        drain_bytes: int,
    ) -> None:
        self._scope = scope
        # The gateway serves a HEAD by the route of GET.
        self._method = scope["method"]
        self._receive = receive
        self._send = send
        self._identifier = identifier
        self._headers = headers
        self._drain_bytes = drain_bytes
        self.allowed: Mapping[str, bytes] = _NOTHING
        self._began = time.perf_counter()
        self._body_ended = False

    async def receive(self) -> Any:
        event = await self._receive()
        if event["type"] == "http.disconnect" or not event.get("more_body", False):
            self._body_ended = True
        return event

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                await self._drain()
            self._complete(message)
            self._measure(message["status"])
        await self._send(message)

    def _complete(self, message: HTTPResponseStartEvent) -> None:
        """Add what the route did not set itself."""
        headers = list(message["headers"])
        if b"allow" in (present := {name.lower() for name, _ in headers}):
            # Where several handlers share a path, the framework's own answer to OPTIONS names the methods of the first.
            allowed = self.allowed.get(str(self._scope.get("path_template")))
            headers = [(name, allowed if allowed and name.lower() == b"allow" else value) for name, value in headers]
        headers += [(name, value) for name, value in self._headers if name not in present]
        if b"cache-control" not in present and self._scope["path"].startswith("/api/"):
            headers.append((b"cache-control", b"no-store"))
        headers.append((b"x-request-id", self._identifier.encode()))
        message["headers"] = headers

    async def _drain(self) -> None:
        """Read what the client is still sending before it is refused: many clients don't read an answer while they write.

        At most one chunk of an upload; a client that waits for `100 Continue` sends nothing and is not waited for.
        """
        if self._body_ended or any(name == b"expect" for name, _ in self._scope["headers"]):
            return
        left = self._drain_bytes
        with suppress(TimeoutError):
            while left > 0 and not self._body_ended:
                left -= len((await asyncio.wait_for(self.receive(), _DRAIN_IDLE_S)).get("body", b""))

    def _measure(self, status: int) -> None:
        seconds = time.perf_counter() - self._began
        route = str(self._scope.get("path_template") or "none")
        method = self._method
        count, duration = _meters(route, method if method in _METHODS else "other", status)
        count.inc()
        duration.observe(seconds)
        level = logging.DEBUG if route.startswith(_PROBES) else logging.INFO
        log_brief(
            _LOGGER,
            level,
            "request",
            method=method,
            path=mask(self._scope["path"]),
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=self._identifier,
        )


@lru_cache(maxsize=4096)
def _meters(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    # Finding a metric by its labels takes longer than counting with it.
    return REQUESTS.labels(route, method, status), REQUEST_SECONDS.labels(route)
