"""Reads the boxes of ISO media files (MP4, fMP4): enough to know what was written without decoding it."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from transcoding import codecs

_MAX_META = 256 * 2**20
# Twelve hours with a fragment for each of 30 pictures a second have fewer; ten gigabytes of empty boxes have a milliard.
_MAX_TOP_BOXES = 3_000_000
# Inside of another box, and of an edit list: real files have some dozens.
_MAX_BOXES = 100_000


class BadBoxes(Exception):
    """The bytes are not the boxes they should be."""


class Box(NamedTuple):
    """A box and where its payload lies in the buffer it was read from."""

    type: bytes
    start: int
    end: int


class TopBox(NamedTuple):
    """A box at the top level of a file: offsets in the file, header included in `size`."""

    type: bytes
    offset: int
    header: int
    size: int


class Init(NamedTuple):
    """What an initialisation segment says about its one track."""

    timescale: int
    media_time: int
    """Start of the edit list in ticks: what a player subtracts from every presentation time (B-frame delay)."""
    codecs: str
    default_duration: int
    handler: bytes


class Fragment(NamedTuple):
    """What a media segment holds, in ticks of its track."""

    first_dts: int
    first_pts: int
    """The lowest presentation time, before the edit list."""
    duration: int
    samples: int
    starts_with_sync: bool
    key_frame: tuple[int, int] | None
    """Offset and length in bytes of the first moof and its first sample; None where the sample does not follow at once."""


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that follow each other in `data[start:end]`. Raises BadBoxes when one does not fit."""
    end = len(data) if end is None else end
    number = 0
    while start + 8 <= end:
        if (number := number + 1) > _MAX_BOXES:
            raise BadBoxes("too many boxes")
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and start + 16 <= end:
            size, header = struct.unpack_from(">Q", data, start + 8)[0], 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise BadBoxes(f"box {kind!r} of {size} bytes does not fit")
        yield Box(kind, start + header, start + size)
        start += size


def find(data: bytes, path: str, start: int = 0, end: int | None = None) -> Box | None:
    """The first box at a path like `moov/trak/mdia`."""
    head, _, rest = path.partition("/")
    for box in boxes(data, start, end):
        if box.type == head.encode():
            return find(data, rest, box.start, box.end) if rest else box
    return None


def need(data: bytes, path: str, start: int = 0, end: int | None = None) -> Box:
    """Like `find`, but a missing box raises BadBoxes."""
    box = find(data, path, start, end)
    if box is None:
        raise BadBoxes(f"no {path}")
    return box


def top_boxes(file: BinaryIO, size: int) -> Iterator[TopBox]:
    """The top-level boxes of a file, headers only. In a truncated file the last one reaches beyond `size`."""
    offset = number = 0
    while offset + 8 <= size:
        if (number := number + 1) > _MAX_TOP_BOXES:
            raise BadBoxes("too many boxes")
        file.seek(offset)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        header = 8
        if length == 1 and len(head) == 16:
            length, header = struct.unpack_from(">Q", head, 8)[0], 16
        elif length == 0:
            length = size - offset
        if length < header:
            raise BadBoxes(f"box {kind!r} of {length} bytes")
        yield TopBox(kind, offset, header, length)
        offset += length


def read_payload(file: BinaryIO, box: TopBox) -> bytes:
    """The payload of a top-level box that fits in memory."""
    if box.size > _MAX_META:
        raise BadBoxes(f"{box.type!r} of {box.size} bytes is too large")
    file.seek(box.offset + box.header)
    return file.read(box.size - box.header)


def u32(data: bytes, at: int) -> int:
    """One unsigned 32-bit number. Raises BadBoxes where the data ends before it."""
    if at + 4 > len(data):
        raise BadBoxes("a box is cut short")
    return int(struct.unpack_from(">I", data, at)[0])


def timescale_of(data: bytes, mdhd: Box) -> int:
    """Ticks a second of a track."""
    version = data[mdhd.start]
    ticks = u32(data, mdhd.start + (20 if version == 1 else 12))
    if ticks == 0:
        raise BadBoxes("a clock without ticks")
    return ticks


def edits_of(data: bytes, trak: Box) -> list[tuple[int, int]]:
    """The edit list of a track as (segment duration in movie ticks, media time in track ticks; -1 is a pause)."""
    elst = find(data, "edts/elst", trak.start, trak.end)
    if elst is None:
        return []
    version, count = data[elst.start], u32(data, elst.start + 4)
    entry = struct.Struct(">QqI" if version == 1 else ">IiI")
    if count > _MAX_BOXES or elst.start + 8 + count * entry.size > elst.end:
        raise BadBoxes("elst is cut short, or endless")
    return [entry.unpack_from(data, elst.start + 8 + i * entry.size)[:2] for i in range(count)]


def read_init(data: bytes) -> Init:
    """Parses an initialisation segment with one track."""
    trak = need(data, "moov/trak")
    mdhd = need(data, "mdia/mdhd", trak.start, trak.end)
    hdlr = need(data, "mdia/hdlr", trak.start, trak.end)
    stsd = need(data, "mdia/minf/stbl/stsd", trak.start, trak.end)
    trex = need(data, "moov/mvex/trex")
    played = [media_time for _, media_time in edits_of(data, trak) if media_time >= 0]
    return Init(
        timescale=timescale_of(data, mdhd),
        media_time=played[0] if played else 0,
        codecs=codecs.of_sample_entry(data[stsd.start + 8 : stsd.end]),
        default_duration=u32(data, trex.start + 12),
        handler=data[hdlr.start + 8 : hdlr.start + 12],
    )


