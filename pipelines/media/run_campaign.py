"""Takes a campaign a few assets further."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.media_jobs import OfCampaign
from db.jobs import ClaimedJob
from domain import campaigns
from pipelines.context import StepContext


def work(ctx: StepContext, _: OfCampaign) -> tuple[int, datetime]:
    """How many versions may be made at a time, and when to look again."""
    media = ctx.settings.media
    return media.campaign_open, utc_now() + timedelta(seconds=media.campaign_poll_s)


async def record(session: AsyncSession, job: ClaimedJob, result: tuple[int, datetime]) -> None:
    """Begin them."""
    await campaigns.advance(session, msgspec.convert(job.payload, OfCampaign).campaign_id, *result)
