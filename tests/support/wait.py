"""Waiting for something to become true, with a deadline: the only polling that tests do."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")
_EVERY_S = 0.02


def wait_for(check: Callable[[], T], what: str, deadline_s: float = 30.0) -> T:
    """Call `check` until it returns something true, and return that. Fails with `what` after `deadline_s`."""
    end, pause = time.monotonic() + deadline_s, Event()
    while not (found := check()):
        assert time.monotonic() < end, f"waited {deadline_s} s in vain for: {what}"
        pause.wait(_EVERY_S)
    return found


async def eventually(check: Callable[[], T | Awaitable[T]], what: str, deadline_s: float = 30.0) -> T:
    """The same on the event loop; `check` may be a coroutine function."""
    end = time.monotonic() + deadline_s
    while True:
        result = check()
        found = await result if inspect.isawaitable(result) else result
        if found:
            return found
        assert time.monotonic() < end, f"waited {deadline_s} s in vain for: {what}"
        await asyncio.sleep(_EVERY_S)
