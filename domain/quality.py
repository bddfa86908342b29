"""Facts about how a title is encoded: what the probe found, and the plan that follows from it."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import Plan
from db.models import PartRow, Track, Version
from domain.media import lock_version


async def plan_of(session: AsyncSession, asset_id: UUID, version_id: UUID) -> Plan:
    """The plan of a version as it is now, locked until the transaction ends."""
    _, version = await lock_version(session, asset_id, version_id)
    return msgspec.convert(version.plan, Plan)


async def settled(session: AsyncSession, version_id: UUID, plan: Plan, quality: dict[str, Any]) -> None:
    """Keep what was found of a title and the plan that follows from it; rungs that are not in it any more are forgotten.

    The caller has locked the version (`plan_of`).
    """
    version = await session.get_one(Version, version_id)
    kept = {rung.name for rung in plan.rungs}
    dropped = [rung["name"] for rung in version.plan["rungs"] if rung["name"] not in kept]
    version.plan, version.quality = msgspec.to_builtins(plan), quality
    await session.execute(delete(PartRow).where(PartRow.version_id == version_id, PartRow.track.in_(dropped)))
    await session.execute(delete(Track).where(Track.version_id == version_id, Track.name.in_(dropped)))
    await session.flush()
