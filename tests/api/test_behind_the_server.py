"""The API behind its real server: killed, cut off, stopped with open streams."""

import asyncio
import hashlib
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from core.settings import Settings
from db.models import Asset, AssetState
from storage import keys
from storage.base import Storage
from tests.support import tus
from tests.support.api_server import ApiServer
from tests.support.films import make_film
from tests.support.people import Person, sign_up
from tests.support.wait import eventually

SIZE = 6 * 2**20


@pytest.fixture
def server(settings: Settings, engine: AsyncEngine) -> Iterator[ApiServer]:
    server = ApiServer(settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
async def remote(server: ApiServer) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture
async def teacher(remote: AsyncClient, session_factory: async_sessionmaker[AsyncSession]) -> Person:
    return await sign_up(remote, session_factory, ["instructor"])


def _send_a_part(server: ApiServer, who: Person, url: str, offset: int, data: bytes, cut: int) -> None:
    """Announce `data` as one chunk, send `cut` bytes of it, and vanish."""
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {who.token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + data[:cut])
        # A reset, not a goodbye.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


async def test_an_upload_survives_cut_connections_and_a_killed_server(
    server: ApiServer,
    remote: AsyncClient,
    teacher: Person,
    storage: Storage,
    session_factory: async_sessionmaker[AsyncSession],
) -> None:
    chance = random.Random(7)
    data = chance.randbytes(SIZE)
    made = await tus.create(remote, teacher, len(data))
    url = made.headers["location"]
    offsets = []
    for round_ in range(8):
        offset = await tus.offset_of(remote, teacher, url)
        offsets.append(offset)
        rest = data[offset:]
        await asyncio.to_thread(_send_a_part, server, teacher, url, offset, rest, chance.randrange(1, len(rest) // 2))
        if round_ % 3 == 2:
            server.kill()
            await asyncio.to_thread(server.start)
    assert offsets == sorted(offsets)
    while (offset := await tus.offset_of(remote, teacher, url)) < len(data):
        sent = await tus.append(remote, teacher, url, offset, data[offset : offset + 2**20])
        # The writer that was cut off may not have noticed yet.
        assert sent.status_code in (204, 409, 423), sent.text
    async with session_factory() as session:
        asset = (await session.scalars(select(Asset))).one()
    assert asset.state is AssetState.UPLOADED
    stored = await asyncio.to_thread(storage.read_bytes, keys.original(asset.id))
    assert hashlib.sha256(stored).hexdigest() == hashlib.sha256(data).hexdigest()


async def test_what_arrived_before_a_cut_is_kept(server: ApiServer, remote: AsyncClient, teacher: Person) -> None:
    made = await tus.create(remote, teacher, SIZE)
    url = made.headers["location"]
    await asyncio.to_thread(_send_a_part, server, teacher, url, 0, bytes(SIZE), 3_000_000)

    async def kept() -> int:
        return await tus.offset_of(remote, teacher, url)

    offset: int = await eventually(kept, "bytes to be kept")
    assert 0 < offset <= 3_000_000


async def test_a_refusal_reaches_a_client_that_is_still_sending(
    server: ApiServer, remote: AsyncClient, teacher: Person
) -> None:
    made = await tus.create(remote, teacher, 10 * SIZE)
    for _ in range(5):
        answer = await tus.append(remote, teacher, made.headers["location"], 1, bytes(8 * 2**20))
        assert answer.status_code == 409
        assert answer.headers["upload-offset"] == "0"


async def test_progress_streams_while_it_changes_and_lets_the_server_stop(
    server: ApiServer,
    remote: AsyncClient,
    teacher: Person,
    storage: Storage,
    session_factory: async_sessionmaker[AsyncSession],
) -> None:
    film = await make_film(session_factory, storage, teacher.id, AssetState.PROCESSING)
    heard: list[str] = []
    headers = {**teacher.auth, "Accept": "text/event-stream"}
    async with remote.stream("GET", f"/api/v1/assets/{film.asset_id}/progress", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if not line.startswith("data: "):
                continue
            heard.append(line)
            if len(heard) == 1:
                async with session_factory.begin() as session:
                    failed = {"state": AssetState.CANCELLED}
                    await session.execute(update(Asset).where(Asset.id == film.asset_id).values(failed))
    assert ['"state":"processing"' in heard[0], '"state":"cancelled"' in heard[-1]] == [True, True]

    film = await make_film(session_factory, storage, teacher.id, AssetState.PROCESSING)
    async with remote.stream("GET", f"/api/v1/assets/{film.asset_id}/progress", headers=headers) as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line.startswith("data: "):
                break
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert [line async for line in lines if line.startswith("data: ")] == []
    assert await stopping == 0


def test_the_api_never_sees_how_media_is_made() -> None:
    code = (
        "import sys, api.app; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('dramatiq', 'ffmpeg', 'pipelines', 'workers', 'transcoding', 'boto3', 'alembic', 'PIL')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
