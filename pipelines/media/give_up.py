"""The asset ends as FAILED, with a reason that its instructor understands; what has been made of it is removed."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind
from core.media_jobs import OfAsset
from core.settings import MediaSettings
from db.jobs import ClaimedJob
from db.queries import pipelines as queries
from domain import failures, versions
from pipelines.context import StepContext
from pipelines.media import flow


def work(ctx: StepContext, _: OfAsset) -> MediaSettings:
    """Nothing to do outside the transaction."""
    ctx.check()
    return ctx.settings.media


async def record(session: AsyncSession, job: ClaimedJob, result: MediaSettings) -> None:
    """Say why, cancel the siblings, have the objects removed."""
    pipeline_id = flow.pipeline_of(job)
    error = await queries.fatal_error(session, job.id) or {}
    failure = failures.explain(
        ErrorKind(error.get("kind", ErrorKind.INTERNAL)), error.get("code", "media.internal"), error.get("message", "")
    )
    asset_id = msgspec.convert(job.payload, OfAsset).asset_id
    await versions.gave_up(session, asset_id, failure, result, pipeline_id=pipeline_id, by=job.id)
