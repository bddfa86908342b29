"""The asset ends as FAILED, with a reason that its instructor understands; what has been made of it is removed."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind
from core.media_jobs import OfAsset
from db.jobs import ClaimedJob
from db.queries import pipelines as queries
from domain import failures, media
from pipelines.context import StepContext
from pipelines.media import flow


def work(ctx: StepContext, _: OfAsset) -> None:
    """Nothing to do outside the transaction."""
    ctx.check()


async def record(session: AsyncSession, job: ClaimedJob, _: None) -> None:
    """Say why, cancel the siblings, have the objects removed."""
    pipeline_id = flow.pipeline_of(job)
    error = await queries.fatal_error(session, job.id) or {}
    failure = failures.explain(
        ErrorKind(error.get("kind", ErrorKind.INTERNAL)), error.get("code", "media.internal"), error.get("message", "")
    )
    await media.failed(session, msgspec.convert(job.payload, OfAsset).asset_id, failure, pipeline_id=pipeline_id, by=job.id)
