"""A small application around delivery, for a real server: a storage, one signing key, a deny-list read from a file."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from litestar import Litestar
from litestar.config.cors import CORSConfig

from api.cookies import cookie_name
from api.delivery import Delivery, with_streams
from api.denylist import DenyList
from core.settings import StorageSettings
from storage import open_storage
from storage.signing import Signer

ORIGIN = "https://school.example"
INSTANCE = "tests"
KEYS = "k1:a secret of enough length"


def app() -> Litestar:
    """The factory that the server calls; its environment names the storage and the file of revoked sessions."""
    revoked = Path(os.environ["STREAM_REVOKED"])

    async def load() -> Collection[UUID]:
        return [UUID(each) for each in json.loads(await asyncio.to_thread(revoked.read_text))]

    denylist = DenyList(load, 0.02)
    storage = open_storage(StorageSettings(storage_url=os.environ["STREAM_STORAGE"]))
    delivery = Delivery(storage, Signer.from_setting(KEYS), denylist, cookie=cookie_name(INSTANCE), origins=[ORIGIN])

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        async with denylist.running():
            yield

    application = Litestar(
        [],
        lifespan=[life],
        openapi_config=None,
        cors_config=CORSConfig(allow_origins=[ORIGIN], allow_credentials=True),
    )
    application.asgi_handler = with_streams(application.asgi_handler, delivery)
    return application
