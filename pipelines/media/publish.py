"""One UPDATE flips the live version: the asset is ready."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from domain import captions, downloads, media
from pipelines.context import StepContext


def work(ctx: StepContext, _: OfVersion) -> None:
    """Nothing to do outside the transaction; what is published has just been checked."""
    ctx.check()


async def record(session: AsyncSession, job: ClaimedJob, _: None) -> None:
    """Flip the version."""
    of = msgspec.convert(job.payload, OfVersion)
    await media.published(session, of.asset_id, of.version_id)
    await captions.version_published(session, of.asset_id)
    await downloads.version_published(session, of.asset_id)
