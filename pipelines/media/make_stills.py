"""Makes the poster and the storyboard; an asset without them plays as well."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Plan, Stills
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import source
from storage import keys
from transcoding.stills import make_stills


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to make stills."""

    of: OfVersion
    source: SourceFacts
    plan: Plan


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfVersion)
    facts = await queries.source_facts(session, of.asset_id)
    plan = await queries.version_plan(session, of.version_id)
    if facts is None or plan is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    return Task(of, facts, plan)


def work(ctx: StepContext, task: Task) -> Stills:
    """Make and store them."""
    with source.planned(ctx, task.source, task.plan) as path:
        files = make_stills(ctx.tools, path, task.plan, ctx.scratch, ctx.watch)
    stored = []
    for file in (files.poster, files.storyboard, files.storyboard_vtt) if files else ():
        ctx.check()
        stored.append(keys.still(task.of.asset_id, task.of.version_id, file.name))
        ctx.storage.put_file(stored[-1], file)
    return Stills(poster=stored[0], storyboard=stored[1], storyboard_vtt=stored[2])


async def record(session: AsyncSession, job: ClaimedJob, result: Stills) -> None:
    """The asset has a face."""
    of = msgspec.convert(job.payload, OfVersion)
    await media.stills_made(session, of.asset_id, of.version_id, result)
