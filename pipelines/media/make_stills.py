"""Makes poster, storyboard and preview; an asset without them plays as well."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import MediaInfo, Plan, Stills
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import source
from pipelines.media.store_stills import store_renderings
from storage import keys
from transcoding.stills import make_stills


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to make stills."""

    of: OfVersion
    source: SourceFacts
    info: MediaInfo
    plan: Plan


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfVersion)
    facts = await queries.source_facts(session, of.asset_id)
    plan = await queries.version_plan(session, of.version_id)
    if facts is None or facts.info is None or plan is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    return Task(of, facts, facts.info, plan)


def work(ctx: StepContext, task: Task) -> Stills:
    """Make and store them."""
    with source.planned(ctx, task.source, task.plan) as path:
        files = make_stills(ctx.tools, path, task.info, task.plan, ctx.scratch, ctx.watch)
    if files is None:
        raise Interrupted("media.not_wanted", "There is no picture to make stills of.")
    asset_id, version_id = task.of.asset_id, task.of.version_id
    posters = store_renderings(ctx, asset_id, version_id, files.posters)
    others = [*files.sheets, files.storyboard_vtt, files.preview]
    for path in others:
        ctx.check()
        ctx.storage.put_file(keys.still(asset_id, version_id, path.name), path)
    return Stills(
        poster=posters[0].key,
        storyboard=keys.still(asset_id, version_id, files.sheets[0].name),
        storyboard_vtt=keys.still(asset_id, version_id, files.storyboard_vtt.name),
        preview=keys.still(asset_id, version_id, files.preview.name),
        posters=posters,
    )


async def record(session: AsyncSession, job: ClaimedJob, result: Stills) -> None:
    """The asset has a face."""
    of = msgspec.convert(job.payload, OfVersion)
    await media.stills_made(session, of.asset_id, of.version_id, result)