def read_fragment(path: Path, init: Init) -> Fragment:
    """Parses a media segment: one or more moof/mdat pairs of one track. Raises BadBoxes when it is empty or cut short."""
    size = path.stat().st_size
    found: list[Fragment] = []
    with path.open("rb") as file:
        for box in top_boxes(file, size):
            if box.offset + box.size > size:
                raise BadBoxes(f"{box.type!r} is cut short")
            if box.type == b"moof":
                found.append(_read_moof(read_payload(file, box), init, box))
            elif box.type == b"mdat" and box.size <= box.header:
                raise BadBoxes("mdat is empty")
    if not found:
        raise BadBoxes("no moof")
    return Fragment(
        first_dts=found[0].first_dts,
        first_pts=min(fragment.first_pts for fragment in found),
        duration=sum(fragment.duration for fragment in found),
        samples=sum(fragment.samples for fragment in found),
        starts_with_sync=found[0].starts_with_sync,
        key_frame=found[0].key_frame,
    )


def read_samples(path: Path, init: Init) -> Iterator[bytes]:
    """The samples of a media segment with one moof, in the order of decoding. Raises BadBoxes where they do not fit."""
    data = path.read_bytes()
    moof = need(data, "moof")
    traf = need(data, "traf", moof.start, moof.end)
    default_duration, default_flags = _read_tfhd(data, need(data, "tfhd", traf.start, traf.end), init)
    for trun in boxes(data, traf.start, traf.end):
        if trun.type != b"trun":
            continue
        if not u32(data, trun.start) & 1:
            raise BadBoxes("samples without a place")
        at = moof.start - 8 + u32(data, trun.start + 8)
        for _, size, _, _ in _samples(data, trun, default_duration, default_flags):
            if not size or at + size > len(data):
                raise BadBoxes("a sample does not fit")
            yield data[at : at + size]
            at += size


def _read_moof(data: bytes, init: Init, moof: TopBox) -> Fragment:
    traf = need(data, "traf")
    tfdt = need(data, "tfdt", traf.start, traf.end)
    first = struct.unpack_from(">Q" if data[tfdt.start] == 1 else ">I", data, tfdt.start + 4)[0]
    default_duration, default_flags = _read_tfhd(data, need(data, "tfhd", traf.start, traf.end), init)
    dts, lowest, samples, sync, key_frame = first, None, 0, True, None
    for trun in boxes(data, traf.start, traf.end):
        if trun.type != b"trun":
            continue
        for duration, size, flags, shift in _samples(data, trun, default_duration, default_flags):
            if samples == 0:
                sync = not flags & 0x10000
                key_frame = _first_sample(data, trun, size, moof)
            lowest = dts + shift if lowest is None else min(lowest, dts + shift)
            dts += duration
            samples += 1
    if lowest is None:
        raise BadBoxes("no samples")
    return Fragment(first, lowest, dts - first, samples, sync, key_frame)


def _first_sample(data: bytes, trun: Box, size: int, moof: TopBox) -> tuple[int, int] | None:
    """From the moof to the end of the first sample. Its place counts from the moof (default-base-is-moof)."""
    flags = u32(data, trun.start) & 0xFFFFFF
    if not flags & 1 or not size:
        return None
    return moof.offset, u32(data, trun.start + 8) + size


def _read_tfhd(data: bytes, tfhd: Box, init: Init) -> tuple[int, int]:
    flags, at = u32(data, tfhd.start) & 0xFFFFFF, tfhd.start + 8
    at += (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    duration = init.default_duration
    if flags & 8:
        duration, at = u32(data, at), at + 4
    at += 4 if flags & 0x10 else 0
    return duration, u32(data, at) if flags & 0x20 else 0


def _samples(data: bytes, trun: Box, default_duration: int, default_flags: int) -> Iterator[tuple[int, int, int, int]]:
    """(duration, size or 0, flags, composition offset) of every sample of a trun."""
    head, count = u32(data, trun.start), u32(data, trun.start + 4)
    version, flags, at = head >> 24, head & 0xFFFFFF, trun.start + 8
    at += 4 if flags & 1 else 0
    first_flags = None
    if flags & 4:
        first_flags, at = u32(data, at), at + 4
    fields = [bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    width = 4 * sum(fields)
    if at + count * width > trun.end:
        raise BadBoxes("trun is cut short")
    for index in range(count):
        values = iter(struct.unpack_from(f">{width // 4}I", data, at + index * width))
        duration = next(values) if fields[0] else default_duration
        size = next(values) if fields[1] else 0
        sample_flags = next(values) if fields[2] else default_flags
        shift = next(values) if fields[3] else 0
        if version == 1 and shift >= 2**31:
            shift -= 2**32
        if index == 0 and first_flags is not None:
            sample_flags = first_flags
        yield duration, size, sample_flags, shift
