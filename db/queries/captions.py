"""Reads of captions, and of the text tracks that versions have of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, Caption, Track

# How a track knows which text it was made of.
_DIGEST = func.encode(func.sha256(func.convert_to(Caption.vtt, "UTF8")), "hex")


@dataclass(frozen=True, slots=True)
class CaptionFacts:
    """The captions of one language without their text; `digest` is its SHA-256."""

    language: str
    label: str
    origin: str
    revision: int
    digest: str
    size: int
    created_at: datetime
    updated_at: datetime


async def of_asset(session: AsyncSession, asset_id: UUID) -> list[CaptionFacts]:
    """All languages of an asset, in the order of their tags."""
    columns = (Caption.language, Caption.label, Caption.origin, Caption.revision, _DIGEST, func.octet_length(Caption.vtt))
    query = select(*columns, Caption.created_at, Caption.updated_at).where(Caption.asset_id == asset_id)
    return [CaptionFacts(*row) for row in await session.execute(query.order_by(Caption.language))]


async def one(session: AsyncSession, asset_id: UUID, language: str) -> Caption | None:
    """The captions of an asset in one language, as they are now."""
    return await session.get(Caption, (asset_id, language), populate_existing=True)


async def text_tracks(session: AsyncSession, version_id: UUID) -> Sequence[Track]:
    """The text tracks of a version."""
    return (await session.scalars(select(Track).where(Track.version_id == version_id, Track.kind == "text"))).all()


async def listed_texts(session: AsyncSession, asset_id: UUID) -> dict[str, str]:
    """By language the digest of the captions that players of the asset are told of."""
    query = (
        select(Track.language, Track.init_sha256)
        .join(Asset, Asset.playable_version_id == Track.version_id)
        .where(Asset.id == asset_id, Track.kind == "text", Track.listed_at.is_not(None))
    )
    return {row.language: row.init_sha256 for row in await session.execute(query)}
