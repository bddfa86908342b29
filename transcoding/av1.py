"""AV1: its ladder, and what can be said of a stream without a decoder."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.media import MediaInfo, Plan, Rung
from transcoding.flags import QUIET
from transcoding.ladder import rungs_for
from transcoding.mp4 import need, read_init, read_samples
from transcoding.spawn import Limits, run
from transcoding.tools import Tools

# SVT-AV1's scale against x264's: CRF 40 looks like x264's 25, and a step of x264's is worth one and a half (docs/encoding.md).
_CRF, _X264_CRF, _STEP = 40, 25, 1.5
# What it needs of the rate that H.264 peaks at.
_RATE = 0.6
_MIN_CRF, _MAX_CRF = 20, 55
AV1_SUFFIX = "-av1"
"""What the names of AV1 rungs end with."""
# Known to ffmpeg as software decoders; its own `av1` needs hardware.
_DECODERS = ("libdav1d", "libaom-av1", "libgav1")
_DECODERS_S = 10.0
# Profile, level and size of a sequence header, with its own header. What follows differs: SVT-AV1 writes the init segment
# before it has settled on its tools, and decoders go by the one in the stream.
_ALIKE = 8
# OBU types: AV1 specification, section 6.2.2.
_SEQUENCE_HEADER, _TEMPORAL_DELIMITER = 1, 2


def av1_rungs(info: MediaInfo, plan: Plan) -> tuple[Rung, ...]:
    """A full ladder of its own, for players stay in the codec they began with: never above the source, largest first.

    A rung that adds nothing in H.264 adds nothing in AV1 either, and each is about as good as its neighbour in H.264.
    """
    if info.video is None or not plan.h264:
        return ()
    beside = {rung.short_side: rung for rung in plan.h264 if not rung.copied}
    top = plan.copied_rung
    rate = plan.h264[0]
    return tuple(
        msgspec.structs.replace(
            rung,
            name=rung.name + AV1_SUFFIX,
            codec="av1",
            crf=_crf(beside[rung.short_side].crf if rung.short_side in beside else rung.crf),
            max_rate=int(_RATE * rung.max_rate),
            fps_num=rate.fps_num,
            fps_den=rate.fps_den,
        )
        for rung in rungs_for(info.video)
        if rung.short_side in beside or (top is not None and rung.short_side > max(beside, default=0))
    )


def _crf(x264: float) -> float:
    """SVT-AV1 takes whole numbers."""
    return float(min(max(round(_CRF + _STEP * (x264 - _X264_CRF)), _MIN_CRF), _MAX_CRF))


def has_decoder(tools: Tools) -> bool:
    """Whether this ffmpeg can decode AV1 in software."""
    listed = run(tools, [str(tools.ffmpeg), *QUIET, "-decoders"], Limits(wall_s=_DECODERS_S)).stdout.decode()
    return any(f" {name} " in listed for name in _DECODERS)


def check_structure(init_path: Path, segment: Path) -> None:
    """Every sample is a chain of OBUs to its last byte, and the first one brings the sequence header of the init segment.

    Raises BadBoxes or ValueError.
    """
    data = init_path.read_bytes()
    stsd = need(data, "moov/trak/mdia/minf/stbl/stsd")
    for number, sample in enumerate(read_samples(segment, read_init(data))):
        found = list(_obus(sample))
        if number == 0:
            headers = [sample[start : min(end, start + _ALIKE)] for kind, start, end in found if kind == _SEQUENCE_HEADER]
            if not headers or headers[0] not in data[stsd.start : stsd.end]:
                raise ValueError("the first picture does not bring the sequence header of the track")
        if any(kind == _TEMPORAL_DELIMITER for kind, _, _ in found):
            raise ValueError("a temporal delimiter has no place in a sample")


def _obus(sample: bytes) -> Iterator[tuple[int, int, int]]:
    """(type, start, end) of the OBUs of a sample, headers included. Raises ValueError where they do not fill it."""
    at = 0
    while at < len(sample):
        start, head = at, sample[at]
        if head & 0x80 or not head & 0x02:
            raise ValueError("a header of an OBU is broken")
        at += 2 if head & 0x04 else 1
        size = shift = 0
        while True:
            byte = sample[at]
            at, size, shift = at + 1, size | (byte & 0x7F) << shift, shift + 7
            if not byte & 0x80:
                break
        at += size
        if at > len(sample):
            raise ValueError("an OBU does not fit its sample")
        yield head >> 3 & 0x0F, start, at
