"""Fetches back what is published and compares: objects there, durations right, rungs aligned, ends decodable, codecs agreed."""

from collections.abc import Iterator

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted, Transient
from core.media import Part, Segment
from core.media_jobs import OfVersion
from db.jobs import ClaimedJob
from db.queries import versions as queries
from db.queries.versions import VersionFacts
from pipelines.context import StepContext
from pipelines.media import copying
from pipelines.media.copying import Outcome
from pipelines.media.encryption import decrypt
from pipelines.media.listing import list_tracks, master_tracks
from pipelines.media.playlist_reader import MediaPlaylist, read_manifest, read_master, read_media
from pipelines.media.write_playlists import put_playlists
from storage import keys
from transcoding.check import check_decodes
from transcoding.iframes import can_scrub
from transcoding.plan import COPIED_FRAMES

# Boundaries that are the same frame come out of one computation; anything above rounding is another frame.
_ALIGNED_S = 0.002
_MAX_PLAYLIST = 8 * 2**20
_MAX_SEGMENT = 2**30


async def load(session: AsyncSession, job: ClaimedJob) -> VersionFacts:
    """What should be there."""
    facts = await queries.version_facts(session, msgspec.convert(job.payload, OfVersion).version_id)
    if facts is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    return facts


def work(ctx: StepContext, facts: VersionFacts) -> Outcome:
    """Raise Transient `media.check_failed`, naming what is wrong for players, after writing the playlists anew.

    A copied track that does not decode is the source's fault: another attempt would find the same.
    """
    published = {track: _fetch(ctx, facts, track) for track in facts.listed}
    problems = list(_master_problems(ctx, facts))
    for track, playlist in published.items():
        problems += _playlist_problems(facts, track, playlist)
        problems += object_problems(ctx, facts, track)
    rungs = [published[rung.name] for rung in facts.plan.rungs if rung.name in published]
    problems += _alignment_problems(rungs, tolerance_s(facts))
    if facts.content_key is None:
        problems += _scrubbing_problems(ctx, facts)
        problems += _manifest_problems(ctx, facts)
    if problems:
        # What a writer that had lost its lease put there would stay for ever: the next attempt looks at what we write now.
        if (listing := list_tracks(facts)) is not None:
            put_playlists(ctx, facts, listing)
        raise Transient("media.check_failed", f"What was published is not whole: {problems[0]}.", problems=problems[:20])
    heard_or_seen = [track for track in facts.listed if facts.tracks[track].kind != "text"]
    for done, track in enumerate(heard_or_seen):
        ctx.progress(done / len(heard_or_seen))
        try:
            decode_ends(ctx, facts, track)
        except Transient as bad:
            if bad.code != "check.failed" or track not in copying.copied_tracks(facts.plan):
                raise
            return Outcome(facts.asset_id, facts.version_id, str(bad))
    return Outcome(facts.asset_id, facts.version_id)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """What can't be published as it was copied is encoded."""
    await copying.record(session, job, result)


def _segments(parts: tuple[Part, ...]) -> list[Segment]:
    return [segment for part in parts for segment in part.segments]


def _fetch(ctx: StepContext, facts: VersionFacts, track: str) -> MediaPlaylist:
    ctx.check()
    key = keys.media_playlist(facts.asset_id, facts.version_id, track)
    return read_media(ctx.storage.read_bytes(key, _MAX_PLAYLIST).decode())


def _master_problems(ctx: StepContext, facts: VersionFacts) -> Iterator[str]:
    """Every track is there, and what it says about codecs is what the init segments say."""
    text = ctx.storage.read_bytes(keys.master(facts.asset_id, facts.version_id), _MAX_PLAYLIST).decode()
    listed = {rendition.uri: rendition.codecs for rendition in read_master(text)}
    named = {track: facts.tracks[track] for track in master_tracks(facts.plan, facts.listed)}
    sound = {part.codecs for track in named.values() if track.kind == "audio" for part in track.parts}
    for track, found in named.items():
        codecs = listed.get(f"{track}/{keys.MEDIA_PLAYLIST}")
        if codecs is None:
            yield f"{track} is not in the master playlist"
        elif codecs and set(codecs.split(",")) != sound | {part.codecs for part in found.parts}:
            yield f"{track} has other codecs than {codecs}"


