"""Encodes one chunk: all rungs from one decode, verified and stored before they count."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Chunk, Part, Plan
from core.media_jobs import OfChunk
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.copying import leave_fast_lane
from pipelines.media.store_parts import store_parts
from storage import keys
from transcoding.encode_chunk import encode_chunk


@dataclass(frozen=True, slots=True)
class Task:
    """What to encode, from what."""

    of: OfChunk
    source: SourceFacts
    plan: Plan
    content_key: bytes | None

    @property
    def chunk(self) -> Chunk:
        return self.plan.chunks[self.of.chunk]


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfChunk)
    facts = await queries.source_facts(session, of.asset_id)
    plan = await queries.version_plan(session, of.version_id)
    if facts is None or plan is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    return Task(of, facts, plan, await queries.content_key(session, of.asset_id, of.version_id))


def work(ctx: StepContext, task: Task) -> list[Part]:
    """Encode, then store under names that no other attempt uses."""
    rungs = task.plan.rungs_named(task.of.rungs)
    if not rungs:
        return []
    prefix = keys.chunk_file_prefix(task.of.chunk, ctx.job.token)
    with source.planned(ctx, task.source, task.plan) as path:
        parts = encode_chunk(ctx.tools, path, task.plan, task.chunk, rungs, ctx.scratch, prefix, ctx.watch)
    return store_parts(ctx, task.of.asset_id, task.of.version_id, parts, ctx.scratch, task.content_key)


async def record(session: AsyncSession, job: ClaimedJob, result: list[Part]) -> None:
    """The parts count from here on. A source that turns out damaged is not handed to players as it is."""
    if any(part.damaged for part in result) and await leave_fast_lane(session, job):
        return
    await flow.keep_parts(session, job, msgspec.convert(job.payload, OfChunk).version_id, result)
