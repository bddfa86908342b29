"""Which sources are let in: the limits of the platform and the codecs that ffmpeg decodes well."""

from core.errors import BadMedia
from core.media import MediaInfo

VIDEO_CODECS = frozenset(
    [
        "h264",
        "hevc",
        "av1",
        "vp8",
        "vp9",
        "mpeg4",
        "mpeg1video",
        "mpeg2video",
        "mjpeg",
        "prores",
        "dnxhd",
        "vc1",
        "wmv1",
        "wmv2",
        "wmv3",
        "msmpeg4v2",
        "msmpeg4v3",
        "theora",
        "flv1",
        "vp6",
        "vp6f",
        "h263",
        "svq3",
        "dvvideo",
        "ffv1",
        "huffyuv",
        "utvideo",
        "cinepak",
        "rawvideo",
    ]
)
AUDIO_CODECS = frozenset(
    [
        "aac",
        "mp3",
        "mp2",
        "mp1",
        "ac3",
        "eac3",
        "dts",
        "opus",
        "vorbis",
        "flac",
        "alac",
        "wmav1",
        "wmav2",
        "wmapro",
        "amrnb",
        "amr_nb",
        "amrwb",
        "amr_wb",
        "speex",
        "truehd",
        "nellymoser",
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_ima_qt",
        "adpcm_swf",
    ]
)

# A few frames hours apart would be filled up to millions. Real media, even a still slide in silence, stays far above this rate.
_LONG_S = 600.0
_FEWEST_BITS = 500


def check(info: MediaInfo, min_duration_s: float, max_duration_s: float, max_pixels: int, max_fps: float) -> None:
    """Raises BadMedia with the first reason to refuse the source."""
    if info.video is None and not info.audio:
        raise BadMedia("media.no_streams", "The file has neither video nor audio.")
    for codec in _unknown_codecs(info):
        raise unsupported_codec(codec)
    if info.duration_s < min_duration_s:
        raise BadMedia("media.too_short", f"The video is shorter than {min_duration_s:g} seconds.")
    if info.duration_s > max_duration_s:
        raise BadMedia("media.too_long", f"The video is longer than {_hours(max_duration_s)}.")
    if info.duration_s > _LONG_S and info.size * 8 < _FEWEST_BITS * info.duration_s:
        raise BadMedia("media.timestamp_gaps", "The file claims hours but holds almost nothing; it may be damaged.")
    if info.video is None:
        return
    if info.video.coded_width * info.video.coded_height > max_pixels:
        raise too_many_pixels(max_pixels)
    if min(info.video.width, info.video.height) < 2:
        raise BadMedia("media.undecodable", "The video has no picture size; the file may be damaged.")
    if info.video.fps > max_fps:
        raise BadMedia("media.frame_rate_too_high", f"The video has more than {max_fps:g} frames a second.")


def unsupported_codec(codec: str) -> BadMedia:
    """The error for a codec that is not decoded here."""
    return BadMedia("media.unsupported_codec", f"The codec '{codec}' is not supported; H.264 works best.")


def too_many_pixels(max_pixels: int) -> BadMedia:
    """The error for a picture that is too large to be decoded safely."""
    return BadMedia("media.too_many_pixels", f"The picture is larger than {max_pixels / 1e6:.1f} million pixels.")


def _unknown_codecs(info: MediaInfo) -> list[str]:
    unknown = [info.video.codec] if info.video and info.video.codec not in VIDEO_CODECS else []
    return unknown + [s.codec for s in info.audio[:1] if s.codec not in AUDIO_CODECS and not s.codec.startswith("pcm_")]


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} hours" if seconds >= 3600 else f"{seconds:g} seconds"