def _playlist_problems(facts: VersionFacts, track: str, playlist: MediaPlaylist) -> Iterator[str]:
    kept = _segments(facts.parts[track])
    if [(entry.uri, round(entry.duration_s, 3), entry.iv) for entry in playlist.segments] != [
        (segment.name, round(segment.duration_s, 3), segment.iv) for segment in kept
    ]:
        yield f"{track} lists other segments than were kept"
    encrypted = facts.content_key is not None and facts.tracks[track].kind != "text"
    if any((segment.iv is not None) != encrypted for segment in kept):
        yield f"{track} is not {'encrypted' if encrypted else 'clear'} throughout"
    if not playlist.ended:
        yield f"{track} has no end"
    if {playlist.init_uri or ""} != {part.init_name for part in facts.parts[track]}:
        yield f"{track} names another init segment"
    # RFC 8216, section 4.3.3.1: rounded to the nearest integer, no EXTINF may exceed the target duration.
    if any(int(entry.duration_s + 0.5) > playlist.target_duration for entry in playlist.segments):
        yield f"{track} has a segment longer than the target duration"
    total_s, source_s = sum(entry.duration_s for entry in playlist.segments), facts.plan.duration_s
    if abs(total_s - source_s) > max(0.5, 0.01 * source_s):
        yield f"{track} lasts {total_s:.3f} s instead of {source_s:.3f} s"


def object_problems(ctx: StepContext, facts: VersionFacts, track: str) -> Iterator[str]:
    """What counts of a track is in storage, with its size."""
    prefix = keys.track_prefix(facts.asset_id, facts.version_id, track)
    found = {info.key.removeprefix(prefix): info.size for info in ctx.storage.list(prefix)}
    for segment in _segments(facts.parts[track]):
        if segment.size == 0 or found.get(segment.name) != segment.size:
            yield f"{track}/{segment.name} has {found.get(segment.name, 0)} bytes instead of {segment.size}"
    if not all(found.get(part.init_name) for part in facts.parts[track] if part.init_name):
        yield f"{track} has no init segment"


def _scrubbing_problems(ctx: StepContext, facts: VersionFacts) -> Iterator[str]:
    """The I-frame playlist of each rung that has one names a stretch of each of its segments."""
    for rung in facts.plan.rungs:
        parts = facts.listed.get(rung.name, ())
        if not can_scrub(rung, parts):
            continue
        key = keys.track_file(facts.asset_id, facts.version_id, rung.name, keys.IFRAME_PLAYLIST)
        entries = read_media(ctx.storage.read_bytes(key, _MAX_PLAYLIST).decode()).segments
        if [(entry.uri, entry.byte_range) for entry in entries] != [(each.name, each.key_frame) for each in _segments(parts)]:
            yield f"{rung.name} has other key frames than its I-frame playlist"
        elif any(sum(segment.key_frame or ()) > segment.size for segment in _segments(parts)):
            yield f"{rung.name} has key frames beyond the end of a segment"


def _manifest_problems(ctx: StepContext, facts: VersionFacts) -> Iterator[str]:
    """The DASH manifest, where there can be one, names the same segments as the playlists."""
    if any(not part.timescale for track in facts.listed for part in facts.listed[track] if facts.tracks[track].kind != "text"):
        return
    found = read_manifest(ctx.storage.read_bytes(keys.dash_manifest(facts.asset_id, facts.version_id), _MAX_PLAYLIST).decode())
    named = master_tracks(facts.plan, facts.listed)
    for track in (track for track in facts.tracks.values() if track.name in named and track.kind != "text"):
        entries = [(entry.uri, round(entry.duration_s, 3)) for entry in found.get(track.name, [])]
        if entries != [(f"{track.name}/{each.name}", round(each.duration_s, 3)) for each in _segments(track.parts)]:
            yield f"{track.name} has other segments than the DASH manifest"


def tolerance_s(facts: VersionFacts) -> float:
    """How far segments of two rungs may be apart."""
    copied = facts.plan.copied_rung
    return _ALIGNED_S if copied is None else COPIED_FRAMES * copied.fps_den / copied.fps_num


def _alignment_problems(rungs: list[MediaPlaylist], tolerance_s: float) -> Iterator[str]:
    durations = [[entry.duration_s for entry in rung.segments] for rung in rungs]
    if any(differ(other, durations[0], tolerance_s) for other in durations[1:]):
        yield "the rungs are not cut at the same times"


def differ(some: list[float], others: list[float], tolerance_s: float) -> bool:
    """Whether two lists of lengths of segments are not the same."""
    return len(some) != len(others) or any(abs(a - b) > tolerance_s for a, b in zip(some, others, strict=True))


def decode_ends(ctx: StepContext, facts: VersionFacts, track: str) -> None:
    """First and last segment, each behind the init, as a player would get them."""
    ctx.check()
    parts = facts.parts[track]
    folder = ctx.scratch / track
    folder.mkdir()
    ends = {segment.name: segment for segment in (parts[0].segments[0], parts[-1].segments[-1])}
    for name in (parts[0].init_name, *ends):
        ctx.storage.fetch(keys.track_file(facts.asset_id, facts.version_id, track, name), folder / name, _MAX_SEGMENT)
    if (key := facts.content_key) is not None:
        for path, iv in ((folder / name, segment.iv) for name, segment in ends.items()):
            path.write_bytes(decrypt(path.read_bytes(), key, bytes.fromhex(iv or "")))
    check_decodes(ctx.tools, track, parts, folder, ctx.watch)
