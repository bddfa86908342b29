"""Settles how loud a sound is: measures it, and where it is not at the target, encodes it once more with the right gain.

The quick track stays for whoever plays it already; in the master the normalised one takes its place once it is whole.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.logging import get_logger
from core.media import Loudness, Part
from core.media_jobs import OfSound
from db.jobs import ClaimedJob
from domain import media
from domain.media import NewTrack
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.encode_audio import Task, load
from pipelines.media.store_parts import store_parts
from storage import keys
from transcoding.encode_audio import measure_audio, normalise_audio

_log = get_logger(__name__)

__all__ = ["load", "record", "work"]

_MEASURED = 0.2
"""How much of the work measuring is, where no encoder has done it on the way."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How loud the sound is, and the parts of its normalised track; none where it stays as it is."""

    track: NewTrack
    loudness: Loudness
    parts: list[Part]


def work(ctx: StepContext, task: Task) -> Settled:
    """Nothing of it counts before all is stored: a track that replaces another is of no use in pieces."""
    facts, sound, plan = task.subject.version, task.sound, task.subject.plan
    track = NewTrack(sound.normalised_name, "audio", language=sound.language, label=sound.label)
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    with source.planned(ctx, task.subject.source, plan) as path:
        measured = facts.loudness.get(sound.name)
        if measured is None:
            measured = measure_audio(ctx.tools, path, plan, sound, ctx.scratch, ctx.watch.scaled(0.0, _MEASURED))
        made = None
        if task.subject.source.options.loudness:
            watch = ctx.watch.scaled(_MEASURED, 1.0)
            made = normalise_audio(ctx.tools, path, plan, sound, measured, ctx.scratch, prefix, watch)
    if made is None:
        return Settled(track, msgspec.structs.replace(measured, settled=True), [])
    stored = store_parts(ctx, facts.asset_id, facts.version_id, made.parts, ctx.scratch, facts.content_key)
    return Settled(track, msgspec.structs.replace(made.loudness, settled=True), stored)


async def record(session: AsyncSession, job: ClaimedJob, result: Settled) -> None:
    """The track joins whole, and the playlists are to be written also where there is none: this may be the last step."""
    of, loudness = msgspec.convert(job.payload, OfSound), result.loudness
    await media.loudness_measured(session, of.asset_id, of.version_id, of.sound, loudness)
    if result.parts:
        await media.add_tracks(session, of.version_id, [result.track])
        await media.parts_finished(session, of.asset_id, of.version_id, result.parts)
    await flow.playlists_due(session, job, of.version_id)
    _log.info(
        "sound settled",
        asset_id=str(of.asset_id),
        sound=of.sound,
        lufs=loudness.integrated,
        gain_db=loudness.gain_db,
        lufs_after=loudness.output_integrated,
    )
