"""The application in the test's own event loop, without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from httpx import ASGITransport, AsyncClient
from litestar import Litestar

BASE_URL = "http://aula.test"


@asynccontextmanager
async def in_process(app: Litestar) -> AsyncIterator[AsyncClient]:
    """A client of the application, which is alive while the context lasts.

    Litestar's own test client runs the application on another event loop, where the test's engine does not belong; and the
    application's life has to begin and end in one task, which fixtures don't promise.
    """
    alive, done = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            alive.set()
            await done.wait()

    life = asyncio.create_task(live())
    begun = asyncio.create_task(alive.wait())
    await asyncio.wait({life, begun}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        begun.cancel()
        life.result()
    async with AsyncClient(transport=ASGITransport(cast(Any, app), client=("127.0.0.1", 50_000)), base_url=BASE_URL) as client:
        yield client
    done.set()
    await life
