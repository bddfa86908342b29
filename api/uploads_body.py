"""Receiving a long request body piece by piece, keeping what has arrived whatever ends it."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Literal

from litestar.types import Receive


class Ending(StrEnum):
    """Why no more bytes come."""

    WHOLE = "whole"
    DISCONNECTED = "disconnected"
    IDLE = "idle"
    STOPPING = "stopping"
    TOO_LONG = "too_long"


class IncomingBody:
    """The body of one request, straight from the server's `receive`; `ending` tells afterwards how it ended."""

    def __init__(self, receive: Receive, *, limit: int, idle_s: float, stopping: asyncio.Event) -> None:
        """`limit` bytes are taken at most; `idle_s` seconds without a byte end it, as does `stopping`."""
        self._receive = receive
        self._limit = limit
        self._idle_s = idle_s
        self._stopping = stopping
        self.received = 0
        self.ending: Ending | None = None

    async def pieces(self, size: int) -> AsyncIterator[bytes]:
        """Pieces of at least `size` bytes, the last one smaller; what arrived before a disconnect is given too."""
        buffer = bytearray()
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while self.ending is None:
                buffer += await self._next(stop)
                if len(buffer) >= size:
                    yield bytes(buffer)
                    buffer.clear()
        finally:
            stop.cancel()
        if buffer:
            yield bytes(buffer)

    async def _next(self, stop: "asyncio.Task[Literal[True]]") -> bytes:
        message = asyncio.ensure_future(self._receive())
        waited: set[asyncio.Future[Any]] = {message, stop}
        await asyncio.wait(waited, timeout=self._idle_s, return_when=asyncio.FIRST_COMPLETED)
        if not message.done():
            message.cancel()
            self.ending = Ending.STOPPING if stop.done() else Ending.IDLE
            return b""
        event = message.result()
        if event["type"] != "http.request":
            self.ending = Ending.DISCONNECTED
            return b""
        body = event.get("body", b"")[: self._limit - self.received]
        self.received += len(body)
        if len(body) < len(event.get("body", b"")):
            self.ending = Ending.TOO_LONG
        elif not event.get("more_body", False):
            self.ending = Ending.WHOLE
        return body
