"""Finds uploads and recordings that were cut short, without reading them: structure first, then the tail."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.errors import BadMedia
from core.media import MediaInfo
from transcoding.mp4 import BadBoxes, top_boxes

_MP4_HEADS = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"uuid"})
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
# Of a Matroska file: without an index, looking at its end means reading all of it.
_SMALL = 64 * 2**20


def cut_short() -> BadMedia:
    """The one error for a file whose end is missing."""
    return BadMedia("media.truncated", "The file ends too early; the upload or the recording was cut short.")


def refuse_cut_short(path: Path) -> None:
    """Raises BadMedia `media.truncated` when an outer structure promises more bytes than the file has."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(64)
        if head[4:8] in _MP4_HEADS:
            _check_mp4(file, size)
        elif head.startswith(_EBML):
            _check_matroska(file, size)
        elif head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"WAVE"):
            promised = int.from_bytes(head[4:8], "little")
            # 0 and 2^32-1 are what recorders write that never learn the size.
            if promised not in (0, 0xFFFFFFFF) and 8 + promised > size + 1:
                raise cut_short()


def _check_mp4(file: BinaryIO, size: int) -> None:
    """Every box ends inside the file, and the index is there."""
    kinds = set()
    try:
        for box in top_boxes(file, size):
            kinds.add(box.type)
            if box.offset + box.size > size and box.type in (b"mdat", b"moov", b"moof"):
                raise cut_short()
    except BadBoxes:
        return  # junk behind the last box: ffprobe decides
    if b"moov" not in kinds and kinds & {b"mdat", b"ftyp"}:
        raise cut_short()


def _check_matroska(file: BinaryIO, size: int) -> None:
    """The Segment element's size fits; recordings of unknown size (all ones) are left to the tail check."""
    file.seek(4)
    head = file.read(256)
    length, width = _vint(head, 0)
    at = width + length
    if head[at : at + 4] != _SEGMENT:
        return
    promised, width = _vint(head, at + 4)
    unknown = promised == (1 << (7 * width)) - 1
    if not unknown and 4 + at + 4 + width + promised > size:
        raise cut_short()


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """An EBML number without its length marker, and its width in bytes."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length() if first else 8
    value = int.from_bytes(data[at : at + width], "big") & ((1 << (7 * width)) - 1)
    return value, width


def refuse_missing_tail(info: MediaInfo, last_packet: Callable[[float], float | None]) -> None:
    """Where the container's structure tells nothing of its length (AVI, FLV, ASF, Matroska): its end must be there.

    `last_packet` takes a time to look from and gives the end of the last packet after it, both in seconds from the start.
    """
    by_index = info.size <= _SMALL and "matroska" in info.container
    if not by_index and not any(name in info.container for name in ("flv", "asf", "avi")):
        return
    slack = max(5.0, info.duration_s * 0.05)
    if info.duration_s <= 2 * slack:
        end_s = last_packet(0.0)
        slack = max(1.0, info.duration_s * 0.25)
    else:
        end_s = last_packet(info.duration_s - 2 * slack)
    if end_s is None or end_s < info.duration_s - slack:
        raise cut_short()
