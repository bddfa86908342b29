"""One HTTP exchange at the level of ASGI: what delivery needs of the request, and the ways to answer it.

Raw, because segments are most of all traffic: with the framework's own file response the same server sent a third as much.
"""

import asyncio
import contextlib
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import msgspec
from litestar.types import HTTPScope, Receive, Send

from api import problems, ranges
from api.request_id import begin_request, request_id
from core.errors import AulaError
from storage.base import Storage

Headers = list[tuple[str, str]]
_PATHSEND = "http.response.pathsend"


@dataclass(frozen=True, slots=True)
class Content:
    """A representation. `body` is the bytes themselves, or a file that never changes."""

    key: str
    size: int
    etag: str
    headers: Headers
    body: bytes | Path


class Exchange:
    """Reads the request's head and sends one answer; `always` are headers that go with every answer."""

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        self.method = str(scope["method"])
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        # `path` is decoded: only the raw path is what the client sent.
        self.path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        self.always: Headers = [("x-content-type-options", "nosniff")]
        self._pathsend = _PATHSEND in (scope.get("extensions") or {})
        self._receive = receive
        self._send = send

    async def empty(self, status: int, headers: Headers) -> None:
        """An answer without a body."""
        await self._start(status, headers)
        await self._body(b"")

    async def refuse(self, error: AulaError) -> None:
        """An error as a problem document, with the status of its kind; what broke on our side is nobody else's concern."""
        status = problems.STATUS.get(error.kind, 500)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            await self.problem(status, "internal", "Something broke on our side.", [])
        else:
            retry = [("retry-after", "1")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
            await self.problem(status, error.code, error.message, retry)

    async def problem(self, status: int, code: str, detail: str, headers: Headers) -> None:
        """A problem document."""
        body = msgspec.json.encode(
            problems.Problem(
                type=f"urn:aula:problem:{code}",
                title=HTTPStatus(status).phrase,
                status=status,
                code=code,
                detail=detail,
                request_id=request_id() or begin_request(),
            )
        )
        facts = [("content-type", problems.MEDIA_TYPE), ("cache-control", "no-store"), ("content-length", str(len(body)))]
        await self._start(status, [*facts, *headers])
        await self._body(b"" if self.method == "HEAD" else body)

    async def content(self, content: Content, storage: Storage, executor: Executor) -> None:
        """The representation: whole, a range of it, its head, or only word that the client has it already."""
        etag = f'"{content.etag}"'
        status, start, end = ranges.select(self.method, self.headers, content.size, etag)
        facts = [*content.headers, ("etag", etag), ("accept-ranges", "bytes")]
        if status == HTTPStatus.NOT_MODIFIED:
            await self.empty(status, facts)
            return
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            span = [("content-range", f"bytes */{content.size}")]
            await self.problem(status, "stream.bad_range", "The file has no such bytes.", span)
            return
        if status == HTTPStatus.PARTIAL_CONTENT:
            facts.append(("content-range", f"bytes {start}-{end - 1}/{content.size}"))
        await self._start(status, [*facts, ("content-length", str(end - start))])
        if self.method == "HEAD":
            await self._body(b"")
        elif isinstance(content.body, bytes):
            await self._body(content.body[start:end])
        elif status == HTTPStatus.OK and self._pathsend:
            await self._send(cast("Any", {"type": _PATHSEND, "path": str(content.body)}))
        else:
            await self._pieces(storage.open_range(content.key, start, end), executor)

    async def _pieces(self, pieces: Generator[bytes, None, None], executor: Executor) -> None:
        """Send piece after piece, read in threads because a disk may be cold; stop when the client has gone."""
        loop = asyncio.get_running_loop()
        gone = loop.create_task(self._client_gone())
        try:
            while not gone.done() and (piece := await loop.run_in_executor(executor, next, pieces, b"")):
                await self._body(piece, more=True)
            await self._body(b"")
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
            await loop.run_in_executor(executor, pieces.close)

    async def _client_gone(self) -> None:
        """Returns when the client is gone; `send` alone never tells."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, status: int, headers: Headers) -> None:
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *self.always)]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})

    async def _body(self, body: bytes, *, more: bool = False) -> None:
        # Always bytes: Granian sends a memoryview at a twentieth of the speed.
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
