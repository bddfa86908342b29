"""Kinds that were whole once: cut short, or with noise in their bits."""

import struct

from tests.media.surgery import box, in_index, in_media, many_tracks, rebuilt
from tests.media.workshop import AAC, FASTSTART, H264, Kind, Maker, clip, content, cut, edited, noise, random_bytes, recipe

_CUT = "media.truncated"
_FRAGMENTED = ("-movflags", "+frag_keyframe+empty_moov")
_OLD = ("-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame", "-threads", "1")


def _clip(suffix: str, *options: str, seconds: float = 4.0) -> Maker:
    return clip(suffix, seconds=seconds, options=(*H264, *AAC, *options))


def _with_zero(data: bytes) -> bytes:
    """The middle third lost on a disk."""
    third = len(data) // 3
    return data[:third] + bytes(third) + data[2 * third :]


def _without_packets(data: bytes) -> bytes:
    """A transport stream with every 50th packet lost."""
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    return b"".join(packet for number, packet in enumerate(packets) if number % 50 != 49)


def _deep(levels: int) -> bytes:
    """Boxes within boxes."""
    inner = b""
    for _ in range(levels):
        inner = box(b"trak", inner)
    return box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", inner)


_TS = clip("ts", seconds=4)
_LIVE_MKV = recipe("mkv", "-i", "{clip}", "-c", "copy", "-f", "matroska", "-live", "1")

KINDS = (
    Kind("MP4, index last, cut at 10 %", edited(_clip("mp4"), cut(0.1)), _CUT),
    Kind("MP4, index last, cut at 60 %", edited(_clip("mp4"), cut(0.6)), _CUT, short=True),
    Kind("MP4, index last, cut within the index", edited(_clip("mp4"), lambda data: data[:-700]), _CUT),
    Kind("MP4, index last, last byte missing", edited(_clip("mp4"), lambda data: data[:-1]), _CUT),
    Kind("MP4, index first, cut within the index", edited(_clip("mp4", *FASTSTART), cut(0.02)), _CUT),
    Kind("MP4, index first, cut at 50 %", edited(_clip("mp4", *FASTSTART), cut(0.5)), _CUT, short=True),
    Kind("MP4, index first, last byte missing", edited(_clip("mp4", *FASTSTART), lambda data: data[:-1]), _CUT),
    Kind("MP4, head only", content(box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")), _CUT),
    Kind("MP4 without its head", edited(_clip("mp4"), lambda data: data[5000:]), "media.not_a_video"),
    Kind("MP4 with an empty index", content(box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov")), "media.no_streams"),
    Kind("fragmented MP4 cut within a fragment", edited(_clip("mp4", *_FRAGMENTED), cut(0.7)), _CUT),
    Kind("Matroska cut at 5 %", edited(_clip("mkv"), cut(0.05)), _CUT),
    Kind("Matroska cut at 60 %", edited(_clip("mkv"), cut(0.6)), _CUT, short=True),
    Kind("Matroska, last byte missing", edited(_clip("mkv"), lambda data: data[:-1]), _CUT),
    Kind("live Matroska cut at 70 %", edited(_LIVE_MKV, cut(0.7)), lasts_s=1.4),
    Kind("MPEG-TS cut at 50 %", edited(_TS, cut(0.5)), lasts_s=2.0, short=True),
    Kind("MPEG-TS cut within a packet", edited(_TS, lambda data: data[100:-100]), lasts_s=4.0),
    Kind("MPEG-PS cut at 50 %", edited(clip("mpg", seconds=4, options=()), cut(0.5)), lasts_s=2.0),
    Kind("AVI cut at 60 %", edited(clip("avi", seconds=4, options=_OLD), cut(0.6)), _CUT),
    Kind("FLV cut at 50 %", edited(_clip("flv", seconds=6), cut(0.5)), _CUT),
    Kind("ASF cut at 50 %", edited(clip("asf", seconds=6, options=("-c:v", "wmv2", "-c:a", "wmav2")), cut(0.5)), lasts_s=2.6),
    Kind("WAV cut at 50 %", edited(clip("wav", video=None, options=()), cut(0.5)), _CUT),
    Kind(
        "MP4 with one byte in 10,000 wrong",
        edited(_clip("mp4"), in_media(11, 10_000)),
        lasts_s=4.0,
        short=True,
    ),
    Kind("MP4 with one byte in 200 wrong", edited(_clip("mp4"), in_media(12, 200)), lasts_s=4.0),
    Kind("MP4 with one byte in 5 wrong", edited(_clip("mp4"), in_media(13, 5)), "media.undecodable"),
    Kind("MP4 with zeros in its middle", edited(_clip("mp4"), rebuilt("mdat", _with_zero)), lasts_s=4.0),
    Kind(
        "MP4 whose media is not where its index says",
        edited(_clip("mp4", *FASTSTART), lambda data: box(b"free", bytes(5000)) + data),
        "media.undecodable",
    ),
    Kind("MP4 with zeros for media", edited(_clip("mp4"), rebuilt("mdat", lambda data: bytes(len(data)))), "media.undecodable"),
    Kind(
        "MP4 with noise for media",
        edited(_clip("mp4"), rebuilt("mdat", lambda data: random_bytes(14, len(data)))),
        "media.undecodable",
        short=True,
    ),
    Kind("MP4 whose index has one wrong byte", edited(_clip("mp4"), in_index(15, 10_000)), lasts_s=4.0),
    Kind(
        "MP4 whose index has wrong bytes",
        edited(_clip("mp4"), in_index(16, 500)),
        lasts_s=4.0,
    ),
    Kind("MP4 whose index is full of wrong bytes", edited(_clip("mp4"), in_index(17, 20)), "media.no_streams", short=True),
    Kind("MP4 whose index is noise", edited(_clip("mp4"), in_index(18, 1)), "media.no_streams"),
    Kind("Matroska with one byte in 1,000 wrong", edited(_clip("mkv"), noise(19, 1000, 0.1)), lasts_s=4.0),
    Kind("Matroska with a wrong head", edited(_clip("mkv"), noise(20, 20, 0.0, 0.01)), "media.not_a_video"),
    Kind("MPEG-TS with one byte in 1,000 wrong", edited(_TS, noise(21, 1000)), lasts_s=4.0),
    Kind("MPEG-TS with one byte in 50 wrong", edited(_TS, noise(22, 50)), lasts_s=12.28),
    Kind("MPEG-TS with packets lost", edited(_TS, _without_packets), lasts_s=4.0, short=True),
    Kind("fragmented MP4 with noise", edited(_clip("mp4", *_FRAGMENTED), noise(23, 500, 0.2)), "media.too_long"),
    Kind("WebM with noise", edited(clip("webm", options=("-c:v", "libvpx", "-c:a", "libopus")), noise(24, 500, 0.2))),
    Kind("MP4 with 500 tracks", edited(_clip("mp4", seconds=2), many_tracks(500)), "media.too_many_streams", short=True),
    Kind("MP4 with 33 tracks", edited(_clip("mp4", seconds=2), many_tracks(32)), "media.too_many_streams"),
    Kind("MP4 with boxes a thousand deep", content(_deep(1000)), "media.no_streams"),
    Kind("MP4 whose box claims 2^63 bytes", content(struct.pack(">I4sQ", 1, b"mdat", 2**63 - 1) + bytes(5000)), _CUT),
)
