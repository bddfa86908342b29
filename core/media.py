"""Media values that several layers speak: what a source is, what will be made of it, what has been made.

Times are seconds as floats unless a name says otherwise; sizes are bytes; rates are bits per second.
"""

from fractions import Fraction
from typing import Literal

import msgspec


class VideoStream(msgspec.Struct, frozen=True, kw_only=True):
    """The first video stream of a source, as ffprobe sees it."""

    index: int
    codec: str
    profile: str
    level: int
    pix_fmt: str
    bit_depth: int
    coded_width: int
    coded_height: int
    width: int
    """Width as displayed: after rotation and with square pixels."""
    height: int
    rotation: int
    """Clockwise quarter turns in degrees: 0, 90, 180 or 270."""
    fps_num: int
    """Nominal frame rate as a fraction (30000/1001)."""
    fps_den: int
    variable_rate: bool
    interlaced: bool
    hdr: Literal["pq", "hlg"] | None
    """Transfer function of a high dynamic range source."""
    bit_rate: int | None = None
    start_s: float = 0.0
    duration_s: float | None = None
    """Length of this stream where the container tells it."""
    frames: int | None = None
    """Number of frames where the container tells it."""

    @property
    def fps(self) -> Fraction:
        return Fraction(self.fps_num, self.fps_den)


class AudioStream(msgspec.Struct, frozen=True, kw_only=True):
    """One audio stream of a source."""

    index: int
    codec: str
    channels: int
    sample_rate: int
    bit_rate: int | None = None
    start_s: float = 0.0
    language: str | None = None


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a source file is."""

    container: str
    duration_s: float
    start_s: float
    """`format.start_time`: the presentation time of the earliest packet; cuts are relative to it."""
    size: int
    video: VideoStream | None = None
    audio: tuple[AudioStream, ...] = ()


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the ladder: a video rendition."""

    name: str
    width: int
    height: int
    fps_num: int
    fps_den: int
    crf: float
    max_rate: int
    level: str
    codec: Literal["h264"] = "h264"


class AudioPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The audio rendition: AAC-LC."""

    stream_index: int
    channels: Literal[1, 2]
    bit_rate: int
    sample_rate: int = 48_000


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of the timeline that one job encodes. `start_s` counts from the start of the presentation."""

    index: int
    start_s: float
    duration_s: float
    cuts: tuple[float, ...] = ()
    """Segment boundaries inside the chunk, in seconds from the chunk's start, without 0 and the end."""
    frames: int = 0
    """Exact number of frames of every rung: the version's grid is regular, whatever the source's is. 0 without video."""
    seek_s: float = 0.0
    """Key frame of the source to decode from, at or before `start_s`, on the same clock."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be made of a source: data only, computed once by inspect_source and kept with the version."""

    duration_s: float
    target_duration: int
    """EXT-X-TARGETDURATION, fixed at the first write (RFC 8216)."""
    rungs: tuple[Rung, ...]
    chunks: tuple[Chunk, ...]
    audio: AudioPlan | None = None
    deinterlace: bool = False
    tone_map: Literal["pq", "hlg"] | None = None
    variable_rate: bool = False
    source_start_s: float = 0.0
    """Start of the presentation (the first frame, or the first sound) in seconds from the start of the container."""
    remux: bool = False
    """The container does not seek exactly (AVI, FLV, ASF, MPEG-TS): work on a remuxed copy."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One media segment: its file name within the track's folder, exact duration and size."""

    name: str
    duration_s: float
    size: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt made of one chunk (or one stretch of audio) for one track; verified before it counts."""

    track: str
    chunk: int
    init_name: str
    init_sha256: str
    codecs: str
    segments: tuple[Segment, ...]
    frames: int


class Stills(msgspec.Struct, frozen=True, kw_only=True):
    """Poster and storyboard of a version, as storage keys."""

    poster: str
    storyboard: str
    storyboard_vtt: str
