"""Reads for the end of a version: is anybody still to be waited for?"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, PlaybackSession, Version, VersionState

# A version that was given up half-made plays until the one that replaces it does.
_STILL_SHOWN_S = 600.0


async def grace_left_s(session: AsyncSession, version_id: UUID, grace_s: float) -> float | None:
    """Seconds of grace that a retired version still has, 0 where there are none; None when there is no such version."""
    left_s = grace_s - func.extract("epoch", func.now() - Version.retired_at)
    shown = Asset.playable_version_id == Version.id
    query = select(left_s, shown).join(Asset, Asset.id == Version.asset_id)
    row = (await session.execute(query.where(Version.id == version_id, Version.state == VersionState.RETIRED))).one_or_none()
    if row is None:
        return None
    return max(float(row[0]), _STILL_SHOWN_S if row[1] else 0.0)


async def played_for_s(session: AsyncSession, version_id: UUID) -> float | None:
    """Seconds until the last session that plays the version expires unless it is renewed; None when there is none."""
    left_s = func.extract("epoch", func.max(PlaybackSession.expires_at) - func.now())
    found = await session.scalar(select(left_s).where(PlaybackSession.version_id == version_id))
    return None if found is None else max(float(found), 1.0)
