"""Assets for tests that don't speak HTTP: an owner, an original in storage, an upload that is complete."""

import asyncio
from itertools import count
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from db.models import Asset, AssetState, User
from domain import media
from storage import keys
from storage.base import Storage

_numbers = count(1)


async def add_owner(session: AsyncSession) -> UUID:
    """An instructor; returns the id."""
    email = f"owner{next(_numbers)}@example.org"
    user = User(id=new_id(), email=email, password_hash="none", display_name="Owner", roles=["instructor"])
    session.add(user)
    await session.flush()
    return user.id


async def add_asset(session: AsyncSession, owner_id: UUID | None = None) -> UUID:
    """An asset that is being uploaded; returns its id."""
    owner_id = owner_id or await add_owner(session)
    asset = Asset(id=new_id(), owner_id=owner_id, title="Lecture", filename="lecture.mp4", state=AssetState.UPLOADING)
    session.add(asset)
    await session.flush()
    return asset.id


async def upload(sessions: async_sessionmaker[AsyncSession], storage: Storage, path: Path) -> UUID:
    """Bring a file in as an upload would, complete; returns the asset's id. The file is left alone."""
    async with sessions.begin() as session:
        asset_id = await add_asset(session)
    key = keys.original(asset_id)
    size = await asyncio.to_thread(_put, storage, key, path)
    async with sessions.begin() as session:
        await media.upload_completed(session, asset_id, key=key, size=size)
    return asset_id


def _put(storage: Storage, key: str, path: Path) -> int:
    storage.put_bytes(key, path.read_bytes())
    return path.stat().st_size


async def asset_of(sessions: async_sessionmaker[AsyncSession], asset_id: UUID) -> Asset:
    """The asset as committed."""
    async with sessions() as session:
        return await session.get_one(Asset, asset_id)
