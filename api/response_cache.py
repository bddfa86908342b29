"""Public answers that are kept in memory, whole, in both encodings, until what they show changes.

An answer is kept under the generation of its area that was read *before* the answer was made: whatever was committed after
that read has renewed the generation, so an answer that may miss it is never taken for fresh.
"""

import asyncio
import gzip
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from typing import NamedTuple

from api.passage import Facts
from api.representations import Lines, takes_gzip

PACK_FROM = 1000
"""Bytes from which an answer is compressed: below, it fits into one packet anyway."""
_PACK_IN_LOOP = 32 * 1024
_PACK_LEVEL = 5
# What an entry takes besides its body.
_OVERHEAD = 2048
# A single answer may take so much of the whole.
_SHARE = 8

Target = tuple[bytes, bytes]
"""Path and query, as they were sent."""


class Answer(NamedTuple):
    """What goes over the wire."""

    status: int
    headers: Lines
    body: bytes


async def pack(body: bytes) -> bytes:
    """`body` as gzip; what is large in a thread. The same bytes always give the same."""
    if len(body) <= _PACK_IN_LOOP:
        return gzip.compress(body, _PACK_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, _PACK_LEVEL, mtime=0)


class Document:
    """One JSON document with its entity tag, plain and compressed."""

    __slots__ = ("_fixed", "_packed", "_tag", "body")

    def __init__(self, body: bytes, fixed: Lines, own_tag: str, cache_control: str) -> None:
        """`fixed`: headers that go with it in any encoding; `own_tag`: the route's entity tag, which stays a part of it."""
        digest = blake2b(body, digest_size=9).hexdigest()
        # The revision alone would not do: an answer also shows what has no part in it, such as addresses signed for minutes.
        self._tag = f"{own_tag}.{digest}" if own_tag else digest
        self.body = body
        self._packed: bytes | None = None
        vary = [value for name, value in fixed if name == b"vary"]
        self._fixed: Lines = [
            *((name, value) for name, value in fixed if name != b"vary"),
            (b"cache-control", cache_control.encode()),
            (b"vary", b", ".join([*vary, b"Accept-Encoding, Authorization"])),
        ]

    @property
    def weight(self) -> int:
        """Bytes of memory at most; the compressed form comes later, and is smaller."""
        return _OVERHEAD + 2 * len(self.body)

    async def answer(self, accept_encoding: str, if_none_match: str) -> Answer:
        """For a client that takes these encodings and has these tags."""
        packs = len(self.body) >= PACK_FROM and takes_gzip(accept_encoding)
        tag = f'"{self._tag}-gz"' if packs else f'"{self._tag}"'
        headers = [*self._fixed, (b"etag", tag.encode())]
        if if_none_match and self._is_known(if_none_match):
            return Answer(HTTPStatus.NOT_MODIFIED, [line for line in headers if line[0] != b"content-type"], b"")
        body = self.body
        if packs:
            if self._packed is None:
                self._packed = await pack(body)
            body = self._packed
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(body)))
        return Answer(HTTPStatus.OK, headers, body)

    def _is_known(self, if_none_match: str) -> bool:
        known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
        return bool(known & {"*", f'"{self._tag}"', f'"{self._tag}-gz"'})


class Kept(NamedTuple):
    """A document with what tells whether it is still true."""

    document: Document
    facts: Facts
    template: str
    generation: str | None
    changes: int
    at: float


class ResponseCache:
    """The public answers of one process, the least used of which go first."""

    def __init__(self, most_bytes: int, life_s: float, blind_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`blind_s` is their life while nobody says what has changed."""
        self._most_bytes = most_bytes
        self._life_s = life_s
        self._blind_s = blind_s
        self._clock = clock
        self._entries: OrderedDict[Target, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, target: Target) -> Kept | None:
        """What is kept for this address, true or not (`is_true`)."""
        kept = self._entries.get(target)
        if kept is not None:
            self._entries.move_to_end(target)
        return kept

    def is_true(self, kept: Kept, generation: str | None, changes: int) -> bool:
        """Whether it may be shown now: `generation` as it has just been read (None: not known), `changes` of this process."""
        age = self._clock() - kept.at
        if generation is None:
            return age <= self._blind_s and kept.changes == changes
        return kept.generation == generation and age <= self._life_s

    def keep(
        self, target: Target, document: Document, facts: Facts, template: str, generation: str | None, changes: int
    ) -> None:
        """Keep an answer; `generation` and `changes` are those from before it was made."""
        if document.weight * _SHARE > self._most_bytes:
            return
        self._drop(target)
        self._entries[target] = Kept(document, facts, template, generation, changes, self._clock())
        self._bytes += document.weight
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, target: Target) -> None:
        kept = self._entries.pop(target, None)
        if kept is not None:
            self._bytes -= kept.document.weight
