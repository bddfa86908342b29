"""Receiving a long request body piece by piece, keeping what has arrived whatever ends it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from litestar.types import Receive


class Ending(StrEnum):
    """Why no more bytes come."""

    WHOLE = "whole"
    DISCONNECTED = "disconnected"
    IDLE = "idle"
    STOPPING = "stopping"
    TOO_LONG = "too_long"


class MemoryBudget:
    """How much of this process's memory chunks may take that wait to be verified."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    @contextmanager
    def reserve(self, size: int) -> Iterator[bool]:
        """Whether `size` bytes may be held in memory while the context lasts."""
        granted = size <= self._left
        taken = size if granted else 0
        self._left -= taken
        try:
            yield granted
        finally:
            self._left += taken


class IncomingBody:
    """The body of one request, straight from the server's `receive`; `ending` tells afterwards how it ended."""

    def __init__(self, receive: Receive, *, limit: int, idle_s: float, stopping: asyncio.Event) -> None:
        """`limit` bytes are taken at most; `idle_s` seconds without a byte end it, as does `stopping`."""
        self._receive = receive
        self._idle_s = idle_s
        self._stopping = stopping
        self._waiting: asyncio.Timeout | None = None
        self.limit = limit
        self.received = 0
        self.ending: Ending | None = None

    async def pieces(self, size: int) -> AsyncIterator[bytes]:
        """Pieces of at least `size` bytes, the last one smaller; what arrived before a disconnect is given too."""
        parts: list[bytes] = []
        held = 0
        stop = asyncio.create_task(self._stop())
        try:
            while self.ending is None:
                part = await self._next()
                parts.append(part)
                held += len(part)
                if held >= size:
                    yield b"".join(parts)
                    parts.clear()
                    held = 0
        finally:
            stop.cancel()
        if held:
            yield b"".join(parts)

    async def _stop(self) -> None:
        await self._stopping.wait()
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def _next(self) -> bytes:
        if self._stopping.is_set():
            self.ending = Ending.STOPPING
            return b""
        try:
            # One timer for both: a future of its own for each of a million messages would take as long as hashing them.
            async with asyncio.timeout(self._idle_s) as self._waiting:
                event: Any = await self._receive()
        except TimeoutError:
            self.ending = Ending.STOPPING if self._stopping.is_set() else Ending.IDLE
            return b""
        finally:
            self._waiting = None
        if event["type"] != "http.request":
            self.ending = Ending.DISCONNECTED
            return b""
        found: bytes = event.get("body", b"")
        body = found[: self.limit - self.received]
        self.received += len(body)
        if len(body) < len(found):
            self.ending = Ending.TOO_LONG
        elif not event.get("more_body", False):
            self.ending = Ending.WHOLE
        return body
