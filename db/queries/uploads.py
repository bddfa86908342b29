"""Reads of uploads in progress."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, File, Upload, User


async def by_id(session: AsyncSession, upload_id: str) -> Upload | None:
    """The upload with this id."""
    return await session.get(Upload, upload_id)


async def lock_owner(session: AsyncSession, owner_id: UUID) -> bool:
    """Let the uploads of one user begin one after another, so that each sees how many there are; False: no such user."""
    return await session.scalar(select(User.id).where(User.id == owner_id).with_for_update()) is not None


async def count_open(session: AsyncSession, owner_id: UUID, now: datetime) -> int:
    """How many uploads of the user are neither complete nor expired."""
    is_open = (Upload.owner_id == owner_id) & Upload.completed_at.is_(None) & (Upload.expires_at > now)
    return await session.scalar(select(func.count()).select_from(Upload).where(is_open)) or 0


async def expired(session: AsyncSession, now: datetime, limit: int) -> Sequence[Upload]:
    """Uploads of assets that were not completed in time, oldest first, the assets locked; what others are at is left out."""
    gone = Upload.completed_at.is_(None) & (Upload.expires_at <= now)
    query = select(Upload).join(Asset, Asset.id == Upload.asset_id).where(gone).order_by(Upload.expires_at).limit(limit)
    return (await session.scalars(query.with_for_update(of=Asset, skip_locked=True, key_share=True))).all()


async def expired_files(session: AsyncSession, now: datetime, limit: int) -> Sequence[Upload]:
    """The same of files of lessons."""
    gone = Upload.completed_at.is_(None) & (Upload.expires_at <= now)
    query = select(Upload).join(File, File.id == Upload.file_id).where(gone).order_by(Upload.expires_at).limit(limit)
    return (await session.scalars(query.with_for_update(of=File, skip_locked=True))).all()
