"""Taking in one chunk of an upload: body to storage piece by piece, then what has been kept is recorded, however it ended."""

import asyncio
import hmac
import tempfile
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path

from api.request_id import request_id
from api.services import Services
from api.tus import Checksum
from api.uploads_body import Ending, IncomingBody
from core.errors import ErrorKind, Refused, Transient
from db.models import Upload
from domain import uploads as domain
from storage.base import UploadState

# Hashing so much takes longer than the way to a thread.
_HASH_BYTES = 2**20


async def receive_chunk(
    services: Services, upload: Upload, body: IncomingBody, checksum: Checksum | None
) -> tuple[int, datetime]:
    """Append the body to the upload, whose lock the caller holds; returns the new offset and when the upload expires.

    Without a checksum everything that arrived is kept, also when the body ends early; with one, the whole chunk or nothing.
    Raises Refused `upload.checksum_mismatch` (460), `upload.chunk_too_large`, and Transient `upload.interrupted` (503).
    """
    state = upload.storage_state or await _open(services, upload)
    offset = await asyncio.to_thread(services.storage.upload_offset, upload.key, state)
    try:
        if checksum is None:
            async for piece in body.pieces(services.storage.append_bytes):
                state = await asyncio.to_thread(services.storage.append, upload.key, state, offset, piece)
                offset += len(piece)
        else:
            state = await _append_verified(services, upload, state, offset, body, checksum)
            offset += body.received
    finally:
        # What storage holds is recorded even when the request fails; reading it back is what counts after an error.
        held = await asyncio.to_thread(services.storage.upload_offset, upload.key, state)
        expires_at = await _record(services, upload, state, held)
    _check_ending(body)
    return held, expires_at


async def finish(services: Services, upload: Upload) -> None:
    """Every byte is here: make it an object, then asset or file is uploaded and its pipeline begins. Again: no effect."""
    await asyncio.to_thread(services.storage.complete_upload, upload.key, upload.storage_state)
    async with services.sessions.begin() as session:
        await domain.completed(session, upload.id, services.clock(), trace_id=request_id())


async def _open(services: Services, upload: Upload) -> UploadState:
    state = await asyncio.to_thread(services.storage.begin_upload, upload.key)
    async with services.sessions.begin() as session:
        await domain.opened(session, upload.id, state)
    upload.storage_state = state
    return state


async def _record(services: Services, upload: Upload, state: UploadState, offset: int) -> datetime:
    readable = services.storage.partial_path(upload.key, state) is not None
    settings = services.settings.uploads
    async with services.sessions.begin() as session:
        expires_at = await domain.advanced(session, upload.id, state, offset, services.clock(), settings, readable=readable)
    upload.storage_state, upload.offset = state, offset
    return expires_at


async def _append_verified(
    services: Services, upload: Upload, state: UploadState, offset: int, body: IncomingBody, checksum: Checksum
) -> UploadState:
    """Set the chunk aside until it is verified: in memory, or in a file when it is large or too many wait."""
    append = partial(services.storage.append, upload.key, state, offset)
    with services.chunk_memory.reserve(body.limit) as buffer:
        if buffer is not None:
            await _verify_in(buffer, body, checksum)
            return await asyncio.to_thread(append, buffer[: body.received])
    folder = services.settings.scratch_dir / "chunks"
    await asyncio.to_thread(partial(folder.mkdir, parents=True, exist_ok=True))
    with tempfile.NamedTemporaryFile(dir=folder, buffering=0) as spool:
        await _verify(body, checksum, spool.write)
        return await asyncio.to_thread(append, Path(spool.name))


async def _verify_in(buffer: memoryview, body: IncomingBody, checksum: Checksum) -> None:
    """Fill the buffer with the whole body, hashing in a thread what has arrived while more arrives.

    Raises like `receive_chunk` when it ends early or is not what it should be.
    """
    hasher = checksum.hasher()
    hashed = 0
    hashing: asyncio.Future[None] | None = None
    try:
        async with aclosing(body.parts()) as parts:
            async for part in parts:
                buffer[body.received - len(part) : body.received] = part
                if body.received - hashed >= _HASH_BYTES and (hashing is None or hashing.done()):
                    hashing = asyncio.ensure_future(asyncio.to_thread(hasher.update, buffer[hashed : body.received]))
                    hashed = body.received
    finally:
        # Whatever ended it: another chunk may get the buffer.
        if hashing:
            await asyncio.wait([hashing])
    await asyncio.to_thread(hasher.update, buffer[hashed : body.received])
    _check(body, checksum, hasher.digest())


async def _verify(body: IncomingBody, checksum: Checksum, keep: Callable[[bytes], object]) -> None:
    """Hand the whole body to `keep`, piece by piece in a thread, while the next piece arrives; raises like `_verify_in`."""
    hasher = checksum.hasher()

    def take(piece: bytes) -> None:
        hasher.update(piece)
        keep(piece)

    taking: asyncio.Future[None] | None = None
    try:
        async for piece in body.pieces(_HASH_BYTES):
            if taking:
                await taking
            taking = asyncio.ensure_future(asyncio.to_thread(take, piece))
    finally:
        # Also when this request is given up: the thread must not write to what is closed then.
        if taking:
            await asyncio.wait([taking])
    if taking:
        taking.result()
    _check(body, checksum, hasher.digest())


def _check(body: IncomingBody, checksum: Checksum, digest: bytes) -> None:
    _check_ending(body)
    if not hmac.compare_digest(digest, checksum.digest):
        raise Refused("upload.checksum_mismatch", "The chunk did not arrive as it was sent.", kind=ErrorKind.CHECKSUM)


def _check_ending(body: IncomingBody) -> None:
    if body.ending is Ending.TOO_LONG:
        raise Refused(
            "upload.chunk_too_large",
            "The chunk is larger than what is left of the file, or than a chunk with a checksum may be.",
            kind=ErrorKind.TOO_LARGE,
        )
    if body.ending is not Ending.WHOLE:
        raise Transient(
            "upload.interrupted", "The chunk did not arrive as a whole; ask for the offset and go on.", retry_after_s=1
        )
