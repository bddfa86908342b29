"""Turns ffprobe's JSON into MediaInfo; every number in it is a hostile string until parsed here."""

import math
from fractions import Fraction
from typing import Any, Literal

from core.errors import BadMedia
from core.media import AudioStream, MediaInfo, TextStream, VideoStream

_HDR_TRANSFERS: dict[str, Literal["pq", "hlg"]] = {"smpte2084": "pq", "arib-std-b67": "hlg"}
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
_STILL_BRANDS = frozenset({"heic", "heix", "heif", "avif", "mif1", "msf1"})
_LONGEST_TAG = 200
_STANDARD_RATES = tuple(Fraction(n, d) for n, d in ((24, 1), (25, 1), (30, 1), (50, 1), (60, 1)))

Fields = dict[str, Any]


def number(value: object) -> float | None:
    """A finite number, or None."""
    try:
        parsed = float(str(value))
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def media_info(answer: Fields, size: int) -> MediaInfo:
    """The first real video stream (cover art is none) and all audio streams. Raises BadMedia for still images."""
    found = [stream for stream in answer.get("streams", ()) if isinstance(stream, dict)]
    form: Fields = answer.get("format") or {}
    if str((form.get("tags") or {}).get("major_brand", "")).strip() in _STILL_BRANDS:
        raise BadMedia("media.not_a_video", "The file is a picture, not a video.")
    pictures = [stream for stream in found if stream.get("codec_type") == "video" and not _is_cover(stream)]
    sounds = [stream for stream in found if stream.get("codec_type") == "audio"]
    texts = [stream for stream in found if stream.get("codec_type") == "subtitle"]
    sounds.sort(key=lambda stream: not (stream.get("disposition") or {}).get("default"))
    start_s = number(form.get("start_time")) or 0.0
    return MediaInfo(
        container=str(form.get("format_name", "")),
        duration_s=_duration(form, pictures[:1] + sounds[:1], start_s),
        start_s=start_s,
        size=size,
        video=_video(pictures[0], start_s) if pictures else None,
        audio=tuple(_audio(stream, start_s) for stream in sounds),
        text=tuple(_text(stream) for stream in texts),
    )


def _is_cover(stream: Fields) -> bool:
    disposition = stream.get("disposition") or {}
    return bool(disposition.get("attached_pic") or disposition.get("still_image"))


def _duration(form: Fields, chosen: list[Fields], start_s: float) -> float:
    """The container's duration, else the latest end of a chosen stream; 0 when nobody tells."""
    told = number(form.get("duration"))
    if told is not None and told > 0:
        return told
    lengths = [(number(s.get("start_time")) or 0.0, number(s.get("duration"))) for s in chosen]
    return max((start + length - start_s for start, length in lengths if length), default=0.0)


def _video(stream: Fields, start_s: float) -> VideoStream:
    coded_width, coded_height = int(stream.get("width") or 0), int(stream.get("height") or 0)
    rotation = _rotation(stream)
    width, height = _square_pixels(coded_width, coded_height, str(stream.get("sample_aspect_ratio", "1:1")))
    if rotation in (90, 270):
        width, height = height, width
    interlaced = stream.get("field_order") in _INTERLACED
    fps, variable = _frame_rate(stream, interlaced)
    pix_fmt = str(stream.get("pix_fmt", ""))
    frames = number(stream.get("nb_frames"))
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        profile=str(stream.get("profile", "")),
        level=int(number(stream.get("level")) or 0),
        pix_fmt=pix_fmt,
        bit_depth=_bit_depth(stream, pix_fmt),
        coded_width=coded_width,
        coded_height=coded_height,
        width=width,
        height=height,
        rotation=rotation,
        fps_num=fps.numerator,
        fps_den=fps.denominator,
        variable_rate=variable,
        interlaced=interlaced,
        hdr=_HDR_TRANSFERS.get(str(stream.get("color_transfer"))),
        bit_rate=_whole(stream.get("bit_rate")),
        start_s=_start(stream, start_s),
        duration_s=_stream_duration(stream),
        frames=int(frames) if frames else None,
    )


