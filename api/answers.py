"""An answer on its way out: headers that go with every one, JSON as a whole (kept, tagged, compressed), streams untouched."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from litestar.types import Message, Send

from api import idempotency
from api.passage import Passage, limit_headers
from api.representations import Lines
from api.representations import takes_gzip as _takes_gzip
from api.response_cache import PACK_FROM, Answer, Document, pack
from api.services import Services

takes_gzip = lru_cache(256)(_takes_gzip)

# Beyond, an answer is sent as it comes: neither kept nor tagged.
_WHOLE = 2 * 2**20
_STALE_S = 60
"""How long a browser may show what it has while it asks for the new (RFC 5861)."""
_REPLACED = frozenset({b"content-length", b"cache-control", b"etag"})


class Outgoing:
    """The `send` of one request: `keeper` is called with a public answer that may be kept."""

    __slots__ = (
        "_accepts",
        "_head_only",
        "_known",
        "_parts",
        "_send",
        "_services",
        "_size",
        "_start",
        "begun",
        "keeper",
        "passage",
    )

    def __init__(
        self, send: Send, passage: Passage, services: Services, accept_encoding: str, if_none_match: str, *, head_only: bool
    ) -> None:
        """The two headers are the client's."""
        self._send = send
        self._services = services
        self._accepts = accept_encoding
        self._known = if_none_match
        self._head_only = head_only
        self._start: Any = None
        self._parts: list[bytes] = []
        self._size = 0
        self.passage = passage
        self.begun = False
        self.keeper: Callable[[Document], None] | None = None

    async def __call__(self, message: Message) -> None:
        """What the framework sends."""
        if message["type"] == "http.response.start":
            if self.passage.claim is not None or _is_json(message["headers"]):
                self._start = message
                return
            await self._begin(message["status"], list(message["headers"]))
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        if self._start is None:
            await self._body(message.get("body", b""), more=message.get("more_body", False))
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if not message.get("more_body", False):
            await self._whole()
        elif self._size > _WHOLE:
            start, self._start = self._start, None
            await self._begin(start["status"], list(start["headers"]))
            await self._body(b"".join(self._parts), more=True)

    def forget(self) -> None:
        """Drop what has been held back; another answer is given instead."""
        self._start, self._parts, self._size = None, [], 0

    async def document(self, document: Document) -> None:
        """Answer with a document."""
        await self._give(await document.answer(self._accepts, self._known))

    async def _whole(self) -> None:
        status, headers, body = self._start["status"], list(self._start["headers"]), b"".join(self._parts)
        if self.passage.claim is not None:
            claim, self.passage.claim = self.passage.claim, None
            await idempotency.conclude(self._services, claim, (status, headers, body))
        names = {name for name, _ in headers}
        cookies = b"set-cookie" in names
        if self.passage.facts.area and status == HTTPStatus.OK and not cookies:
            await self.document(self._documented(headers, body))
            return
        # What comes with cookies may hold secrets, whose length compression would tell.
        if len(body) >= PACK_FROM and not cookies and b"content-encoding" not in names and takes_gzip(self._accepts):
            body = await pack(body)
            headers = [line for line in headers if line[0] != b"content-length"]
            headers += [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(body))]
        headers.append((b"vary", b"Accept-Encoding"))
        await self._give(Answer(status, headers, body))

    def _documented(self, headers: Lines, body: bytes) -> Document:
        """The answer with an entity tag: kept for all when it is public, else only checked anew by its reader."""
        named = dict(headers)
        fixed = [line for line in headers if line[0] not in _REPLACED]
        own = named.get(b"etag", b"").decode("latin-1").removeprefix("W/").strip('"')
        if self.keeper is None:
            return Document(body, fixed, own, "private, no-cache")
        age = self._services.settings.gateway.cache_public_max_age_s
        document = Document(body, fixed, own, f"public, max-age={age}, stale-while-revalidate={_STALE_S}")
        self.keeper(document)
        return document

    async def _give(self, answer: Answer) -> None:
        await self._begin(answer.status, list(answer.headers))
        await self._body(answer.body, more=False)

    async def _begin(self, status: int, headers: Lines) -> None:
        self.begun = True
        headers += limit_headers(self.passage.verdicts)
        headers += self.passage.facts.headers
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, body: bytes, *, more: bool) -> None:
        sent = b"" if self._head_only else body
        await self._send({"type": "http.response.body", "body": sent, "more_body": more})


def _is_json(headers: Any) -> bool:
    for name, value in headers:
        if name == b"content-type":
            return bool(value.startswith((b"application/json", b"application/problem+json")))
    return False
