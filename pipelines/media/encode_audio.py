"""Encodes one whole sound in one go, as loud as it is, and hands over what is finished while it goes on."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import AudioPlan, Loudness
from core.media_jobs import OfSound
from db.jobs import ClaimedJob
from domain import media
from pipelines.context import StepContext
from pipelines.media import source
from pipelines.media.growing import Keeper
from pipelines.media.subject import Subject, subject_of
from storage import keys
from transcoding.encode_audio import encode_audio


@dataclass(frozen=True, slots=True)
class Task:
    """Which sound, from what."""

    subject: Subject
    sound: AudioPlan


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, where the original lies, and how far an earlier attempt has come."""
    of = msgspec.convert(job.payload, OfSound)
    subject = await subject_of(session, of.asset_id, of.version_id)
    return Task(subject, next(sound for sound in subject.plan.sounds if sound.name == of.sound))


def work(ctx: StepContext, task: Task) -> Loudness:
    """Encode from the start; segments that already count are encoded again and dropped. What comes out is measured."""
    subject, keeper = task.subject, Keeper(ctx, task.subject.version)
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    with source.planned(ctx, subject.source, subject.plan) as path:
        made = encode_audio(ctx.tools, path, subject.plan, task.sound, ctx.scratch, prefix, keeper.keep, ctx.watch)
    return msgspec.structs.replace(made.loudness, settled=False)


async def record(session: AsyncSession, job: ClaimedJob, result: Loudness) -> None:
    """Spare `normalise_audio` the measuring."""
    of = msgspec.convert(job.payload, OfSound)
    await media.loudness_measured(session, of.asset_id, of.version_id, of.sound, result)
