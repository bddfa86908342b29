"""What an owner says about an asset: its title, and what is to be made of it."""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.media import AssetOptions
from db.models import Asset
from domain import downloads


class OptionsChange(msgspec.Struct, frozen=True, kw_only=True):
    """Options that change; None: as before."""

    encrypted: bool | None = None
    download: bool | None = None
    av1: Literal["default", "off", "on", "watched"] | None = None
    loudness: bool | None = None


async def change(session: AsyncSession, asset_id: UUID, title: str | None, options: OptionsChange | None) -> Asset:
    """Keep a new title and new options; None: as before.

    A file to save is made or removed now; whatever else changes holds from the next version on. Raises Refused
    `asset.not_found`.
    """
    asset = await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    if asset is None:
        raise Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    if title is not None:
        asset.title = title.strip()
    if options is not None:
        changes = {name: value for name, value in msgspec.structs.asdict(options).items() if value is not None}
        before = msgspec.convert(asset.options, AssetOptions)
        asset.options = msgspec.to_builtins(msgspec.structs.replace(before, **changes))
    await session.flush()
    await downloads.settle(session, asset)
    return asset
