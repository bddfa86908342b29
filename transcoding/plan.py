"""From what a source is to what will be made of it: rungs, chunks and the segment grid, as data.

Every version has one regular grid: frame n is shown at n / rate, in every rung. A source with a variable rate is put on the
grid too (each frame on the nearest tick, gaps filled by repeating): then segments have the same length in every rung, chunks
join without holes, a pause of a screen recording can't leave a gap at a join, and the number of frames is known beforehand.
"""

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
        tone_map=bool(info.video and info.video.hdr),
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


def _chunks(frames: int, fps: Fraction, keyframes: KeyFrames) -> tuple[Chunk, ...]:
    bounds = _bounds(frames, fps, keyframes)
    return tuple(_chunk(index, a, b, fps, keyframes) for index, (a, b) in enumerate(pairwise(bounds)))


def _bounds(frames: int, fps: Fraction, keyframes: KeyFrames) -> list[int]:
    """Chunk boundaries as frame numbers: at a key frame near the wanted length, else inside a group of pictures."""
    ticks = sorted({round(Fraction(time) * fps) for time in keyframes.times})
    bounds, lengths = [0], iter(_HEAD_CHUNKS_S)
    while True:
        length = next(lengths, _CHUNK_S) * fps
        if frames - bounds[-1] < 1.5 * length:
            return [*bounds, frames]
        wanted = bounds[-1] + length
        near = [tick for tick in ticks if bounds[-1] + length / 2 <= tick <= bounds[-1] + 1.5 * length]
        bounds.append(min(near, key=lambda tick: abs(tick - wanted)) if near else round(wanted))


def _chunk(index: int, first: int, end: int, fps: Fraction, keyframes: KeyFrames) -> Chunk:
    frames = end - first
    parts = max(round(frames / fps / Fraction(SEGMENT_S)), -(-frames // int(_LONGEST_SEGMENT_S * fps)), 1)
    return Chunk(
        index=index,
        start_s=float(first / fps),
        duration_s=float(frames / fps),
        cuts=tuple(float(round(Fraction(frames * part, parts)) / fps) for part in range(1, parts)),
        frames=frames,
        seek_s=_seek(first, fps, keyframes),
    )


def _seek(first: int, fps: Fraction, keyframes: KeyFrames) -> float:
    """Where to decode from: the last key frame that is shown at or before frame `first`."""
    if first == 0:
        return 0.0
    start_s = float(first / fps)
    if start_s > keyframes.until_s:
        return max(start_s - _BLIND_SEEK_S, 0.0)
    earlier = [time for time in keyframes.times if round(Fraction(time) * fps) <= first]
    return earlier[-1] if earlier else 0.0
