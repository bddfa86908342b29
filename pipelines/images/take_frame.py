"""Takes a frame that its owner chose out of the original, to be the poster."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.image_jobs import OfFrame, Outcome
from core.media import MediaInfo, PictureFile
from db.jobs import ClaimedJob
from domain import pictures
from pipelines.context import StepContext
from pipelines.images.outcomes import outcome_of
from pipelines.media import source
from pipelines.media.store_stills import store_renderings
from pipelines.media.subject import Subject, subject_of
from transcoding.stills import take_frame


@dataclass(frozen=True, slots=True)
class Task:
    """Which frame of what."""

    of: OfFrame
    subject: Subject
    info: MediaInfo


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Raises Interrupted `media.not_wanted` when version or original are gone."""
    of = msgspec.convert(job.payload, OfFrame)
    subject = await subject_of(session, of.asset_id, of.version_id)
    if subject.source.info is None:
        raise Interrupted("media.not_wanted", "The asset was never inspected.")
    return Task(of, subject, subject.source.info)


def work(ctx: StepContext, task: Task) -> Outcome:
    """Take it, in every size."""
    plan = task.subject.plan

    def make() -> tuple[PictureFile, ...]:
        with source.planned(ctx, task.subject.source, plan) as path:
            made = take_frame(ctx.tools, path, task.info, plan, task.of.at_s, ctx.scratch, ctx.watch)
        return store_renderings(ctx, task.of.asset_id, task.of.picture_id, made)

    return outcome_of(ctx, make)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """It shows from now on."""
    of = msgspec.convert(job.payload, OfFrame)
    await pictures.rendered(session, pictures.POSTER, of.asset_id, of.picture_id, result)
