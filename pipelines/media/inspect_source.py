"""Verifies that the upload is a video or a sound, and plans what will be made of it."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media_jobs import NewVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow, source, texts
from pipelines.media.source_cache import demand_space
from transcoding.prepare import Prepared, prepare
from transcoding.probe import Limits


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to plan a version."""

    of: NewVersion
    source: SourceFacts


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Where the original lies."""
    of = msgspec.convert(job.payload, NewVersion)
    facts = await queries.source_facts(session, of.asset_id)
    if facts is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    return Task(of, facts)


def work(ctx: StepContext, task: Task) -> Prepared:
    """Probe in the sandbox, read the key frames, plan. Raises BadMedia for what can't become a stream."""
    of, limits = task.of, Limits.of(ctx.settings.media)
    with source.original(ctx, task.source) as path:
        demand_space(ctx.scratch, path.stat().st_size, ctx.settings.media.scratch_factor)
        prepared = prepare(ctx.tools, path, limits, ctx.scratch, ctx.watch, copy=of.copy, profile=of.profile)
    if prepared.plan.remux:
        source.keep_seekable(ctx, task.source, prepared.source)
    return prepared


async def record(session: AsyncSession, job: ClaimedJob, result: Prepared) -> None:
    """The version with its plan, and the jobs that carry it out."""
    asset_id = msgspec.convert(job.payload, NewVersion).asset_id
    version_id = await media.inspected(session, asset_id, result.info, result.plan)
    await flow.after_inspection(session, job, version_id, result.plan)
    await texts.after_inspection(session, job, version_id, result.info)
