"""Reads of uploaded pictures."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, Picture


async def of_subject(session: AsyncSession, purpose: str, subject_id: UUID) -> Sequence[Picture]:
    """The pictures of one subject for one purpose, newest first."""
    query = select(Picture).where(Picture.subject_id == subject_id, Picture.purpose == purpose)
    return (await session.scalars(query.order_by(Picture.id.desc()))).all()


async def original_key(session: AsyncSession, picture_id: UUID) -> str | None:
    """Where the uploaded picture lies; None when it is gone, or was never uploaded."""
    found: str | None = await session.scalar(select(Picture.original_key).where(Picture.id == picture_id))
    return found


async def chosen_posters(session: AsyncSession, assets: Iterable[Asset]) -> dict[UUID, Picture]:
    """The posters that owners have chosen, by the picture's id."""
    wanted = [asset.poster_id for asset in assets if asset.poster_id is not None]
    if not wanted:
        return {}
    return {picture.id: picture for picture in await session.scalars(select(Picture).where(Picture.id.in_(wanted)))}
