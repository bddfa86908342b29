"""Automatic captions: the sound goes to the operator's command, what it prints goes through our parser like any upload."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.captions.parsing import parse_file
from core.captions.webvtt import whole
from core.errors import Refused
from core.media_jobs import OfText
from db.jobs import ClaimedJob
from domain import captions
from domain.captions import NewCaption
from pipelines.context import StepContext
from pipelines.media import source
from pipelines.media.subject import Subject, subject_of
from transcoding.captioner import make_wav, run_command

# How much of the work making the WAV file is.
_WAV_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to make captions, in which language."""

    of: OfText
    subject: Subject


@dataclass(frozen=True, slots=True)
class Written:
    """What the command made of it."""

    of: OfText
    vtt: str


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfText)
    return Task(of, await subject_of(session, of.asset_id, of.version_id))


def work(ctx: StepContext, task: Task) -> Written:
    """Raises Refused `captions.automatic_off` or as the parser does, AulaError `captions.command_failed`."""
    settings = ctx.settings.media
    if not settings.captions_command:
        raise Refused("captions.automatic_off", "There is no command for automatic captions here.")
    with source.planned(ctx, task.subject.source, task.subject.plan) as path:
        wav = make_wav(ctx.tools, path, task.subject.plan, ctx.scratch, ctx.watch.scaled(0.0, _WAV_SHARE))
    wall_s = settings.captions_command_timeout_s
    printed = run_command(ctx.tools, settings.captions_command, wav, task.of.language, wall_s, ctx.watch)
    return Written(task.of, whole(parse_file(printed, "utf-8")))


async def record(session: AsyncSession, job: ClaimedJob, result: Written) -> None:  # noqa: ARG001
    """Keep them, unless somebody has brought better ones meanwhile."""
    language = result.of.language
    new = NewCaption(language, captions.tidy_label(None, language), result.vtt, "automatic")
    await captions.put_if_better(session, result.of.asset_id, new)
