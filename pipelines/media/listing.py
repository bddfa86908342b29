"""Which tracks of a version players are told of, and how far: pure rules over what is committed.

A player reads a master playlist once, so whoever starts while a video is being made keeps the tracks of that moment. Therefore
the first master comes as soon as a few rungs can be played, and a track joins only when it holds nobody up: its playable prefix
must reach as far as that of those that are listed. What is listed never shrinks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from core.media import Part, Plan, Rung
from db.queries.versions import TrackFacts, VersionFacts
from transcoding import playlists

# A player that meets a playlist with one segment stalls at its edge; hls page, rule 2.
MIN_SEGMENTS = 2
# The rungs that come first, because they are soon made.
_FIRST_SHORT_SIDE = 480


@dataclass(frozen=True, slots=True)
class Listing:
    """What the playlists are to say. `tracks`: their parts as far as they go, all of the text."""

    tracks: dict[str, tuple[Part, ...]]
    joined: tuple[str, ...]
    """Tracks that were not listed before: the master changes."""
    ended: bool
    """Every listed track is there to the end of the version."""
    whole: bool
    """Every track that the asset needs to be ready is listed, to its end."""


def first_rungs(plan: Plan) -> tuple[Rung, ...]:
    """The H.264 rungs that make an asset playable: the copied one, else those up to 480p, else the smallest."""
    if plan.copied_rung is not None:
        return (plan.copied_rung,)
    low = tuple(rung for rung in plan.h264 if rung.short_side <= _FIRST_SHORT_SIDE)
    return low or plan.h264[-1:]


def list_tracks(facts: VersionFacts) -> Listing | None:
    """What can be listed now; None while it is too short for a player to start on."""
    ready = {name: playlists.contiguous(track.parts) for name, track in facts.tracks.items()}
    first = {rung.name for rung in first_rungs(facts.plan)} | {sound.name for sound in facts.plan.sounds[:1]}
    listed = {name for name, track in facts.tracks.items() if track.listed and track.kind != "text"} or first & set(ready)
    if not listed or not _can_start({name: ready[name] for name in listed}, facts.plan):
        return None
    # An end that players have been told of is not taken back: then only what has all of it may join.
    over = playlists.complete({name: ready[name] for name in listed}, facts.plan)
    end_s = inf if over else min(playlists.length_s(ready[name]) for name in listed)
    listed |= {name for name, track in facts.tracks.items() if _may_join(track, ready[name], end_s, facts.plan)}
    cut = playlists.common_prefix({name: ready[name] for name in listed})
    ended = playlists.complete({name: ready[name] for name in listed}, facts.plan)
    tracks = {name: ready[name] for name in listed} if ended else cut
    tracks |= {name: parts for name, parts in ready.items() if facts.tracks[name].kind == "text" and parts}
    return Listing(
        tracks={name: tracks[name] for name in facts.tracks if name in tracks},
        joined=tuple(name for name in facts.tracks if name in tracks and not facts.tracks[name].listed),
        ended=ended,
        whole=ended and _is_whole(facts, tracks),
    )


def master_tracks(plan: Plan, names: Iterable[str]) -> set[str]:
    """Of the listed tracks those that the master names: a normalised sound takes the place of the quick one."""
    kept = set(names)
    for sound in plan.sounds:
        if sound.normalised_name in kept:
            kept.discard(sound.name)
    return kept


def _can_start(parts: Mapping[str, tuple[Part, ...]], plan: Plan) -> bool:
    enough = all(sum(len(part.segments) for part in found) >= MIN_SEGMENTS for found in parts.values())
    return enough or playlists.complete(parts, plan)


def _may_join(track: TrackFacts, ready: tuple[Part, ...], end_s: float, plan: Plan) -> bool:
    """Whether a track holds nobody up. AV1 and normalised sound only when whole: they replace what plays already."""
    if track.kind == "text" or not ready:
        return False
    if playlists.complete({track.name: ready}, plan):
        return True
    rung = next((rung for rung in plan.rungs if rung.name == track.name), None)
    grows = (rung is not None and rung.codec == "h264") or track.name in {sound.name for sound in plan.sounds}
    return grows and playlists.length_s(ready) >= end_s


def _is_whole(facts: VersionFacts, tracks: Mapping[str, tuple[Part, ...]]) -> bool:
    """The track of a normalised sound is known only once the sound is measured."""
    settled = facts.settled.issuperset(sound.name for sound in facts.plan.sounds)
    return settled and all(name in tracks for name, track in facts.tracks.items() if track.core)
