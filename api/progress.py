"""Live progress: one poller per process asks the database about all watched assets together and tells who watches."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from typing import Generic, Literal, TypeVar
from uuid import UUID

from core.logging import get_logger

_log = get_logger(__name__)

POLL_S = 0.5
"""How often watched assets are looked at; nothing is asked while nobody watches."""

T = TypeVar("T")
Load = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, T]]]


class _Watcher(Generic[T]):
    """What one stream has not been told yet: only the latest counts."""

    def __init__(self) -> None:
        self.latest: T | None = None
        self.gone = False
        self.news = asyncio.Event()


class ProgressHub(Generic[T]):
    """Hands the latest state of an asset to any number of streams, however many there are, for one query per poll."""

    def __init__(self, load: Load[T], stopping: asyncio.Event, poll_s: float = POLL_S) -> None:
        """`load` answers for the assets that exist; `stopping` ends every stream."""
        self._load = load
        self._stopping = stopping
        self._poll_s = poll_s
        self._watchers: dict[UUID, set[_Watcher[T]]] = defaultdict(set)
        self._poller: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    async def watch(self, asset_id: UUID, *, keep_alive_s: float, until_s: float) -> AsyncGenerator[T | None, None]:
        """Each new state of the asset, None whenever nothing was new for `keep_alive_s`.

        Ends when the asset is gone, after `until_s` seconds, or when the process stops.
        """
        watcher: _Watcher[T] = _Watcher()
        self._watchers[asset_id].add(watcher)
        self._poll_now()
        ends = asyncio.get_running_loop().time() + until_s
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not watcher.gone and not stop.done() and (left := ends - asyncio.get_running_loop().time()) > 0:
                yield await self._next(watcher, stop, min(keep_alive_s, left))
        finally:
            stop.cancel()
            self._watchers[asset_id].discard(watcher)
            if not self._watchers[asset_id]:
                del self._watchers[asset_id]

    async def _next(self, watcher: _Watcher[T], stop: "asyncio.Task[Literal[True]]", timeout_s: float) -> T | None:
        news = asyncio.create_task(watcher.news.wait())
        try:
            await asyncio.wait({news, stop}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        latest = watcher.latest if watcher.news.is_set() else None
        watcher.news.clear()
        return latest

    def _poll_now(self) -> None:
        self._wake.set()
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="progress")

    async def _poll(self) -> None:
        while self._watchers and not self._stopping.is_set():
            self._wake.clear()
            try:
                asked = list(self._watchers)
                self._tell(asked, await self._load(asked))
            except Exception as error:  # noqa: BLE001 -- the streams stay open, the next poll may succeed
                _log.warning("progress_poll_failed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._poll_s)

    def _tell(self, asked: list[UUID], states: Mapping[UUID, T]) -> None:
        for asset_id in asked:
            state = states.get(asset_id)
            for watcher in self._watchers.get(asset_id, ()):
                if state is None:
                    watcher.gone = True
                    watcher.news.set()
                elif state != watcher.latest:
                    watcher.latest = state
                    watcher.news.set()

    async def close(self) -> None:
        """End the poller."""
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller
