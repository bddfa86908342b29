"""Routes below /api/v1/toys that show what the gateway does, each for one of its duties."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from httpx import AsyncClient
from litestar import Litestar, Response, get, patch, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Meta

from api.access import EVERYONE, SIGNED_IN, stated
from api.passage import Deprecated
from api.services import Injected
from api.wire import HttpRequest
from core.errors import ErrorKind, Refused
from db import caches

URL = "/api/v1/toys"


class Toy(msgspec.Struct):
    """What is made and shown."""

    title: Annotated[str, Meta(min_length=1)]


@dataclass
class Toys:
    """What the routes did, and what they wait for."""

    made: list[str] = field(default_factory=list)
    reads: int = 0
    title: str = "one"
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a route that waits has begun."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def register(self, app: Litestar) -> None:
        """Add the routes to an application."""
        for route in (*self._reads(), *self._writes()):
            app.register(route)

    def _reads(self) -> list[Any]:
        toys = self

        @get(URL, **stated(EVERYONE, cached=caches.CATALOG))
        async def listed() -> dict[str, Any]:
            """What everybody sees."""
            toys.reads += 1
            found = {"title": toys.title, "filling": "x" * 2000}
            if toys.title == "waits":
                toys.entered.set()
                await toys.go_on.wait()
            return found

        @get(f"{URL}/tagged", **stated(EVERYONE, cached=caches.CATALOG))
        async def tagged() -> Response[dict[str, str]]:
            """With an entity tag of its own."""
            return Response({"title": toys.title}, headers={"ETag": '"abc-3"'})

        @get(f"{URL}/private", **stated(SIGNED_IN))
        async def private() -> dict[str, str]:
            """For who is signed in."""
            return {"filling": "x" * 2000}

        @get(f"{URL}/slow", **stated(EVERYONE))
        async def slow() -> None:
            """Never ends."""
            await asyncio.Event().wait()

        @get(f"{URL}/old", **stated(EVERYONE, deprecated=OLD))
        async def old() -> None:
            """Will go."""

        return [listed, tagged, private, slow, old]

    def _writes(self) -> list[Any]:
        toys = self

        @post(f"{URL}/touch", **stated(EVERYONE))
        async def touch(data: JSONBody[Toy], services: Injected) -> None:
            """Change what everybody sees."""
            async with services.sessions.begin() as session:
                toys.title = data.title
                caches.touch(session, caches.CATALOG)

        @post(f"{URL}/guess", **stated(EVERYONE, limit="auth"))
        async def guess() -> None:
            """Somebody may guess here."""

        @patch(f"{URL}/chunk", **stated(EVERYONE, limit="upload"))
        async def chunk() -> None:
            """Takes a chunk of an upload."""

        @post(URL, **stated(EVERYONE, idempotent=True))
        async def make(request: HttpRequest, data: JSONBody[Toy]) -> Response[Toy]:
            """Make one; titles tell what goes wrong."""
            if data.title == "waits":
                toys.entered.set()
                await toys.go_on.wait()
            toys.made.append(data.title)
            if data.title == "breaks":
                raise RuntimeError("broken")
            if data.title == "taken":
                raise Refused("toy.taken", "Taken.", kind=ErrorKind.CONFLICT)
            cookies = [Cookie("secret", "s")] if data.title == "cookie" else []
            return Response(data, headers={"Location": f"{URL}/{len(toys.made)}", "X-Other": "o"}, cookies=cookies)

        return [touch, guess, chunk, make]


OLD = Deprecated(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "/api/v1/toys")


async def make(client: AsyncClient, key: str | None, title: str = "train", **headers: str) -> Any:
    """POST one toy."""
    more = {"Idempotency-Key": key} if key is not None else {}
    return await client.post(URL, json={"title": title}, headers={**more, **headers})
