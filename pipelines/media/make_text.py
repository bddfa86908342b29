"""Makes the text track of one language of a version, or removes it when there are no captions any more.

Segments are named after the attempt, so that replaced captions never meet the old ones in anybody's cache.
"""

from dataclasses import dataclass
from itertools import pairwise

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.captions.parsing import parse
from core.captions.webvtt import segments, stretches
from core.errors import Interrupted
from core.media import Part, Plan, Segment
from core.media_jobs import OfText
from db.jobs import ClaimedJob
from db.queries import captions as queries
from db.queries import versions
from domain import captions
from pipelines.context import StepContext
from pipelines.media import flow
from pipelines.media.store_parts import store_parts
from storage import keys


@dataclass(frozen=True, slots=True)
class Task:
    """What to make a track of; `vtt` is None when there are no captions."""

    of: OfText
    plan: Plan
    vtt: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Made:
    """A track that lies in storage; `part` is None when there is to be none."""

    of: OfText
    part: Part | None
    label: str


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The captions as they are now, and the grid that they are cut on."""
    of = msgspec.convert(job.payload, OfText)
    plan = await versions.version_plan(session, of.version_id)
    if plan is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    caption = await queries.one(session, of.asset_id, of.language)
    label = await captions.label_of(session, of.asset_id, of.language)
    return Task(of, plan, caption.vtt if caption else None, label)


def work(ctx: StepContext, task: Task) -> Made:
    """Cut the captions and store the segments."""
    if task.vtt is None:
        return Made(task.of, None, task.label)
    track = captions.track_name(task.of.language)
    folder = ctx.scratch / track
    folder.mkdir()
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    durations_s = stretches(grid(task.plan), task.plan.target_duration)
    made = []
    for number, (text, duration_s) in enumerate(zip(segments(parse(task.vtt), durations_s), durations_s, strict=True)):
        data = text.encode()
        name = f"{prefix}_{number:05d}.vtt"
        (folder / name).write_bytes(data)
        made.append(Segment(name=name, duration_s=duration_s, size=len(data)))
    part = Part(
        track=track,
        chunk=0,
        init_name="",
        init_sha256=captions.digest(task.vtt),
        codecs="wvtt",
        segments=tuple(made),
        frames=0,
    )
    store_parts(ctx, task.of.asset_id, task.of.version_id, [part], ctx.scratch, content_key=None)
    return Made(task.of, part, task.label)


def grid(plan: Plan) -> list[float]:
    """Durations of the version's segments, in seconds. Sound alone has no grid but that of its clock."""
    if plan.rungs:
        return [end - start for chunk in plan.chunks for start, end in pairwise((0.0, *chunk.cuts, chunk.duration_s))]
    length_s = float(plan.target_duration)
    whole, rest_s = divmod(plan.duration_s, length_s)
    return [length_s] * int(whole) + ([rest_s] if rest_s else [])


async def record(session: AsyncSession, job: ClaimedJob, result: Made) -> None:
    """The track joins or leaves, and the master is written anew."""
    of = result.of
    if result.part is None:
        changed = await captions.unmade(session, of)
    else:
        changed = await captions.made(session, of, result.part, result.label)
    if changed:
        await flow.playlists_due(session, job, of.version_id)
