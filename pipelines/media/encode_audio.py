"""Encodes the whole audio track in one go, and hands over what is finished while it goes on."""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Part, Plan
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import SourceFacts
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.store_parts import store_parts
from storage import keys
from transcoding.encode_audio import encode_audio

_AAC_FRAME = 1024


@dataclass(frozen=True, slots=True)
class Task:
    """What to encode, from what, and what an earlier attempt has committed: that many segments in that many parts."""

    of: OfVersion
    source: SourceFacts
    plan: Plan
    kept_segments: int
    kept_parts: int


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The plan, where the original lies, and how far an earlier attempt has come."""
    of = msgspec.convert(job.payload, OfVersion)
    facts = await queries.source_facts(session, of.asset_id)
    version = await queries.version_facts(session, of.version_id)
    if facts is None or version is None:
        raise Interrupted("media.not_wanted", "The asset or its original is gone.")
    kept = version.parts[media.AUDIO]
    return Task(of, facts, version.plan, sum(len(part.segments) for part in kept), len(kept))


def work(ctx: StepContext, task: Task) -> None:
    """Encode from the start, for joining AAC leaves gaps; segments that already count are encoded again and dropped."""
    stretches = _Stretches(ctx, task)
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    with source.planned(ctx, task.source, task.plan) as path:
        encode_audio(ctx.tools, path, task.plan, ctx.scratch, prefix, stretches.keep, ctx.watch)


class _Stretches:
    """Stores finished stretches and commits them one by one, fenced by the attempt's token."""

    def __init__(self, ctx: StepContext, task: Task) -> None:
        self._ctx = ctx
        self._task = task
        self._seen = 0
        self._next = task.kept_parts

    def keep(self, part: Part) -> None:
        """What is new of `part` counts from here on. Both attempts cut at the same samples, so the rest joins seamlessly."""
        of, old = self._task.of, max(self._task.kept_segments - self._seen, 0)
        self._seen += len(part.segments)
        segments = part.segments[old:]
        if not segments:
            return
        rate = self._task.plan.audio.sample_rate if self._task.plan.audio else 0
        frames = round(sum(segment.duration_s for segment in segments) * rate / _AAC_FRAME)
        new = msgspec.structs.replace(part, chunk=self._next, segments=segments, frames=frames)
        store_parts(self._ctx, of.asset_id, of.version_id, [new], self._ctx.scratch)
        self._ctx.transaction(lambda session: flow.keep_parts(session, self._ctx.job, of.version_id, [new]))
        self._next += 1
