"""Makes the file that viewers may save out of a published version, where its owner wants one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.media import Part
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import assets
from db.queries import versions as queries
from db.queries.versions import VersionFacts
from domain import downloads
from pipelines.context import StepContext
from pipelines.media.listing import master_tracks
from pipelines.media.source_cache import demand_space
from storage import keys
from transcoding.download import make_download, rung_to_save

# Fetched, joined, and moved once more to put the index first.
_COPIES = 3.0


@dataclass(frozen=True, slots=True)
class Task:
    """Of what to make a file, and after what to call it."""

    version: VersionFacts
    title: str


class Made(msgspec.Struct, frozen=True):
    """Where the file lies."""

    key: str


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """The version as it is now: a sound that was normalised meanwhile is taken."""
    of = msgspec.convert(job.payload, OfVersion)
    asset = await assets.by_id(session, of.asset_id)
    version = await queries.version_facts(session, of.version_id)
    if asset is None or version is None or version.content_key is not None:
        raise Interrupted("media.not_wanted", "The version is gone, or not to be saved.")
    return Task(version, asset.title)


def work(ctx: StepContext, task: Task) -> Made:
    """Fetch the tracks, put them together, store the file."""
    version = task.version
    tracks = _to_save(version)
    demand_space(ctx.scratch, sum(segment.size for parts in tracks for part in parts for segment in part.segments), _COPIES)
    joined = [_join(ctx, version, parts) for parts in tracks]
    out_dir = ctx.scratch / "made"
    out_dir.mkdir()
    made = make_download(ctx.tools, joined, version.plan.duration_s, out_dir, ctx.watch)
    key = keys.download(version.asset_id, version.version_id, task.title)
    ctx.storage.put_file(key, made)
    return Made(key)


def _to_save(version: VersionFacts) -> list[Sequence[Part]]:
    """The parts of a rung and of the first sound."""
    named = master_tracks(version.plan, version.listed)
    rung = rung_to_save(version.plan, named)
    names = [rung.name] if rung else []
    if sound := version.plan.audio:
        names += [name for name in (sound.normalised_name, sound.name) if name in named][:1]
    return [version.tracks[name].parts for name in names]


def _join(ctx: StepContext, version: VersionFacts, parts: Sequence[Part]) -> Path:
    """The whole track as one file."""
    path = ctx.scratch / f"{parts[0].track}.mp4"

    def key_of(name: str) -> str:
        return keys.track_file(version.asset_id, version.version_id, parts[0].track, name)

    with path.open("wb") as file:
        file.write(ctx.storage.read_bytes(key_of(parts[0].init_name)))
        for segment in (segment for part in parts for segment in part.segments):
            for piece in ctx.storage.open_range(key_of(segment.name), 0, segment.size):
                ctx.check()
                file.write(piece)
    return path


async def record(session: AsyncSession, job: ClaimedJob, result: Made) -> None:
    """Viewers are told of it."""
    of = msgspec.convert(job.payload, OfVersion)
    await downloads.made(session, of.asset_id, of.version_id, result.key)
