"""The event-loop thread of a worker process: claims, renewals and records run here, and nothing that blocks ever does."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own; `call` bridges to it from any other thread."""

    def __init__(self) -> None:
        # Not uvloop: closing its loop right after a cut connection hung now and then, and the worker never ended.
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="loop", daemon=True)
        self._stopping = False

    def start(self) -> None:
        """Begin to run."""
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run the coroutine on the loop and block until it is done; after `timeout_s` cancel it and raise TimeoutError.

        Raises RuntimeError once the loop is stopping: a step that outlived the grace has nobody to tell.
        """
        if self._stopping:
            coroutine.close()
            raise RuntimeError("the worker has stopped")
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run the coroutine on the loop until it ends or the loop is stopped."""
        asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self) -> None:
        """Cancel what still runs, and end the thread."""
        self._stopping = True
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
