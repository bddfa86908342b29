"""Reads of assets as the API shows them: who may see which, and in which order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, AssetState, Grant, User, Version


async def by_id(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset with this id."""
    return await session.get(Asset, asset_id)


async def visible_to(
    session: AsyncSession, user_id: UUID, *, everything: bool, before: UUID | None, limit: int
) -> Sequence[Asset]:
    """Assets that the user owns or was granted (`everything`: all there are), newest first, older than `before`."""
    query = select(Asset).order_by(Asset.id.desc()).limit(limit)
    if not everything:
        granted = exists().where(Grant.asset_id == Asset.id, Grant.user_id == user_id)
        query = query.where((Asset.owner_id == user_id) | granted)
    if before is not None:
        query = query.where(Asset.id < before)
    return (await session.scalars(query)).all()


async def shown_versions(session: AsyncSession, assets: Sequence[Asset]) -> dict[UUID, Version]:
    """The version that viewers of each asset get, by its id."""
    wanted = [asset.playable_version_id for asset in assets if asset.playable_version_id is not None]
    if not wanted:
        return {}
    return {version.id: version for version in await session.scalars(select(Version).where(Version.id.in_(wanted)))}


async def named(session: AsyncSession, owner_email: str, filename: str) -> UUID | None:
    """The newest asset of an account made of a file of this name, wholly uploaded and neither failed nor cancelled."""
    unfit = (AssetState.UPLOADING, AssetState.FAILED, AssetState.CANCELLED)
    query = select(Asset.id).join(User, User.id == Asset.owner_id)
    mine = query.where(User.email == owner_email, Asset.filename == filename, Asset.state.not_in(unfit))
    found: UUID | None = await session.scalar(mine.order_by(Asset.id.desc()).limit(1))
    return found
