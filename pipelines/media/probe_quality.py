"""Finds out from a few short excerpts how a title is best encoded; what has not been encoded yet follows it."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from domain import quality as domain
from pipelines.context import StepContext
from pipelines.media import source
from pipelines.media.listing import first_rungs
from pipelines.media.subject import Subject, subject_of
from transcoding.quality import Quality, apply_quality, probe_quality


@dataclass(frozen=True, slots=True)
class Found:
    """What the probe found of a version."""

    of: OfVersion
    quality: Quality


async def load(session: AsyncSession, job: ClaimedJob) -> Subject:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfVersion)
    return await subject_of(session, of.asset_id, of.version_id)


def work(ctx: StepContext, subject: Subject) -> Found:
    """Look at the excerpts."""
    of = OfVersion(subject.version.asset_id, subject.version.version_id)
    if not ctx.settings.media.media_probe:
        return Found(of, Quality())
    with source.planned(ctx, subject.source, subject.plan) as path:
        return Found(of, probe_quality(ctx.tools, path, subject.plan, ctx.scratch, ctx.watch))


async def record(session: AsyncSession, _: ClaimedJob, result: Found) -> None:
    """The plan of what is still to be encoded. Rungs that players may have been told of already are not dropped."""
    of, quality = result.of, result.quality
    plan = await domain.plan_of(session, of.asset_id, of.version_id)
    on_air = set() if plan.profile == "small" else {rung.name for rung in first_rungs(plan)}
    quality = msgspec.structs.replace(quality, dropped=tuple(rung for rung in quality.dropped if rung.name not in on_air))
    await domain.settled(session, of.version_id, apply_quality(plan, quality), msgspec.to_builtins(quality))
