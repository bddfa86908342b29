"""Media values that several layers speak: what a source is, what will be made of it, what has been made.

Times are seconds as floats unless a name says otherwise; sizes are bytes; rates are bits per second.
"""

from fractions import Fraction
from typing import Literal

import msgspec

Profile = Literal["fast", "small"]
"""`fast`: ready soon. `small`: fewest bytes, made later at low priority."""


TrackKind = Literal["video", "audio", "text"]


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
    profile: str = ""
    bit_rate: int | None = None
    start_s: float = 0.0
    duration_s: float | None = None
    """Length of this stream where the container tells it."""
    language: str | None = None
    """As the container tells it, ISO 639-2 as a rule (`eng`)."""
    title: str | None = None


class TextStream(msgspec.Struct, frozen=True, kw_only=True):
    """One subtitle stream of a source."""

    index: int
    codec: str
    language: str | None = None
    title: str | None = None


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a source file is."""

    container: str
    duration_s: float
    start_s: float
    """`format.start_time`: the presentation time of the earliest packet; cuts are relative to it."""
    size: int
    video: VideoStream | None = None
    audio: tuple[AudioStream, ...] = ()
    text: tuple[TextStream, ...] = ()


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
    codec: Literal["h264", "av1"] = "h264"
    copied: bool = False
    """The source's own packets, segmented without encoding."""

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


class AudioPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One audio rendition: AAC-LC. `name` is its track's; the normalised one joins as `normalised_name`."""

    stream_index: int
    channels: Literal[1, 2]
    bit_rate: int
    sample_rate: int = 48_000
    name: str = "audio"
    language: str | None = None
    """BCP 47, where the source tells it."""
    label: str = "Original"
    copied: bool = False
    """The source's own packets, until the normalised track is there."""

    @property
    def normalised_name(self) -> str:
        return f"{self.name}-r128"


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
    sounds: tuple[AudioPlan, ...] = ()
    """Audio renditions; the first is the one that plays unless the viewer chooses."""
    profile: Profile = "fast"
    deinterlace: bool = False
    tone_map: Literal["pq", "hlg"] | None = None
    variable_rate: bool = False
    source_start_s: float = 0.0
    """Start of the presentation (the first frame, or the first sound) in seconds from the start of the container."""
    clock_s: float = 0.0
    """The same on the container's own clock, which need not begin at 0."""
    remux: bool = False
    """The container does not seek exactly (AVI, FLV, ASF, MPEG-TS): work on a remuxed copy."""

    @property
    def audio(self) -> AudioPlan | None:
        return self.sounds[0] if self.sounds else None

    @property
    def copied_rung(self) -> Rung | None:
        return next((rung for rung in self.rungs if rung.copied), None)

    @property
    def h264(self) -> tuple[Rung, ...]:
        """The rungs that everybody can play; the asset is ready when they are."""
        return tuple(rung for rung in self.rungs if rung.codec == "h264")

    def rungs_named(self, names: tuple[str, ...]) -> tuple[Rung, ...]:
        """Those of the rungs that are (still) planned, largest first."""
        return tuple(rung for rung in self.rungs if rung.name in names)


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One media segment: its file name within the track's folder, exact duration and size."""

    name: str
    duration_s: float
    size: int
    key_frame: tuple[int, int] | None = None
    """Offset and length in bytes of what shows its first picture: the moof and the first sample. None where encrypted."""
    iv: str | None = None
    """Initialisation vector (32 hex digits) of a segment that is stored encrypted; `size` is then the encrypted one."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt made of one chunk (or one stretch of audio) for one track; verified before it counts.

    A text track has one part, without an init segment (its name is empty).
    """

    track: str
    chunk: int
    init_name: str
    init_sha256: str
    codecs: str
    segments: tuple[Segment, ...]
    frames: int
    timescale: int = 0
    """Ticks a second of the track."""
    damaged: bool = False
    """The decoder complained of the source on the way; what it could make out is here."""


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """What EBU R128 says of one sound, before and after. LUFS, LU and dBTP; None: silence."""

    integrated: float | None
    range: float
    true_peak: float
    gain_db: float = 0.0
    """What was applied; 0 where the source was loud enough as it is."""
    output_integrated: float | None = None
    """Measured on the normalised track."""
    settled: bool = True
    """Nothing more will be made of it. False: measured, and perhaps still to be normalised."""


class PictureFile(msgspec.Struct, frozen=True, kw_only=True):
    """One rendering of a picture."""

    key: str
    width: int
    height: int
    media_type: Literal["image/jpeg", "image/webp"]


class Stills(msgspec.Struct, frozen=True, kw_only=True):
    """Poster, storyboard and moving preview of a version, as storage keys."""

    poster: str
    storyboard: str
    """The first sheet; the WebVTT names them all."""
    storyboard_vtt: str
    preview: str | None = None
    """A short loop (animated WebP)."""
    posters: tuple[PictureFile, ...] = ()
    """The poster in several sizes and formats."""


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chapter begins."""

    start_s: float
    title: str


class AssetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner (later: a course) wants of the streams of an asset."""

    encrypted: bool = False
    """AES-128; HLS only."""
    download: bool = False
    """One MP4 beside the stream."""
    av1: Literal["default", "off", "on", "watched"] = "default"
    """AV1 rungs: as the instance says, never, always, or once it has been watched often enough."""
    loudness: bool = True
    """Normalise the sound to -16 LUFS."""
