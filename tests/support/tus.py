"""A small tus client for tests."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

from httpx import AsyncClient, Response

from tests.support.people import Person

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}


def b64(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


async def create(client: AsyncClient, who: Person, length: int, filename: str = "clip.mp4", **headers: str) -> Response:
    """Announce a file of `length` bytes."""
    return await client.post(
        UPLOADS,
        headers={**who.auth, **TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {b64(filename)}", **headers},
    )


async def append(
    client: AsyncClient, who: Person, url: str, offset: int, data: bytes | AsyncIterator[bytes], **headers: str
) -> Response:
    """Send a chunk."""
    return await client.patch(url, content=data, headers={**who.auth, **CHUNK, "Upload-Offset": str(offset), **headers})


async def offset_of(client: AsyncClient, who: Person, url: str) -> int:
    """What the server holds."""
    answer = await client.head(url, headers={**who.auth, **TUS})
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])


async def upload(client: AsyncClient, who: Person, data: bytes, **options: Any) -> str:
    """Upload `data` in one chunk; returns the asset's id."""
    made = await create(client, who, len(data), **options)
    assert made.status_code == 201, made.text
    sent = await append(client, who, made.headers["location"], 0, data)
    assert sent.status_code == 204, sent.text
    return made.headers["aula-asset-id"]


def checksum(data: bytes, algorithm: str = "sha256") -> dict[str, str]:
    """The header for a chunk's checksum."""
    return {"Upload-Checksum": f"{algorithm} {b64(hashlib.new(algorithm, data).digest())}"}
