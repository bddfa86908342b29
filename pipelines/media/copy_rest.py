"""The fast lane's second job: what follows the head."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from pipelines.context import StepContext
from pipelines.media import copying
from pipelines.media.copying import Outcome
from pipelines.media.subject import Subject, subject_of
from transcoding.copy import copy_rest


async def load(session: AsyncSession, job: ClaimedJob) -> Subject:
    """The plan, and what has been copied already."""
    of = msgspec.convert(job.payload, OfVersion)
    return await subject_of(session, of.asset_id, of.version_id)


def work(ctx: StepContext, subject: Subject) -> Outcome:
    """Copy, and hand over what is finished."""
    return copying.copy(ctx, subject, copy_rest, to_end=True)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """A source that is not what its index says takes the other way."""
    await copying.record(session, job, result)
