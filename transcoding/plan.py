"""From what a source is to what will be made of it: rungs, chunks and the segment grid, as data.

Every version has one regular grid: frame n is shown at n / rate, in every rung. A source with a variable rate is put on the
grid too (each frame on the nearest tick, gaps filled by repeating): then segments have the same length in every rung, chunks
join without holes, a pause of a screen recording can't leave a gap at a join, and the number of frames is known beforehand.
"""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from itertools import pairwise

from core.media import AudioPlan, Chunk, MediaInfo, Plan, Rung, VideoStream
from transcoding.keyframes import KeyFrames
from transcoding.ladder import output_rate, rungs_for

SEGMENT_S = 4.0
TARGET_DURATION = 4
# EXTINF must round to at most the target duration (RFC 8216).
_LONGEST_SEGMENT_S = 4.4
# The first half minute in short chunks, so that it is soon there; later ones long, so that little is decoded twice.
_HEAD_CHUNKS_S = (4.0, 8.0, 8.0, 10.0)
_CHUNK_S = 20.0
_AUDIO_CHUNK_S = 60.0
# Sound that outlasts the picture by less than this is padding of its codec: not worth a repeated frame.
_TAIL_S = 0.1
# Without an index the key frame before a cut is unknown: decode from a little earlier to know the frame that the cut shows.
_BLIND_SEEK_S = 1.0


def make_plan(info: MediaInfo, keyframes: KeyFrames, *, remuxed: bool = False) -> Plan:
    """The plan of a source. `remuxed`: `info` and `keyframes` are those of a remuxed copy, on which all work is done."""
    sound = info.audio[0] if info.audio else None
    start_s = info.video.start_s if info.video else sound.start_s if sound else info.start_s
    source_start_s = max(start_s - info.start_s, 0.0)
    duration_s = info.duration_s - source_start_s
    audio = None
    if sound is not None:
        mono = sound.channels == 1
        audio = AudioPlan(stream_index=sound.index, channels=1 if mono else 2, bit_rate=80_000 if mono else 128_000)
    rungs: tuple[Rung, ...] = ()
    chunks = _audio_chunks(duration_s)
    if info.video is not None:
        fps = output_rate(info.video.fps)
        rungs = rungs_for(info.video)
        shown_s = _shown(info.video, duration_s)
        chunks = _chunks(max(round(shown_s * fps), 1), fps, keyframes)
        duration_s = float(sum(chunk.frames for chunk in chunks) / fps)
    return Plan(
        duration_s=duration_s,
        target_duration=TARGET_DURATION,
        rungs=rungs,
        chunks=chunks,
        audio=audio,
        deinterlace=bool(info.video and info.video.interlaced),
        tone_map=info.video.hdr if info.video else None,
        variable_rate=bool(info.video and info.video.variable_rate),
        source_start_s=source_start_s,
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


def _chunks(frames: int, fps: Fraction, keyframes: KeyFrames) -> tuple[Chunk, ...]:
    keys = _Keys(keyframes, fps)
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
    parts = max(round(frames / fps / Fraction(SEGMENT_S)), -(-frames // int(_LONGEST_SEGMENT_S * fps)), 1)
    start_s = float(first / fps)
    return Chunk(
        index=index,
        start_s=start_s,
        duration_s=float(frames / fps),
        cuts=tuple(float(round(Fraction(frames * part, parts)) / fps) for part in range(1, parts)),
        frames=frames,
        seek_s=keys.seek_s(first, start_s),
    )
