"""One HTTP exchange at the level of ASGI: what delivery needs of the request, and the ways to answer it.

Raw, because segments are most of all traffic: with the framework's own file response the same server sent a third as much.
"""

import asyncio
import contextlib
from collections.abc import Generator, Iterable
from concurrent.futures import Executor
from http import HTTPStatus
from typing import Any, cast

import msgspec
from litestar.types import HTTPScope, Receive, Send

from api import contract_errors, problems, ranges
from api.representations import Lines, Representation, read_hot, takes_gzip
from api.request_id import begin_request, request_id
from core.errors import AulaError
from storage.base import Storage

Headers = list[tuple[str, str]]
_PATHSEND = "http.response.pathsend"
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_CONDITIONS = frozenset({b"range", b"if-none-match", b"if-modified-since", b"if-range"})
_READ = _CONDITIONS | {b"accept-encoding", b"cookie", b"origin", b"x-original-uri"}
# One read and one send are the fastest up to here. Beyond, the server reads pieces itself: each viewer who is slow to take
# an answer holds so much of the memory.
_ONE_PIECE = 2**20


class Exchange:
    """Reads the request's head and sends one answer; `always` are headers that go with every answer."""

    __slots__ = ("_conditional", "_pathsend", "_receive", "_send", "always", "headers", "method", "path")

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        self.method = str(scope["method"])
        # ASGI gives names in lower case.
        wanted = [line for line in scope["headers"] if line[0] in _READ]
        self.headers = {name.decode(): value.decode("latin-1") for name, value in wanted}
        if len(self.headers) < len(wanted):
            # HTTP/2 sends each cookie in a line of its own (RFC 9113, section 8.2.3).
            self.headers["cookie"] = joined_cookies(wanted).decode("latin-1")
        self._conditional = any(name in _CONDITIONS for name, _ in wanted)
        # `path` is decoded: only the raw path is what the client sent.
        self.path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        self.always: Lines = [_NOSNIFF]
        self._pathsend = _PATHSEND in (scope.get("extensions") or ())
        self._receive = receive
        self._send = send

    async def empty(self, status: int, headers: Headers) -> None:
        """An answer without a body."""
        await self._start(status, _lines(headers))
        await self._body(b"")

    async def refuse(self, error: AulaError, headers: Headers | None = None) -> None:
        """An error as a problem document, with the status of its kind; what broke on our side is nobody else's concern."""
        status = problems.STATUS.get(error.kind, 500)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            await self.problem(status, "internal", "Something broke on our side.", [])
        else:
            retry = [("retry-after", "1")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
            await self.problem(status, error.code, error.message, [*retry, *(headers or ())])

    async def problem(self, status: int, code: str, detail: str, headers: Headers) -> None:
        """A problem document, or what the product contract has for one below its path."""
        problem = problems.Problem(
            type=f"urn:aula:problem:{code}",
            title=HTTPStatus(status).phrase,
            status=status,
            code=code,
            detail=detail,
            request_id=request_id() or begin_request(),
        )
        contract = contract_errors.is_below(self.path)
        body = msgspec.json.encode(contract_errors.in_its_words(problem) if contract else problem)
        media_type = contract_errors.MEDIA_TYPE if contract else problems.MEDIA_TYPE
        facts = [("content-type", media_type), ("cache-control", "no-store"), ("content-length", str(len(body)))]
        await self._start(status, _lines([*facts, *headers]))
        await self._body(b"" if self.method == "HEAD" else body)

    def takes_gzip(self) -> bool:
        """Whether the client takes gzip and wants the whole: ranges are of the bytes as they are stored."""
        return "range" not in self.headers and takes_gzip(self.headers.get("accept-encoding", ""))

    async def content(self, content: Representation, storage: Storage, executor: Executor) -> None:
        """The representation: whole, a range of it, its head, or only word that the client has it already."""
        status, start, end = 200, 0, content.size
        if self._conditional:
            status, start, end = ranges.select(self.method, self.headers, content.size, content.etag, content.modified)
        if status == HTTPStatus.NOT_MODIFIED:
            await self._start(status, content.headers)
            await self._body(b"")
            return
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            span = [("content-range", f"bytes */{content.size}")]
            await self.problem(status, "stream.bad_range", "The file has no such bytes.", span)
            return
        facts = [*content.headers, (b"content-length", b"%d" % (end - start))]
        if status == HTTPStatus.PARTIAL_CONTENT:
            facts.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, content.size)))
        body = content.body
        if self.method == "HEAD":
            data: bytes | None = b""
        elif isinstance(body, bytes):
            data = body if end - start == content.size else body[start:end]
        else:
            # Before the head is sent: a file that is gone by now must not become a cut answer.
            data = read_hot(body, start, end) if 0 < end - start <= _ONE_PIECE else None
        await self._start(status, facts)
        if data is not None:
            await self._body(data)
        elif status == HTTPStatus.OK and self._pathsend:
            await self._send(cast("Any", {"type": _PATHSEND, "path": body}))
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

    async def _start(self, status: int, headers: Lines) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *self.always]})

    async def _body(self, body: bytes, *, more: bool = False) -> None:
        # Always bytes: Granian sends a memoryview at a twentieth of the speed.
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def joined_cookies(lines: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The cookies of all header lines as one line has them."""
    return b"; ".join(value for name, value in lines if name == b"cookie")


def _lines(headers: Headers) -> Lines:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
