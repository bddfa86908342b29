"""Reads of campaigns: which assets come next, and how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import FINAL_STATES
from core.media_jobs import REENCODE
from db.models import Asset, AssetState, Campaign, Job, Pipeline, Version


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which assets a campaign is about: all, or those whose stream is older than so many days. `limit`: at most so many."""

    older_than_days: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign. `open`: how many of the versions that it `started` are being made now; `left`: assets to come."""

    id: UUID
    profile: str
    reason: str
    filters: Filters
    created_at: datetime
    finished_at: datetime | None
    started: int
    open: int
    left: int


async def newest(session: AsyncSession, limit: int) -> list[CampaignView]:
    """The newest campaigns first."""
    rows = await session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(limit))
    return [await _view(session, row) for row in rows]


async def one(session: AsyncSession, campaign_id: UUID) -> CampaignView | None:
    """One campaign, as it is now."""
    row = await session.get(Campaign, campaign_id)
    return None if row is None else await _view(session, row)


async def _view(session: AsyncSession, row: Campaign) -> CampaignView:
    filters = msgspec.convert(row.filters, Filters)
    left = 0 if row.finished_at is not None else await _left(session, row)
    return CampaignView(
        row.id, row.profile, row.reason, filters, row.created_at, row.finished_at, row.started,
        len(await open_pipelines(session, row.id)), left,
    )  # fmt: skip


async def open_pipelines(session: AsyncSession, campaign_id: UUID) -> Sequence[UUID]:
    """The assets of which versions of this campaign are being made: its pipelines carry its id as their trace."""
    unfinished = exists().where(Job.pipeline_id == Pipeline.id, Job.state.not_in(FINAL_STATES))
    ours = (Pipeline.kind == REENCODE) & (Pipeline.trace_id == campaign_id.hex)
    return [each for each in await session.scalars(select(Pipeline.subject_id).where(ours, unfinished)) if each is not None]


async def next_assets(session: AsyncSession, campaign: Campaign, room: int) -> Sequence[UUID]:
    """The next ready assets behind the cursor, at most `room`, whose live version is older than the campaign asks for."""
    return (await session.scalars(_next(campaign, room))).all()


async def _left(session: AsyncSession, campaign: Campaign) -> int:
    return await session.scalar(select(func.count()).select_from(_next(campaign, None).subquery())) or 0


def _next(campaign: Campaign, room: int | None) -> Select[tuple[UUID]]:
    filters = msgspec.convert(campaign.filters, Filters)
    before = campaign.created_at - timedelta(days=filters.older_than_days or 0)
    query = (
        select(Asset.id)
        .join(Version, Version.id == Asset.live_version_id)
        .where(Asset.state == AssetState.READY, Asset.original_key.is_not(None))
        .where(func.coalesce(Version.live_at, Version.created_at) < before)
        .order_by(Asset.id)
    )
    if campaign.cursor is not None:
        query = query.where(Asset.id > campaign.cursor)
    rest = None if filters.limit is None else max(filters.limit - campaign.started, 0)
    bounds = [bound for bound in (room, rest) if bound is not None]
    return query.limit(min(bounds) if bounds else None)
