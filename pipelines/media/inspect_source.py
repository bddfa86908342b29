"""Verifies that the upload is a video or a sound, and plans what will be made of it."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import MediaInfo, Plan
from core.media_jobs import NewVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts, VersionFacts
from domain import early, media
from pipelines.context import StepContext
from pipelines.media import flow, source, texts
from pipelines.media.source_cache import demand_space
from transcoding.copy import has_head
from transcoding.integrity import refuse_cut_short
from transcoding.prepare import prepare
from transcoding.probe import Limits


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to plan a version."""

    of: NewVersion
    source: SourceFacts
    begun: VersionFacts | None
    """What was made of the head while the upload was going on."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be made of the source. `begun`: the version that has its head already."""

    info: MediaInfo
    plan: Plan
    begun: UUID | None = None


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Where the original lies."""
    of = msgspec.convert(job.payload, NewVersion)
    facts = await queries.source_facts(session, of.asset_id)
    if facts is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    version = await early.begun_version(session, of.asset_id) if of == NewVersion(of.asset_id) else None
    return Task(of, facts, await queries.version_facts(session, version.id) if version else None)


def work(ctx: StepContext, task: Task) -> Planned:
    """Probe in the sandbox, read the key frames, plan. Raises BadMedia for what can't become a stream."""
    begun, info = task.begun, task.source.info
    if begun is not None and info is not None and has_head(begun.plan, begun.parts):
        with source.original(ctx, task.source) as path:
            refuse_cut_short(path)
        return Planned(info, begun.plan, begun.version_id)
    of, limits = task.of, Limits.of(ctx.settings.media)
    with source.original(ctx, task.source) as path:
        demand_space(ctx.scratch, path.stat().st_size, ctx.settings.media.scratch_factor)
        prepared = prepare(ctx.tools, path, limits, ctx.scratch, ctx.watch, copy=of.copy, profile=of.profile)
    if prepared.plan.remux:
        source.keep_seekable(ctx, task.source, prepared.source)
    return Planned(prepared.info, prepared.plan)


async def record(session: AsyncSession, job: ClaimedJob, result: Planned) -> None:
    """The version with its plan, and the jobs that carry it out."""
    asset_id = msgspec.convert(job.payload, NewVersion).asset_id
    if result.begun is not None and await early.adopted(session, asset_id, result.begun):
        await flow.after_inspection(session, job, result.begun, result.plan, has_head=True)
        await texts.after_inspection(session, job, result.begun, result.info)
        return
    if job.payload == msgspec.to_builtins(NewVersion(asset_id)):
        await early.dropped(session, asset_id)
    version_id = await media.inspected(session, asset_id, result.info, result.plan)
    await flow.after_inspection(session, job, version_id, result.plan)
    await texts.after_inspection(session, job, version_id, result.info)
