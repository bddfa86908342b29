"""Key frames from the sample tables of an MP4 (stss, stts, ctts), without touching the media data."""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from pathlib import Path

from transcoding.mp4 import BadBoxes, Box, boxes, edits_of, find, need, read_payload, timescale_of, top_boxes, u32

_MAX_SAMPLES = 12 * 3600 * 120
# A file of some hundred bytes may claim that each of millions of samples is one.
_MAX_KEYS = 12 * 3600 * 12
# How far behind a key frame, in decoding order, a frame may stand that is shown before it.
_REORDERED = 16


@dataclass(frozen=True, slots=True)
class KeyFrameIndex:
    """What the tables say of one video track. Times in seconds on ffmpeg's clock (edit list applied)."""

    times: tuple[float, ...]
    """Presentation times of the key frames, in decoding order."""
    closed: bool
    """No frame behind a key frame is shown before it, and the first sample is a key frame and the first picture."""
    end_s: float
    """Where the last picture ends."""


def key_frame_index(path: Path, stream_index: int) -> KeyFrameIndex | None:
    """The key frames of a track, in milliseconds for an hour of video.

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
    table = _Samples(moov, stbl)
    keys = [(sample, table.shown_at(sample)) for sample in table.sync]
    first = keys[0] if keys else (-1, 0)
    closed = first[0] == 0 and first[1] >= shift and all(not table.shown_earlier(sample, ticks) for sample, ticks in keys)
    return KeyFrameIndex(
        times=tuple((ticks - shift) / timescale + pause_s for _, ticks in keys),
        closed=closed,
        end_s=(table.length - shift + first[1]) / timescale + pause_s,
    )


class _Samples:
    """The tables of one track. Walks their runs, never one entry per sample."""

    def __init__(self, data: bytes, stbl: Box) -> None:
        stsz = need(data, "stsz", stbl.start, stbl.end)
        self.total = u32(data, stsz.start + 8)
        if not 0 < self.total <= _MAX_SAMPLES:
            raise BadBoxes(f"{self.total} samples")
        stss = find(data, "stss", stbl.start, stbl.end)
        keys = range(1, self.total + 1) if stss is None else _table(data, stss, 1)[0]
        if len(keys) > _MAX_KEYS:
            raise BadBoxes(f"{len(keys)} key frames")
        self.sync = [n - 1 for n in keys]
        counts, self._durations = _table(data, need(data, "stts", stbl.start, stbl.end), 2)
        self._starts = _sums(counts)
        self._times = _sums(map(mul, counts, self._durations))
        ctts = find(data, "ctts", stbl.start, stbl.end)
        counts, self._shifts = _table(data, ctts, 2) if ctts else (array("I"), array("I"))
        self._shift_starts = _sums(counts)

    @property
    def length(self) -> int:
        """Ticks of all samples together."""
        return self._times[-1]

    def shown_at(self, sample: int) -> int:
        """Composition time of a sample in ticks, counted from 0. Raises BadBoxes for a sample that is not there."""
        if not 0 <= sample < min(self.total, self._starts[-1]):
            raise BadBoxes(f"sample {sample} of {self.total}")
        run = bisect_right(self._starts, sample) - 1
        ticks = self._times[run] + (sample - self._starts[run]) * self._durations[run]
        if self._shifts and sample < self._shift_starts[-1]:
            shift = self._shifts[bisect_right(self._shift_starts, sample) - 1]
            ticks += shift - 2**32 if shift >= 2**31 else shift
        return ticks

    def shown_earlier(self, key: int, ticks: int) -> bool:
        """Whether a sample behind the key frame is shown before it: an open group of pictures."""
        if not self._shifts:
            return False
        last = min(key + _REORDERED + 1, self.total, self._starts[-1])
        return any(self.shown_at(sample) < ticks for sample in range(key + 1, last))


def _table(data: bytes, box: Box, columns: int) -> "list[array[int]]":
    """The columns, of 32 bits each, of a full box that holds a count and rows. As arrays: rows come by the million."""
    count, width = u32(data, box.start + 4), 4 * columns
    if box.start + 8 + count * width > box.end:
        raise BadBoxes("a table is cut short")
    values = array("I", data[box.start + 8 : box.start + 8 + count * width])
    if sys.byteorder == "little":
        values.byteswap()
    return [values[column::columns] for column in range(columns)]


def _sums(values: Iterable[int]) -> "array[int]":
    """The sums of all values before each, and of all."""
    try:
        return array("Q", accumulate(values, initial=0))
    except OverflowError:
        raise BadBoxes("times beyond all clocks") from None


def bytes_until(path: Path, seconds: float) -> int | None:
    """How many bytes from the start of the file hold everything up to `seconds`; None when only the whole file is sure to.

    Reads the index alone, so it also serves a file whose end has not arrived yet. Raises BadBoxes.
    """
    with path.open("rb") as file:
        moov = next((box for box in top_boxes(file, path.stat().st_size) if box.type == b"moov"), None)
        data = b"" if moov is None else read_payload(file, moov)
    ends = [_track_bytes(data, trak, seconds) for trak in boxes(data) if trak.type == b"trak"]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _track_bytes(data: bytes, trak: Box, seconds: float) -> int | None:
    """Where the chunk begins that follows the one with the sample at `seconds`; None when there is none."""
    stbl = need(data, "mdia/minf/stbl", trak.start, trak.end)
    timescale = timescale_of(data, need(data, "mdia/mdhd", trak.start, trak.end))
    ticks, sample = int(seconds * timescale), 0
    for count, delta in zip(*_table(data, need(data, "stts", stbl.start, stbl.end), 2), strict=True):
        passed = min(count, ticks // delta + 1) if delta else count
        sample, ticks = sample + passed, ticks - passed * delta
        if passed < count:
            break
    wide = find(data, "co64", stbl.start, stbl.end)
    offsets = _table(data, wide or need(data, "stco", stbl.start, stbl.end), 2 if wide else 1)
    firsts, samples, _ = _table(data, need(data, "stsc", stbl.start, stbl.end), 3)
    chunk, chunks = 0, len(offsets[0])
    for number, (first, each) in enumerate(zip(firsts, samples, strict=True)):
        until = firsts[number + 1] if number + 1 < len(firsts) else chunks + 1
        taken = min(sample // each if each else 0, until - first)
        chunk, sample = first - 1 + taken, sample - taken * each
        if taken < until - first:
            break
    if chunk + 1 >= chunks:
        return None
    *high, low = (column[chunk + 1] for column in offsets)
    return (high[0] if high else 0) * 2**32 + low