def _audio(stream: Fields, start_s: float) -> AudioStream:
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        channels=int(stream.get("channels") or 2),
        sample_rate=_whole(stream.get("sample_rate")) or 0,
        profile=str(stream.get("profile", "")),
        bit_rate=_whole(stream.get("bit_rate")),
        start_s=_start(stream, start_s),
        duration_s=_stream_duration(stream),
        language=_tag(stream, "language"),
        title=_tag(stream, "title"),
    )


def _text(stream: Fields) -> TextStream:
    return TextStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        language=_tag(stream, "language"),
        title=_tag(stream, "title"),
    )


def _tag(stream: Fields, name: str) -> str | None:
    value = (stream.get("tags") or {}).get(name)
    return str(value)[:_LONGEST_TAG] if value else None


def _stream_duration(stream: Fields) -> float | None:
    """Matroska keeps it in a tag, as hours:minutes:seconds."""
    if (told := number(stream.get("duration"))) is not None:
        return told
    parts = [number(part) for part in str((stream.get("tags") or {}).get("DURATION", "")).split(":")]
    if len(parts) != 3 or None in parts:
        return None
    return sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=True) if part is not None)


def _start(stream: Fields, default_s: float) -> float:
    start = number(stream.get("start_time"))
    return default_s if start is None else start


def _whole(value: object) -> int | None:
    parsed = number(value)
    return int(parsed) if parsed is not None else None


def _bit_depth(stream: Fields, pix_fmt: str) -> int:
    told = _whole(stream.get("bits_per_raw_sample"))
    if told:
        return told
    return next((depth for depth in (16, 14, 12, 10, 9) if f"p{depth}" in pix_fmt), 8)


def _rotation(stream: Fields) -> int:
    """Clockwise quarter turns. ffprobe's number is how far the picture must turn counter-clockwise."""
    for side_data in stream.get("side_data_list") or ():
        if isinstance(side_data, dict) and (turn := number(side_data.get("rotation"))) is not None:
            return round(-turn / 90) * 90 % 360
    return 0


def _square_pixels(width: int, height: int, aspect: str) -> tuple[int, int]:
    """Displayed size: anamorphic pictures keep their height and change their width."""
    left, _, right = aspect.partition(":")
    if left.isdigit() and right.isdigit() and int(left) and int(right) and left != right:
        ratio = Fraction(int(left), int(right))
        if Fraction(1, 8) < ratio < 8:
            return max(round(width * ratio), 1), height
    return width, height


def _fraction(value: object) -> Fraction | None:
    try:
        parsed = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return parsed if 0 < parsed < 100_000 else None


def _frame_rate(stream: Fields, interlaced: bool) -> tuple[Fraction, bool]:
    """Nominal rate, and whether the frames come irregularly.

    `r_frame_rate` is the finest regular grid that fits all timestamps, `avg_frame_rate` what really comes. Where they agree
    the rate is constant. Otherwise the grid is the nominal rate if it is a sane one, else the next standard rate above the
    average: frames then land on the nearest tick, at most half a tick off.
    """
    grid, average = _fraction(stream.get("r_frame_rate")), _fraction(stream.get("avg_frame_rate"))
    if grid is None or average is None:
        return grid or average or Fraction(25), False
    if interlaced and abs(grid / average - 2) < Fraction(1, 20):
        grid = average  # the grid counts fields
    if abs(grid / average - 1) < Fraction(1, 100):
        return grid.limit_denominator(1001), False
    if grid <= 60 or average > grid:
        return grid.limit_denominator(1001), True  # AVI may count padding as frames, then the average is nonsense
    if average > 60:
        return average.limit_denominator(1001), True
    floor = max(average * Fraction(98, 100), Fraction(30) if average > 5 else Fraction(24))
    return next(rate for rate in _STANDARD_RATES if rate >= floor), True
