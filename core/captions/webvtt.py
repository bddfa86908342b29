"""Cues as WebVTT: one whole file, and segments for HLS on the grid of the video."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from core.captions import Cue

# Presentations start at 10 s of the transport clock (90 kHz), cues at 0. Without this in each segment they come 10 s early.
TIMESTAMP_MAP = "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"


def clock(seconds: float) -> str:
    """A WebVTT timestamp: `00:01:02.345`."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"


def whole(cues: Iterable[Cue]) -> str:
    """One WebVTT file of all cues."""
    return _file(["WEBVTT"], cues)


def stretches(segments_s: Sequence[float], longest_s: float) -> list[float]:
    """Durations of text segments: whole segments of the video, put together up to `longest_s`."""
    made: list[float] = []
    for duration_s in segments_s:
        if made and made[-1] + duration_s <= longest_s:
            made[-1] += duration_s
        else:
            made.append(duration_s)
    return made


def segments(cues: Sequence[Cue], durations_s: Sequence[float]) -> list[str]:
    """One WebVTT file per segment; a cue that spans a border is in each segment that it touches.

    Cues that start after the end are left out. Players show a cue once, however often it comes.
    """
    # In whole milliseconds, as the cues are written: a cue that begins at a border belongs to what follows alone.
    ends = [round(end_s * 1000) for end_s in accumulate(durations_s)]
    held: list[list[Cue]] = [[] for _ in ends]
    for cue in cues:
        first = bisect_right(ends, round(cue.start_s * 1000))
        last = bisect_left(ends, round(cue.end_s * 1000))
        for index in range(first, min(last + 1, len(ends))):
            held[index].append(cue)
    return [_file(["WEBVTT", TIMESTAMP_MAP], inside) for inside in held]


def _file(header: list[str], cues: Iterable[Cue]) -> str:
    blocks = ["\n".join(header)]
    blocks += [f"{clock(cue.start_s)} --> {clock(cue.end_s)} {cue.settings}".rstrip() + f"\n{cue.text}" for cue in cues]
    return "\n\n".join(blocks) + "\n"
