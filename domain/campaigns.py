"""Campaigns: a new version of many assets, a few at a time and in the background, for as long as it takes."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.jobs import JobRequest
from core.media import Profile
from core.media_jobs import RUN_CAMPAIGN, OfCampaign
from db import jobs
from db.models import Campaign
from db.queries import campaigns as queries
from db.queries.campaigns import Filters
from domain import versions


async def begin(session: AsyncSession, by: UUID | None, profile: Profile, reason: str, filters: Filters) -> Campaign:
    """Begin a campaign in the name of the user `by`."""
    campaign = Campaign(
        created_by=by, profile=profile, reason=reason[: versions.LONGEST_REASON], filters=msgspec.to_builtins(filters)
    )
    session.add(campaign)
    await session.flush()
    await session.refresh(campaign)
    await _go_on(session, campaign.id, None)
    return campaign


async def advance(session: AsyncSession, campaign_id: UUID, most_open: int, again_at: datetime) -> None:
    """Begin as many versions as there is room for, and look again `again_at`, until every asset has been taken.

    What was begun and how far the campaign is are one fact, so it goes on after whatever interruption.
    """
    campaign = await session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is None or campaign.finished_at is not None:
        return
    room = most_open - len(await queries.open_pipelines(session, campaign_id))
    taken = await queries.next_assets(session, campaign, room) if room > 0 else []
    for asset_id in taken:
        campaign.cursor = asset_id
        try:
            await versions.reencode(
                session, asset_id, msgspec.convert(campaign.profile, Profile), campaign.reason, trace_id=campaign_id.hex
            )
            campaign.started += 1
        except Refused:
            continue  # somebody else is at it, or it has gone
    if room > 0 and not await queries.next_assets(session, campaign, 1):
        campaign.finished_at = func.now()
    else:
        await _go_on(session, campaign_id, again_at)
    await session.flush()


async def cancel(session: AsyncSession, campaign_id: UUID) -> None:
    """Take no more assets, and give up the versions that are being made. Raises Refused `campaign.not_found`, `.finished`."""
    campaign = await session.get(Campaign, campaign_id)
    if campaign is None:
        raise Refused("campaign.not_found", "There is no such campaign.", kind=ErrorKind.NOT_FOUND)
    if campaign.finished_at is not None:
        raise Refused("campaign.finished", "This campaign has ended.", kind=ErrorKind.CONFLICT)
    # Pipelines come before all other locks.
    for asset_id in await queries.open_pipelines(session, campaign_id):
        with suppress(Refused):  # the asset has gone, or its version has just been made
            await versions.cancel_reencode(session, asset_id)
    campaign = await session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    campaign.finished_at = func.coalesce(campaign.finished_at, func.now())
    await session.flush()


async def _go_on(session: AsyncSession, campaign_id: UUID, run_at: datetime | None) -> None:
    """A job of its own for each look: none of them waits longer than the engine lets a job wait."""
    request = JobRequest(RUN_CAMPAIGN, OfCampaign(campaign_id), unique_key=f"campaign:{campaign_id}", run_at=run_at)
    await jobs.add(session, request)
