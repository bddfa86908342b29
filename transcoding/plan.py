"""From what a source is to what will be made of it: rungs, chunks and the segment grid, as data.

Every version has one regular grid: frame n is shown at n / rate, in every rung. A source with a variable rate is put on the
grid too (each frame on the nearest tick, gaps filled by repeating): then segments have the same length in every rung, chunks
join without holes, a pause of a screen recording can't leave a gap at a join, and the number of frames is known beforehand.
"""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from itertools import pairwise

import msgspec

from core.media import Chunk, MediaInfo, Plan, Profile, Rung, VideoStream
from transcoding import fastlane
from transcoding.keyframes import KeyFrames
from transcoding.ladder import output_rate, rungs_for
from transcoding.sounds import sounds_of

SEGMENT_S = 4.0
TARGET_DURATION = 4
# EXTINF must round to at most the target duration (RFC 8216).
_LONGEST_SEGMENT_S = 4.4
# The beginning in short chunks, so that it is soon there; later ones long, so that little is decoded twice.
_HEAD_CHUNKS_S = (4.0, 4.0, 4.0, 8.0, 10.0, 10.0, 10.0)
# A player starts on two segments: the first chunk has both.
_FIRST_SEGMENT_S = 2.0
_CHUNK_S = 20.0
# A rung that is nearly as large as the copied one adds nothing to it.
_SMALLER = 0.9
_AUDIO_CHUNK_S = 60.0
# A copied segment may begin and end so many frames off the grid, together.
COPIED_FRAMES = 1.25
# Sound that outlasts the picture by less than this is padding of its codec: not worth a repeated frame.
_TAIL_S = 0.1
# Without an index the key frame before a cut is unknown: decode from a little earlier to know the frame that the cut shows.
_BLIND_SEEK_S = 1.0


def make_plan(
    info: MediaInfo, keyframes: KeyFrames, *, remuxed: bool = False, copy: bool = True, profile: Profile = "fast"
) -> Plan:
    """The plan of a source.

    `remuxed`: `info` and `keyframes` are those of a remuxed copy, on which all work is done. `copy`: a source that qualifies
    takes the fast lane; `small` never does, for its top rung is to be smaller than the source.
    """
    sound = info.audio[0] if info.audio else None
    start_s = info.video.start_s if info.video else sound.start_s if sound else info.start_s
    source_start_s = max(start_s - info.start_s, 0.0)
    duration_s = info.duration_s - source_start_s
    rungs: tuple[Rung, ...] = ()
    chunks = _audio_chunks(duration_s)
    copied = fastlane.copied_rung(info, keyframes) if copy and profile == "fast" and not remuxed else None
    if info.video is not None:
        fps = output_rate(info.video.fps)
        rungs = rungs_for(info.video)
        if profile == "small":
            # Its encoder keeps more at the same CRF: as good as `fast` one step further (docs/encoding.md).
            rungs = tuple(msgspec.structs.replace(rung, crf=rung.crf + 1) for rung in rungs)
        shown_s = _shown(info.video, duration_s)
        frames = max(round(shown_s * fps), 1)
        keys = _Keys(keyframes, fps)
        chunks = _chunks(frames, fps, keys)
        if copied is not None and keyframes.index is not None:
            frames = round((keyframes.index.end_s - info.video.start_s) * fps)
            rungs = (copied, *(rung for rung in rungs if rung.short_side <= _SMALLER * copied.short_side))
            chunks = _copied_chunks(frames, fps, keyframes, keys)
        duration_s = float(sum(chunk.frames for chunk in chunks) / fps)
    return Plan(
        duration_s=duration_s,
        target_duration=_target_duration(chunks, copied) if copied else TARGET_DURATION,
        rungs=rungs,
        chunks=chunks,
        sounds=sounds_of(info, duration_s if copied else None),
        profile=profile,
        deinterlace=bool(info.video and info.video.interlaced),
        tone_map=info.video.hdr if info.video else None,
        variable_rate=bool(info.video and info.video.variable_rate),
        source_start_s=source_start_s,
        clock_s=start_s,
        remux=remuxed,
    )


def _shown(video: VideoStream, duration_s: float) -> float:
    """How long there is a picture: the video's own length, or all of it where sound goes on (the last frame stands)."""
    own_s = video.duration_s
    return own_s if own_s and abs(duration_s - own_s) <= _TAIL_S else duration_s


