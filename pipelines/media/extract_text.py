"""Extracts the text subtitles of a source; what our parser refuses is left out, for the video plays without it."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.captions import Cue, languages
from core.captions.parsing import parse_file
from core.captions.webvtt import whole
from core.errors import Refused
from core.logging import get_logger
from core.media import TextStream
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from domain import captions
from domain.captions import NewCaption
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.subject import Subject, subject_of
from transcoding.subtitles import extract, text_streams

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What the source brings, one of each language."""

    of: OfVersion
    captions: tuple[NewCaption, ...]


async def load(session: AsyncSession, job: ClaimedJob) -> Subject:
    """The plan, and where the original lies."""
    of = msgspec.convert(job.payload, OfVersion)
    return await subject_of(session, of.asset_id, of.version_id)


def work(ctx: StepContext, subject: Subject) -> Found:
    """Extract in the sandbox, parse, and write anew."""
    of = msgspec.convert(ctx.job.payload, OfVersion)
    info = subject.source.info
    streams = _one_of_each(text_streams(info)) if info else {}
    if info is None or not streams:
        return Found(of, ())
    # The original, not the remuxed copy, which has neither subtitles nor another clock.
    with source.original(ctx, subject.source) as path:
        files = extract(ctx.tools, path, info, list(streams.values()), ctx.scratch, ctx.watch)
    found = []
    for (language, stream), file in zip(streams.items(), files, strict=True):
        try:
            cues = _shifted(parse_file(file.read_bytes(), "utf-8"), subject.plan.source_start_s)
        except Refused as refused:
            _log.info("subtitles refused", asset_id=str(of.asset_id), stream=stream.index, code=refused.code)
            continue
        if cues:
            found.append(NewCaption(language, captions.tidy_label(stream.title, language), whole(cues), "embedded"))
    return Found(of, tuple(found))


def _one_of_each(streams: tuple[TextStream, ...]) -> dict[str, TextStream]:
    """The first stream of each language."""
    chosen: dict[str, TextStream] = {}
    for stream in streams:
        chosen.setdefault(languages.of_stream(stream.language), stream)
    return chosen


def _shifted(cues: tuple[Cue, ...], by_s: float) -> list[Cue]:
    """Cues on the clock of the presentation, which begins so long after the container's."""
    if by_s == 0:
        return list(cues)
    return [
        msgspec.structs.replace(cue, start_s=max(round(cue.start_s - by_s, 3), 0.0), end_s=round(cue.end_s - by_s, 3))
        for cue in cues
        if cue.end_s - by_s >= 0.001
    ]


async def record(session: AsyncSession, job: ClaimedJob, result: Found) -> None:
    """Keep them where nobody has brought better ones, and have the version's text tracks made."""
    of = result.of
    for new in result.captions:
        await captions.put_if_better(session, of.asset_id, new)
    await flow.texts_due(session, job, of.version_id, await captions.missing(session, of.asset_id, of.version_id))
