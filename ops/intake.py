"""Bringing a file in from the operator's side: the same upload as over HTTP, without the network."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.settings import Settings
from db.models import Upload, User
from db.queries import users as user_queries
from db.session import make_engine, make_session_factory
from domain import uploads
from domain.policies import Actor
from storage import open_storage
from storage.base import Storage, UploadState

_PIECE = 8 * 2**20


async def bring_in(
    settings: Settings, file: Path, owner_email: str, title: str, on_progress: Callable[[float], None] = lambda _: None
) -> UUID:
    """Store `file` as an asset of `owner_email` and begin its pipeline; returns the asset's id. Raises Refused."""
    size = (await asyncio.to_thread(file.stat)).st_size
    storage = open_storage(settings.storage)
    engine = make_engine(settings.database, application_name="aula-cli", profile="api")
    sessions = make_session_factory(engine)
    try:
        async with sessions.begin() as session:
            owner = await _owner(session, owner_email)
            new = uploads.NewUpload(length=size, filename=file.name, title=title)
            upload = await uploads.begin(session, Actor(owner.id, frozenset(owner.roles)), new, utc_now(), settings.uploads)
        state = await asyncio.to_thread(storage.begin_upload, upload.key)
        async with sessions.begin() as session:
            # Kept before the first byte goes, so that what an interrupted intake leaves behind expires like any upload.
            await uploads.opened(session, upload.id, state)
        await asyncio.to_thread(_store, storage, upload, state, file, on_progress)
        async with sessions.begin() as session:
            await uploads.completed(session, upload.id, utc_now(), trace_id=new_id().hex)
    finally:
        await engine.dispose()
    return uploads.asset_of(upload)


async def _owner(session: AsyncSession, email: str) -> User:
    owner = await user_queries.by_email(session, email)
    if owner is None:
        raise Refused("user.unknown", f"There is no account {email}.", kind=ErrorKind.NOT_FOUND)
    return owner


def _store(storage: Storage, upload: Upload, state: UploadState, file: Path, on_progress: Callable[[float], None]) -> None:
    offset = 0
    with file.open("rb") as source:
        while piece := source.read(max(_PIECE, storage.append_bytes)):
            state = storage.append(upload.key, state, offset, piece)
            offset += len(piece)
            on_progress(offset / upload.length)
    storage.complete_upload(upload.key, state)
