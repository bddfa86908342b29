"""Encodes one chunk of the AV1 rungs. Players are told of nothing until all of it is there."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import Part
from core.media_jobs import OfChunk
from db.jobs import ClaimedJob
from domain import media
from pipelines.context import StepContext
from pipelines.media import encode_chunk, flow
from pipelines.media.encode_chunk import Task


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Like any chunk's; nothing is encoded for a version that another has taken the place of."""
    of = msgspec.convert(job.payload, OfChunk)
    await media.lock_live(session, of.asset_id, of.version_id)
    return await encode_chunk.load(session, job)


def work(ctx: StepContext, task: Task) -> list[Part]:
    """Encode, verify, store."""
    return encode_chunk.work(ctx, task)


async def record(session: AsyncSession, job: ClaimedJob, result: list[Part]) -> None:
    """The parts count from here on."""
    await flow.keep_quietly(session, job, msgspec.convert(job.payload, OfChunk).version_id, result)
