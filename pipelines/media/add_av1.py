"""Plans the AV1 rungs of a version that is live, and has its chunks encoded."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import Rung
from core.media_jobs import OfChunk, OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from domain import versions
from pipelines.context import StepContext
from pipelines.media import flow
from pipelines.media.subject import Subject, subject_of
from transcoding.av1 import av1_rungs


async def load(session: AsyncSession, job: ClaimedJob) -> Subject:
    """What the source is, and what the version has."""
    of = msgspec.convert(job.payload, OfVersion)
    return await subject_of(session, of.asset_id, of.version_id)


def work(ctx: StepContext, subject: Subject) -> tuple[Rung, ...]:
    """The ladder."""
    ctx.check()
    return av1_rungs(subject.source.info, subject.plan) if subject.source.info is not None else ()


async def record(session: AsyncSession, job: ClaimedJob, result: Sequence[Rung]) -> None:
    """The rungs are planned, and what is not there of them yet is to be encoded: all rungs of a chunk from one decode."""
    if not result:
        return
    of = msgspec.convert(job.payload, OfVersion)
    plan = await versions.av1_planned(session, of.asset_id, of.version_id, result)
    names = tuple(rung.name for rung in result)
    kept = await queries.kept_parts(session, of.version_id, range(len(plan.chunks)))
    missing = [
        OfChunk(of.asset_id, of.version_id, chunk.index, wanted)
        for chunk in plan.chunks
        if (wanted := tuple(name for name in names if (name, chunk.index) not in kept))
    ]
    await flow.after_av1_planned(session, job, missing)
