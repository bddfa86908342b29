"""Reads for the steps of a video's way: its source, its plan, and what a version has so far."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.media import Plan, Segment
from db.models import Asset, PartRow, Track, Version


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Where the original of an asset lies and how large it is (bytes, as the upload counted them)."""

    asset_id: UUID
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """One track of a version: its init and its committed parts in the order of chunks, from chunk 0 up to the first gap."""

    name: str
    kind: str
    init_name: str | None
    codecs: str | None
    complete: bool
    """Audio: said by its job. Video: every chunk of the plan is here."""
    parts: tuple[tuple[Segment, ...], ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The contiguous segments from the start."""
        return tuple(segment for part in self.parts for segment in part)


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version as committed at one moment."""

    asset_id: UUID
    version_id: UUID
    plan: Plan
    tracks: tuple[TrackFacts, ...]
    playable: bool
    """Its playlists have been published before."""

    @property
    def complete(self) -> bool:
        """Every track is whole."""
        return all(track.complete for track in self.tracks)


async def source_facts(session: AsyncSession, asset_id: UUID) -> SourceFacts | None:
    """The original of an asset; None when the asset or its original is gone."""
    row = (await session.execute(select(Asset.original_key, Asset.size).where(Asset.id == asset_id))).one_or_none()
    if row is None or row.original_key is None:
        return None
    return SourceFacts(asset_id, row.original_key, row.size or 0)


async def version_plan(session: AsyncSession, version_id: UUID) -> Plan | None:
    """The plan of a version; None when the version is gone."""
    plan = await session.scalar(select(Version.plan).where(Version.id == version_id))
    return None if plan is None else msgspec.convert(plan, Plan)


async def version_facts(session: AsyncSession, version_id: UUID) -> VersionFacts | None:
    """What a version has so far; None when it is gone."""
    version = await session.get(Version, version_id)
    if version is None:
        return None
    plan = msgspec.convert(version.plan, Plan)
    rows = await session.execute(
        select(PartRow.track, PartRow.chunk, PartRow.segments)
        .where(PartRow.version_id == version_id)
        .order_by(PartRow.track, PartRow.chunk)
    )
    parts: dict[str, list[tuple[Segment, ...]]] = defaultdict(list)
    for track, chunk, segments in rows:
        if chunk == len(parts[track]):
            parts[track].append(msgspec.convert(segments, tuple[Segment, ...]))
    tracks = (await session.scalars(select(Track).where(Track.version_id == version_id))).all()
    order = {rung.name: n for n, rung in enumerate(plan.rungs)}
    playable_id = await session.scalar(select(Asset.playable_version_id).where(Asset.id == version.asset_id))
    return VersionFacts(
        asset_id=version.asset_id,
        version_id=version_id,
        plan=plan,
        tracks=tuple(
            _track_facts(track, plan, tuple(parts[track.name]))
            for track in sorted(tracks, key=lambda t: order.get(t.name, len(order)))
        ),
        playable=playable_id == version_id,
    )


def _track_facts(track: Track, plan: Plan, parts: tuple[tuple[Segment, ...], ...]) -> TrackFacts:
    whole = len(parts) == len(plan.chunks) if track.kind == "video" else track.complete_at is not None
    return TrackFacts(track.name, track.kind, track.init_name, track.codecs, whole, parts)


async def referenced_names(session: AsyncSession, version_id: UUID) -> set[str]:
    """`<track>/<file>` of every init and segment that counts."""
    tracks = await session.execute(select(Track.name, Track.init_name).where(Track.version_id == version_id))
    names = {f"{name}/{init}" for name, init in tracks if init is not None}
    rows = await session.execute(select(PartRow.track, PartRow.segments).where(PartRow.version_id == version_id))
    for track, segments in rows:
        names |= {f"{track}/{segment['name']}" for segment in segments}
    return names
