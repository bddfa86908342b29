"""One UPDATE flips the live version: the asset is ready."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from domain import media
from pipelines.context import StepContext


def work(ctx: StepContext, payload: OfVersion) -> OfVersion:
    """Nothing to do outside the transaction; what is published has just been checked."""
    ctx.check()
    return payload


async def record(session: AsyncSession, job: ClaimedJob, result: OfVersion) -> None:
    """Flip the version."""
    await media.published(session, result.asset_id, result.version_id)