def _audio_chunks(duration_s: float) -> tuple[Chunk, ...]:
    """Without video one job encodes all; the timeline is one chunk."""
    return (Chunk(index=0, start_s=0.0, duration_s=duration_s),)


class _Keys:
    """Key frames on the grid: by frame number, with the times to seek to."""

    def __init__(self, keyframes: KeyFrames, fps: Fraction) -> None:
        rate = float(fps)
        seen = {round(time * rate): time for time in reversed(keyframes.times)}
        self.ticks = sorted(seen)
        self.times = [seen[tick] for tick in self.ticks]
        self.until = int(keyframes.until_s * rate)

    def nearest(self, wanted: int, low: int, high: int) -> int | None:
        """The key frame nearest to `wanted` in `low`..`high`."""
        at = bisect_left(self.ticks, wanted)
        near = [tick for tick in self.ticks[max(at - 1, 0) : at + 1] if low <= tick <= high]
        return min(near, key=lambda tick: abs(tick - wanted)) if near else None

    def seek_s(self, first: int, start_s: float) -> float:
        """Where to decode from to get at frame `first`: the last key frame that is shown at or before it."""
        if first == 0:
            return 0.0
        if first > self.until:
            return max(start_s - _BLIND_SEEK_S, 0.0)
        at = bisect_right(self.ticks, first)
        return self.times[at - 1] if at else 0.0


def _target_duration(chunks: tuple[Chunk, ...], copied: Rung) -> int:
    """The longest segment, rounded as RFC 8216 rounds (halves up), wherever on the grid its ends come to lie."""
    longest_s = max(end - start for chunk in chunks for start, end in pairwise((0.0, *chunk.cuts, chunk.duration_s)))
    return max(int(longest_s + COPIED_FRAMES * copied.fps_den / copied.fps_num + 0.5), TARGET_DURATION)


def _copied_chunks(frames: int, fps: Fraction, keyframes: KeyFrames, keys: _Keys) -> tuple[Chunk, ...]:
    """Chunks whose segments are those of the copied rung; one of them begins where its second run does."""
    starts, in_head = fastlane.segment_starts(keyframes)
    ticks = [tick for start in starts if (tick := round(start * fps)) < frames]
    chunks: list[Chunk] = []
    first, lengths = 0, iter(_HEAD_CHUNKS_S)
    length_s = next(lengths)
    for number in range(1, len(ticks) + 1):
        end = ticks[number] if number < len(ticks) else frames
        if number in (in_head, len(ticks)) or (end - ticks[first]) / fps >= length_s:
            start_s = float(ticks[first] / fps)
            chunks.append(
                Chunk(
                    index=len(chunks),
                    start_s=start_s,
                    duration_s=float((end - ticks[first]) / fps),
                    cuts=tuple(float((tick - ticks[first]) / fps) for tick in ticks[first + 1 : number]),
                    frames=end - ticks[first],
                    seek_s=keys.seek_s(ticks[first], start_s),
                )
            )
            first, length_s = number, next(lengths, _CHUNK_S)
    return tuple(chunks)


def _chunks(frames: int, fps: Fraction, keys: _Keys) -> tuple[Chunk, ...]:
    return tuple(_chunk(index, a, b, fps, keys) for index, (a, b) in enumerate(pairwise(_bounds(frames, fps, keys))))


def _bounds(frames: int, fps: Fraction, keys: _Keys) -> list[int]:
    """Chunk boundaries as frame numbers: at a key frame near the wanted length, else inside a group of pictures."""
    bounds, lengths = [0], iter(_HEAD_CHUNKS_S)
    while True:
        length = round(next(lengths, _CHUNK_S) * fps)
        if frames - bounds[-1] < 1.5 * length:
            return [*bounds, frames]
        wanted = bounds[-1] + length
        near = keys.nearest(wanted, wanted - length // 2, wanted + length // 2)
        bounds.append(wanted if near is None else near)


def _chunk(index: int, first: int, end: int, fps: Fraction, keys: _Keys) -> Chunk:
    frames = end - first
    wanted_s = _FIRST_SEGMENT_S if index == 0 else SEGMENT_S
    parts = max(round(frames / fps / Fraction(wanted_s)), -(-frames // int(_LONGEST_SEGMENT_S * fps)), 1)
    start_s = float(first / fps)
    return Chunk(
        index=index,
        start_s=start_s,
        duration_s=float(frames / fps),
        cuts=tuple(float(round(Fraction(frames * part, parts)) / fps) for part in range(1, parts)),
        frames=frames,
        seek_s=keys.seek_s(first, start_s),
    )
