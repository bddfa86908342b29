"""Key frame times from the sample tables of an MP4 (stss, stts, ctts), without touching the media data."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from transcoding.mp4 import BadBoxes, Box, boxes, edits_of, find, need, read_payload, timescale_of, top_boxes, u32

_MAX_SAMPLES = 12 * 3600 * 120


def key_frame_times(path: Path, stream_index: int) -> list[float] | None:
    """Presentation times in seconds of the track's key frames on ffmpeg's clock (edit list applied), unsorted.

    `stream_index` counts tracks as ffprobe does. None when the file has no complete table (fragmented, several edits);
    BadBoxes when it contradicts itself.
    """
    with path.open("rb") as file:
        found = [box for box in top_boxes(file, path.stat().st_size) if box.type == b"moov"]
        if not found:
            return None
        moov = read_payload(file, found[0])
    if find(moov, "mvex") is not None:
        return None
    tracks = [box for box in boxes(moov) if box.type == b"trak"]
    trak = tracks[stream_index]
    edits = edits_of(moov, trak)
    if sum(1 for _, media_time in edits if media_time >= 0) > 1:
        return None
    timescale = timescale_of(moov, need(moov, "mdia/mdhd", trak.start, trak.end))
    mvhd = need(moov, "mvhd")
    pause_s = sum(length for length, media_time in edits if media_time < 0) / timescale_of(moov, mvhd)
    shift = next((media_time for _, media_time in edits if media_time >= 0), 0)
    stbl = need(moov, "mdia/minf/stbl", trak.start, trak.end)
    return [(ticks - shift) / timescale + pause_s for ticks in _sync_ticks(moov, stbl)]


def _sync_ticks(data: bytes, stbl: Box) -> Iterator[int]:
    """Composition times of the sync samples in ticks. Walks the runs of the tables, never one entry per sample."""
    stsz = need(data, "stsz", stbl.start, stbl.end)
    total = u32(data, stsz.start + 8)
    if not 0 < total <= _MAX_SAMPLES:
        raise BadBoxes(f"{total} samples")
    stss = find(data, "stss", stbl.start, stbl.end)
    samples = range(total) if stss is None else [n - 1 for (n,) in _table(data, stss, 1)]
    durations = _table(data, need(data, "stts", stbl.start, stbl.end), 2)
    starts = list(accumulate((count for count, _ in durations), initial=0))
    times = list(accumulate((count * delta for count, delta in durations), initial=0))
    ctts = find(data, "ctts", stbl.start, stbl.end)
    shifts = _table(data, ctts, 2) if ctts else []
    shift_starts = list(accumulate((count for count, _ in shifts), initial=0))
    for sample in samples:
        if not 0 <= sample < min(total, starts[-1]):
            raise BadBoxes(f"sync sample {sample} of {total}")
        run = bisect_right(starts, sample) - 1
        ticks = times[run] + (sample - starts[run]) * durations[run][1]
        if shifts and sample < shift_starts[-1]:
            shift = shifts[bisect_right(shift_starts, sample) - 1][1]
            ticks += shift - 2**32 if shift >= 2**31 else shift
        yield ticks


def _table(data: bytes, box: Box, columns: int) -> list[tuple[int, ...]]:
    """The rows of a full box that holds a count and 32-bit columns."""
    count, width = u32(data, box.start + 4), 4 * columns
    if box.start + 8 + count * width > box.end:
        raise BadBoxes("a table is cut short")
    return list(struct.iter_unpack(f">{columns}I", data[box.start + 8 : box.start + 8 + count * width]))
