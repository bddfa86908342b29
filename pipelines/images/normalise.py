"""Renders a picture that somebody uploaded: nobody ever gets the bytes that came, but what a sandboxed process made of them."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadMedia, Interrupted, Refused
from core.image_jobs import OfPicture, Outcome
from core.media import PictureFile
from db.jobs import ClaimedJob
from db.queries import pictures as queries
from domain import pictures
from pipelines.context import StepContext
from pipelines.images.outcomes import outcome_of
from pipelines.media.store_stills import store_public, store_renderings
from transcoding.pictures import MAX_BYTES, normalise


@dataclass(frozen=True, slots=True)
class Task:
    """Which picture, and where it lies."""

    of: OfPicture
    key: str


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Raises Interrupted `images.not_wanted` when it was replaced meanwhile."""
    of = msgspec.convert(job.payload, OfPicture)
    key = await queries.original_key(session, of.picture_id)
    if key is None:
        raise Interrupted("images.not_wanted", "The picture is gone.")
    return Task(of, key)


def work(ctx: StepContext, task: Task) -> Outcome:
    """Fetch, render and store it."""

    def make() -> tuple[PictureFile, ...]:
        original = ctx.scratch / "original"
        try:
            ctx.storage.fetch(task.key, original, MAX_BYTES)
        except Refused as refused:
            raise BadMedia("image.too_large", "The picture is too large.") from refused
        made = normalise(ctx.tools, original, ctx.scratch, ctx.watch, shape=task.of.purpose)
        if task.of.purpose == pictures.POSTER:
            return store_renderings(ctx, task.of.subject_id, task.of.picture_id, made)
        return store_public(ctx, task.of.picture_id, made)

    return outcome_of(ctx, make)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """It shows from now on."""
    of = msgspec.convert(job.payload, OfPicture)
    await pictures.rendered(session, of.purpose, of.subject_id, of.picture_id, result)
