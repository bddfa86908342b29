"""The graph of a video's way: which job comes after which, and whose failure ends the asset.

    begin_early                          while the upload goes on: the head of a source that takes the fast lane is copied
    upload_completed (domain)
      `- inspect_source                  what is it, what will be made of it: the version and its tracks
           |- copy_head, copy_rest       fast lane: the top rung and its sound, segmented without encoding
           |- probe_quality              how this title is best encoded: CRF and caps, rungs that add nothing
           |- encode_chunk  x n          rungs of one stretch; the head of the video first, and of it the small rungs
           |- encode_audio  x sounds     a whole sound; hands over finished stretches while it goes on
           |    `- normalise_audio       measures it, and encodes it once more where it is not as loud as it should be
           |- make_text, extract_text    captions that are there already; without them the video plays as well
           `- make_stills                poster and storyboard; likewise
      each part that is kept
      `- write_playlists                 one at a time and version; publishes the longest common prefix
           `- check_playback             added by the one that wrote the end; waits for the stills' end
                `- publish
                     |- announce
                     `- remove_objects   what attempts left that did not count
      the first fatal failure
      `- give_up                         the asset ends FAILED, the rest is cancelled, its objects go

Later, in the background and in a pipeline of their own, AV1 rungs join the live version:

    add_av1 - encode_av1 x n - join_av1 - write_playlists, remove_objects; give_up: the version goes on without them

Three jobs lie on the way to the first playable frame: inspect_source, copy_head or encode_chunk, write_playlists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.jobs import EdgeCondition, JobKind, JobRequest
from core.media import Part, Plan
from core.media_jobs import (
    ADD_AV1,
    ANNOUNCE,
    BEGIN_EARLY,
    CAPTION,
    CHECK_PLAYBACK,
    COPY_HEAD,
    COPY_REST,
    ENCODE_AUDIO,
    ENCODE_AV1,
    ENCODE_CHUNK,
    EXTRACT_TEXT,
    FIRST_RUNGS_PRIORITY,
    GIVE_UP,
    INSPECT_SOURCE,
    JOIN_AV1,
    LARGE_RUNGS_PRIORITY,
    LEAD_PRIORITY,
    MAKE_DOWNLOAD,
    MAKE_STILLS,
    MAKE_TEXT,
    NORMALISE_AUDIO,
    PROBE_QUALITY,
    PUBLISH,
    REMOVE_OBJECTS,
    RETIRE_VERSION,
    RUN_CAMPAIGN,
    WRITE_PLAYLISTS,
    OfChunk,
    OfSound,
    OfText,
    OfVersion,
    Removal,
)
from db import jobs
from db.jobs import ClaimedJob
from db.queries import pipelines as queries
from domain import media
from pipelines.media.listing import first_rungs

Predecessors = tuple[tuple[UUID, EdgeCondition], ...]

# Until when the small rungs come first, alone, and until when chunks come one by one. Rungs above 720p take a small machine
# about as long as they last (measured: all from 1080p down at 1.2x on two cores), so what goes before them must last longer.
_HEAD_S, _LEAD_S = 12.0, 30.0
_LARGE_HEAD_S, _LARGE_LEAD_S = 30.0, 90.0
_LARGE = 720


@dataclass(frozen=True, slots=True)
class Node:
    """One kind of job in the graph. `fatal`: when one is discarded, give_up runs. `after`: what else must have ended before."""

    kind: JobKind
    fatal: bool
    after: tuple[tuple[JobKind, EdgeCondition], ...] = ()


FLOW = (
    Node(BEGIN_EARLY, fatal=False),
    Node(INSPECT_SOURCE, fatal=True),
    Node(COPY_HEAD, fatal=True),
    Node(COPY_REST, fatal=True),
    Node(ENCODE_CHUNK, fatal=True),
    Node(ENCODE_AUDIO, fatal=True),
    Node(NORMALISE_AUDIO, fatal=True),
    Node(MAKE_STILLS, fatal=False),
    Node(PROBE_QUALITY, fatal=False),
    Node(MAKE_TEXT, fatal=False),
    Node(EXTRACT_TEXT, fatal=False),
    Node(CAPTION, fatal=False),
    Node(MAKE_DOWNLOAD, fatal=False),
    Node(WRITE_PLAYLISTS, fatal=True),
    Node(CHECK_PLAYBACK, fatal=True, after=((MAKE_STILLS, EdgeCondition.ON_END),)),
    Node(PUBLISH, fatal=True, after=((CHECK_PLAYBACK, EdgeCondition.ON_SUCCESS),)),
    Node(ANNOUNCE, fatal=False, after=((PUBLISH, EdgeCondition.ON_SUCCESS),)),
    Node(REMOVE_OBJECTS, fatal=False, after=((PUBLISH, EdgeCondition.ON_SUCCESS),)),
    Node(GIVE_UP, fatal=False),
    Node(ADD_AV1, fatal=True),
    Node(ENCODE_AV1, fatal=True),
    Node(JOIN_AV1, fatal=True),
    Node(RETIRE_VERSION, fatal=False),
    Node(RUN_CAMPAIGN, fatal=False),
)
_NODES = {node.kind.name: node for node in FLOW}


@dataclass(frozen=True, slots=True)
class Next:
    """A job to be added to the graph."""

    kind: JobKind
    payload: msgspec.Struct
    priority: int | None = None
    unique_key: str | None = None
    after: Predecessors = ()
    """Predecessors besides those of FLOW."""


async def after_inspection(
    session: AsyncSession, job: ClaimedJob, version_id: UUID, plan: Plan, *, has_head: bool = False
) -> None:
    """The plan is kept: copy what can be copied, encode its chunks and its sounds, and make stills.

    `has_head`: the head was copied while the upload was going on, so the playlists can be written at once.
    """
    asset_id = _asset_id(job)
    of_version = OfVersion(asset_id, version_id)
    encodes = list(_encodes(asset_id, version_id, plan))
    # What makes the asset playable has the machine to itself; a sound is needed with it and costs little.
    hurried = plan.copied_rung is None and plan.profile == "fast"
    first = [Next(COPY_HEAD, of_version)] if plan.copied_rung and not has_head else encodes[:1] if hurried else []
    ahead = _behind([await playlists_due(session, job, version_id)] if has_head else await _add(session, job, first))
    await _add_sounds(session, job, version_id, plan, ahead)
    rest = [Next(COPY_REST, of_version)] if plan.copied_rung else []
    if plan.rungs:
        rest.append(Next(MAKE_STILLS, of_version))
    await _add(session, job, [replace(step, after=ahead) for step in rest])
    # What keeps ahead of a viewer comes one by one, each chunk with all there is; and as every title is encoded. The rest comes
    # side by side, as this one is best encoded.
    urgent = (FIRST_RUNGS_PRIORITY, LEAD_PRIORITY)
    waited_for = [step for step in encodes[1:] if hurried and step.priority in urgent]
    others = [step for step in encodes if step not in (*first, *waited_for)]
    last = ahead
    for step in waited_for:
        last = _behind(await _add(session, job, [replace(step, after=last)]))
    probe = [Next(PROBE_QUALITY, of_version, after=ahead)] if others else []
    probed = _behind(await _add(session, job, probe))
    await _add(session, job, [replace(step, after=(*probed, *last)) for step in others])


def _behind(ids: Sequence[UUID | None]) -> Predecessors:
    """To wait until these have ended, whatever their end."""
    return tuple((job_id, EdgeCondition.ON_END) for job_id in ids if job_id is not None)


async def _add_sounds(session: AsyncSession, job: ClaimedJob, version_id: UUID, plan: Plan, ahead: Predecessors) -> None:
    """Encode what is not copied; measure all, behind `ahead`, and what is encoded on the way."""
    sounds = {sound.name: OfSound(_asset_id(job), version_id, sound.name) for sound in plan.sounds}
    encoded = [sound.name for sound in plan.sounds if not sound.copied]
    ids = await _add(session, job, [Next(ENCODE_AUDIO, sounds[name]) for name in encoded])
    own = {name: ((job_id, EdgeCondition.ON_SUCCESS),) for name, job_id in zip(encoded, ids, strict=True) if job_id is not None}
    await _add(session, job, [Next(NORMALISE_AUDIO, of, after=own.get(name, ahead)) for name, of in sounds.items()])


def _encodes(asset_id: UUID, version_id: UUID, plan: Plan) -> Iterator[Next]:
    """The chunks to encode, most urgent first in each stretch: of the head the small rungs, later ones all from one decode."""
    rungs = tuple(rung.name for rung in plan.h264 if not rung.copied)
    small = tuple(rung.name for rung in first_rungs(plan) if not rung.copied)
    large = tuple(name for name in rungs if name not in small)
    heavy = any(rung.short_side > _LARGE for rung in plan.h264)
    head_s, lead_s = (_LARGE_HEAD_S, _LARGE_LEAD_S) if heavy else (_HEAD_S, _LEAD_S)
    for chunk in plan.chunks:
        if plan.copied_rung or chunk.start_s >= lead_s:
            groups: list[tuple[tuple[str, ...], int | None]] = [(rungs, None)]
        elif chunk.start_s >= head_s:
            groups = [(rungs, LEAD_PRIORITY)]
        else:
            groups = [(small, FIRST_RUNGS_PRIORITY), (large, LARGE_RUNGS_PRIORITY)]
        for names, priority in groups:
            if names:
                yield Next(ENCODE_CHUNK, OfChunk(asset_id, version_id, chunk.index, names), priority)


async def keep_parts(session: AsyncSession, job: ClaimedJob, version_id: UUID, parts: Sequence[Part]) -> None:
    """Verified parts join the version, and the playlists are to be written with them."""
    await keep_quietly(session, job, version_id, parts)
    await playlists_due(session, job, version_id)


async def keep_quietly(session: AsyncSession, job: ClaimedJob, version_id: UUID, parts: Sequence[Part]) -> None:
    """Verified parts join a version that nobody is told of yet."""
    await media.parts_finished(session, _asset_id(job), version_id, parts)


async def playlists_due(session: AsyncSession, job: ClaimedJob, version_id: UUID) -> UUID | None:
    """Have the playlists written: by a job that has not read the parts yet, and never two at once (that is its key).

    None: such a job waits already.
    """
    key = f"playlists:{version_id}"
    (job_id,) = await _add(session, job, [Next(WRITE_PLAYLISTS, OfVersion(_asset_id(job), version_id), unique_key=key)])
    return job_id


async def after_av1_planned(session: AsyncSession, job: ClaimedJob, chunks: Sequence[OfChunk]) -> None:
    """The rungs are planned: encode what is missing of them, then have them join."""
    ids = await _add(session, job, [Next(ENCODE_AV1, of) for of in chunks])
    after = tuple((job_id, EdgeCondition.ON_SUCCESS) for job_id in ids if job_id is not None)
    of_version = OfVersion(_asset_id(job), UUID(str(job.payload["version_id"])))
    await _add(session, job, [Next(JOIN_AV1, of_version, after=after)])


async def after_av1_joined(session: AsyncSession, job: ClaimedJob, version_id: UUID, names: Sequence[str]) -> None:
    """The rungs are whole: players are told of them, and what did not count goes."""
    await playlists_due(session, job, version_id)
    removal = Removal(_asset_id(job), "unreferenced", (version_id,), files=tuple(f"{name}/" for name in names))
    await _add(session, job, [Next(REMOVE_OBJECTS, removal)])


async def texts_due(session: AsyncSession, job: ClaimedJob, version_id: UUID, languages: Sequence[str]) -> None:
    """Captions are there that the version has no text track of."""
    asset_id = _asset_id(job)
    await _add(session, job, [Next(MAKE_TEXT, OfText(asset_id, version_id, language)) for language in languages])


async def extraction_due(session: AsyncSession, job: ClaimedJob, version_id: UUID) -> None:
    """The source has text subtitles."""
    await _add(session, job, [Next(EXTRACT_TEXT, OfVersion(_asset_id(job), version_id))])


async def after_last_playlists(session: AsyncSession, job: ClaimedJob, version_id: UUID) -> None:
    """The playlists have their end: check, publish, announce, and remove what did not count. Once, however often they end."""
    if await queries.job_of_kind(session, pipeline_of(job), CHECK_PLAYBACK.name) is not None:
        return
    asset_id = _asset_id(job)
    of_version = OfVersion(asset_id, version_id)
    for step in (
        Next(CHECK_PLAYBACK, of_version),
        Next(PUBLISH, of_version),
        Next(ANNOUNCE, of_version),
        Next(REMOVE_OBJECTS, Removal(asset_id, "unreferenced", (version_id,))),
    ):
        await _add(session, job, [step])


async def _add(session: AsyncSession, job: ClaimedJob, steps: Sequence[Next]) -> list[UUID | None]:
    """Add jobs to the pipeline of `job` with the edges that FLOW gives them; None for one that waits already."""
    pipeline_id = pipeline_of(job)
    give_up = await queries.job_of_kind(session, pipeline_id, GIVE_UP.name)
    after: dict[str, tuple[tuple[UUID, EdgeCondition], ...]] = {}
    for step in steps:
        if step.kind.name not in after:
            after[step.kind.name] = await _predecessors(session, pipeline_id, _NODES[step.kind.name])
    requests = [
        JobRequest(
            step.kind,
            step.payload,
            pipeline_id=pipeline_id,
            unique_key=step.unique_key,
            priority=step.priority,
            after=after[step.kind.name] + step.after,
        )
        for step in steps
    ]
    ids = await jobs.add_many(session, requests)
    if give_up is not None:
        added = zip(steps, ids, strict=True)
        fatal = [job_id for step, job_id in added if job_id is not None and _NODES[step.kind.name].fatal]
        await jobs.add_edges(session, [(job_id, give_up, EdgeCondition.ON_FAILURE) for job_id in fatal])
    return list(ids)


async def _predecessors(session: AsyncSession, pipeline_id: UUID, node: Node) -> tuple[tuple[UUID, EdgeCondition], ...]:
    found = [(await queries.job_of_kind(session, pipeline_id, kind.name), condition) for kind, condition in node.after]
    return tuple((job_id, condition) for job_id, condition in found if job_id is not None)


def pipeline_of(job: ClaimedJob) -> UUID:
    """The pipeline that a media job belongs to."""
    if job.pipeline_id is None:
        raise Interrupted("media.not_wanted", "The job belongs to no pipeline, so nobody waits for it.")
    return job.pipeline_id


def _asset_id(job: ClaimedJob) -> UUID:
    return UUID(str(job.payload["asset_id"]))
