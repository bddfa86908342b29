"""Reads for the steps of a video's way: its source, its plan, and what a version has so far."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import AssetOptions, Loudness, MediaInfo, Part, Plan, Profile, TrackKind
from db.models import Asset, PartRow, Track, Version, VersionState


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Where the original of an asset lies, and what it is once it has been inspected."""

    asset_id: UUID
    key: str
    info: MediaInfo | None
    options: AssetOptions


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """A track of a version. `core`: the asset is not ready without it. `listed`: players are told of it."""

    name: str
    kind: TrackKind
    core: bool
    listed: bool
    parts: tuple[Part, ...]
    language: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version as committed at one moment. `tracks`: rungs in the plan's order, then the others by name."""

    asset_id: UUID
    version_id: UUID
    plan: Plan
    state: VersionState
    tracks: dict[str, TrackFacts]
    settled: frozenset[str]
    """Names of the sounds whose loudness is settled: normalised, or good as they are."""
    content_key: bytes | None = None
    """Its segments are encrypted with this."""
    loudness: dict[str, Loudness] = field(default_factory=dict)
    """What was measured, by name of the sound."""

    @property
    def parts(self) -> dict[str, tuple[Part, ...]]:
        return {name: track.parts for name, track in self.tracks.items()}

    @property
    def listed(self) -> dict[str, tuple[Part, ...]]:
        """The parts of the tracks that players are told of."""
        return {name: track.parts for name, track in self.tracks.items() if track.listed}


async def source_facts(session: AsyncSession, asset_id: UUID) -> SourceFacts | None:
    """The original of an asset; None when the asset or its original is gone."""
    columns = (Asset.original_key, Asset.source, Asset.options)
    row = (await session.execute(select(*columns).where(Asset.id == asset_id))).one_or_none()
    if row is None or row.original_key is None:
        return None
    info = None if row.source is None else msgspec.convert(row.source, MediaInfo)
    return SourceFacts(asset_id, row.original_key, info, msgspec.convert(row.options, AssetOptions))


async def version_plan(session: AsyncSession, version_id: UUID) -> Plan | None:
    """The plan of a version; None when the version is gone."""
    plan = await session.scalar(select(Version.plan).where(Version.id == version_id))
    return None if plan is None else msgspec.convert(plan, Plan)


async def content_key(session: AsyncSession, asset_id: UUID, version_id: UUID) -> bytes | None:
    """The AES key of an encrypted version of that asset; None when it is not encrypted, or gone."""
    query = select(Version.content_key).where(Version.id == version_id, Version.asset_id == asset_id)
    found: bytes | None = await session.scalar(query)
    return found


async def version_facts(session: AsyncSession, version_id: UUID) -> VersionFacts | None:
    """What a version has so far; None when it is gone."""
    columns = (Version.asset_id, Version.plan, Version.state, Version.loudness, Version.content_key)
    version = (await session.execute(select(*columns).where(Version.id == version_id))).one_or_none()
    if version is None:
        return None
    plan = msgspec.convert(version.plan, Plan)
    found = await tracks(session, version_id)
    loudness = msgspec.convert(version.loudness, dict[str, Loudness])
    rows = (await session.scalars(select(PartRow).where(PartRow.version_id == version_id).order_by(PartRow.chunk))).all()
    order = {rung.name: n for n, rung in enumerate(plan.rungs)}
    return VersionFacts(
        asset_id=version.asset_id,
        version_id=version_id,
        plan=plan,
        state=version.state,
        tracks={
            track.name: _facts(track, [row for row in rows if row.track == track.name])
            for track in sorted(found, key=lambda track: (order.get(track.name, len(order)), track.name))
        },
        settled=frozenset(name for name, measured in loudness.items() if measured.settled),
        content_key=version.content_key,
        loudness=loudness,
    )


def _facts(track: Track, rows: Sequence[PartRow]) -> TrackFacts:
    return TrackFacts(
        name=track.name,
        kind=cast("TrackKind", track.kind),
        core=track.core,
        listed=track.listed_at is not None,
        parts=tuple(_parts(track, rows)),
        language=track.language,
        label=track.label,
    )


def _parts(track: Track, rows: Iterable[PartRow]) -> Iterable[Part]:
    for row in rows:
        fields = {
            "track": track.name,
            "chunk": row.chunk,
            "init_name": track.init_name,
            "init_sha256": track.init_sha256,
            "codecs": track.codecs,
            "segments": row.segments,
            "frames": row.frames,
            "timescale": track.timescale or 0,
        }
        yield msgspec.convert(fields, Part)


async def has_profile(session: AsyncSession, asset_id: UUID, profile: Profile) -> bool:
    """Whether a version with that profile has ever been planned, whatever became of it."""
    query = select(Version.id).where(Version.asset_id == asset_id, Version.plan["profile"].astext == profile)
    return await session.scalar(query.limit(1)) is not None


async def tracks(session: AsyncSession, version_id: UUID) -> Sequence[Track]:
    """The tracks of a version, in no order."""
    return (await session.scalars(select(Track).where(Track.version_id == version_id))).all()


async def kept_parts(session: AsyncSession, version_id: UUID, chunks: Collection[int]) -> set[tuple[str, int]]:
    """Which tracks have which of these chunks already."""
    query = select(PartRow.track, PartRow.chunk).where(PartRow.version_id == version_id, PartRow.chunk.in_(chunks))
    return {(row.track, row.chunk) for row in await session.execute(query)}


async def referenced_names(session: AsyncSession, version_id: UUID) -> set[str]:
    """`<track>/<file>` of every init and segment that counts."""
    names = {f"{track.name}/{track.init_name}" for track in await tracks(session, version_id) if track.init_name is not None}
    rows = await session.execute(select(PartRow.track, PartRow.segments).where(PartRow.version_id == version_id))
    for track, segments in rows:
        names |= {f"{track}/{segment['name']}" for segment in segments}
    return names
