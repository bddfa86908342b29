"""Receiving a long request body piece by piece, keeping what has arrived whatever ends it."""

import asyncio
import mmap
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
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


_BUFFER_BYTES = 32 * 2**20


class MemoryBudget:
    """How much of this process's memory chunks may take that wait to be verified."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._idle: mmap.mmap | None = None

    @contextmanager
    def reserve(self, size: int) -> Iterator[memoryview | None]:
        """A buffer of `size` bytes while the context lasts, at the beginning of a page; None for more than there may be."""
        if size > min(self._left, _BUFFER_BYTES):
            yield None
            return
        self._left -= size
        # One is kept: a system gives out fresh pages about as slowly as a disk takes what is in them.
        buffer, self._idle = self._idle or mmap.mmap(-1, _BUFFER_BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), None
        cancelled = False
        try:
            yield memoryview(buffer)[:size]
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            self._left += size
            # A thread may still be reading from a cancelled request's buffer: nobody else gets that one.
            if not cancelled:
                self._idle = buffer


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
        async with aclosing(self.parts()) as arriving:
            async for part in arriving:
                parts.append(part)
                held += len(part)
                if held >= size:
                    yield b"".join(parts)
                    parts.clear()
                    held = 0
        if held:
            yield b"".join(parts)

    async def parts(self) -> AsyncGenerator[bytes]:
        """The body in the pieces in which it arrives, which may be empty."""
        stop = asyncio.create_task(self._stop())
        try:
            while self.ending is None:
                yield await self._next()
        finally:
            stop.cancel()

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
