"""One UPDATE flips the live version: the asset is ready."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media_jobs import OfVersion
from core.settings import MediaSettings
from db.jobs import ClaimedJob
from domain import captions, downloads, media, versions
from pipelines.context import StepContext


def work(ctx: StepContext, _: OfVersion) -> MediaSettings:
    """Nothing to do outside the transaction; what is published has just been checked."""
    ctx.check()
    return ctx.settings.media


async def record(session: AsyncSession, job: ClaimedJob, result: MediaSettings) -> None:
    """Flip the version; what else is to be made of it comes in the background."""
    of = msgspec.convert(job.payload, OfVersion)
    await media.published(session, of.asset_id, of.version_id)
    await captions.version_published(session, of.asset_id)
    await downloads.version_published(session, of.asset_id)
    await versions.settle(session, of.asset_id, result, by=job.pipeline_id)
