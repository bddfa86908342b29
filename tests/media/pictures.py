"""Kinds whose pictures are strange: sizes, shapes, depths, colours, codecs."""

from pathlib import Path

from tests.media.surgery import giant_picture
from tests.media.workshop import H264, PICTURE, Kind, Maker, Workshop, clip, edited, encoded, recipe

_BARE = (*H264[:4], "-threads", "1")


def _x264(pix_fmt: str, *options: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", pix_fmt, "-threads", "1", *options)


def _x265(pix_fmt: str, *options: str) -> tuple[str, ...]:
    params = "log-level=none:pools=1:frame-threads=1"
    return ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", pix_fmt, "-x265-params", params, *options)


def _picture(suffix: str, *options: str, **values: object) -> Maker:
    return encoded(suffix, *options, **values)  # type: ignore[arg-type]


def _sized(size: str, *options: str) -> Maker:
    return encoded("mp4", *(options or H264), video=f"testsrc2=s={size}:r=25")


def _giant(shop: Workshop, path: Path) -> None:
    """The parameter set of a tiny stream claims 16000 x 16000."""
    raw = path.with_suffix(".h264")
    base = encoded("h264", *H264, "-profile:v", "baseline", "-frames:v", "5", video="testsrc2=s=64x64:r=25")
    edited(base, giant_picture(16_000, 16_000))(shop, raw)
    shop.ffmpeg("-framerate", "25", "-i", raw, "-c", "copy", "-f", "mp4", path)
    raw.unlink()


def _grows(*sizes: str) -> Maker:
    """The picture changes its size with no new header in the container."""

    def make(shop: Workshop, path: Path) -> None:
        pieces = [shop.made("h264", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", *H264) for size in sizes]
        both = path.with_suffix(".h264")
        both.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
        shop.ffmpeg("-framerate", "25", "-i", both, "-c", "copy", "-f", "mp4", path)
        both.unlink()

    return make


def _changes_codec(shop: Workshop, path: Path) -> None:
    """A transport stream that begins as MPEG-2 and goes on as H.264."""
    first = shop.clip("ts", audio=None, options=("-c:v", "mpeg2video"))
    second = shop.clip("ts", audio=None, options=H264)
    path.write_bytes(first.read_bytes() + second.read_bytes())


def _colour(transfer: str) -> tuple[str, ...]:
    return ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")


def _turned(degrees: int) -> Maker:
    return recipe("mp4", "-display_rotation", str(degrees), "-i", "{clip}", "-c", "copy")


_P = "picture"
KINDS = (
    Kind("16000 x 16000 pixels", _giant, "media.too_many_pixels", short=True),
    Kind("as large as is let in", encoded("mp4", *H264, video="color=s=8192x4320:r=5", seconds=0.6), tracks=_P, lasts_s=0.6),
    Kind("picture that grows in the middle", _grows("160x90", "320x180"), tracks=_P, short=True),
    Kind("picture that shrinks in the middle", _grows("320x180", "160x90"), tracks=_P),
    Kind("picture that becomes giant in the middle", _grows("64x64", "8704x4608"), tracks=_P),
    Kind("codec that changes in the middle", _changes_codec, "media.undecodable"),
    Kind("odd width and height", _sized("161x91", *_x264("yuv444p")), tracks=_P, short=True),
    Kind("2 x 2 pixels", _sized("2x2"), tracks=_P, short=True),
    Kind("1 x 1 pixel", encoded("mkv", "-c:v", "ffv1", video="color=s=1x1:r=25"), "media.undecodable"),
    Kind("a line across: 1920 x 8", _sized("1920x8"), tracks=_P),
    Kind("a line down: 8 x 1080", _sized("8x1080"), tracks=_P),
    Kind("anamorphic PAL", encoded("mp4", *H264, "-vf", "setsar=64/45", video="testsrc2=s=720x576:r=25"), tracks=_P),
    Kind("absurd pixel shape", encoded("mp4", *H264, "-vf", "setsar=255/1", video=PICTURE), tracks=_P),
    Kind("turned by 90 degrees", _turned(90), short=True),
    Kind("turned by 180 degrees", _turned(180)),
    Kind("turned by 270 degrees", _turned(270)),
    Kind("turned by 45 degrees", _turned(45)),
    Kind("H.264 with 10 bits", _picture("mp4", *_x264("yuv420p10le")), tracks=_P, short=True),
    Kind("H.264 with 4:2:2", _picture("mp4", *_x264("yuv422p")), tracks=_P),
    Kind("H.264 with 4:4:4 and RGB", _picture("mp4", "-c:v", "libx264rgb", "-preset", "ultrafast", "-threads", "1"), tracks=_P),
    Kind(
        "H.264 interlaced",
        _picture("mp4", *_x264("yuv420p", "-flags", "+ildct+ilme", "-x264-params", "tff=1"), video="testsrc2=s=160x96:r=25"),
        tracks=_P,
    ),
    Kind("H.264 grey", _picture("mp4", *_x264("gray")), tracks=_P),
    Kind("HEVC", _picture("mp4", *_x265("yuv420p"), "-tag:v", "hvc1"), tracks=_P),
    Kind("HEVC with HDR (PQ)", _picture("mp4", *_x265("yuv420p10le", *_colour("smpte2084"))), tracks=_P, short=True),
    Kind("HEVC with HDR (HLG)", _picture("mp4", *_x265("yuv420p10le", *_colour("arib-std-b67"))), tracks=_P),
    Kind("VP8 in WebM", clip("webm", options=("-c:v", "libvpx", "-c:a", "libopus")), short=True),
    Kind("VP9 in WebM", clip("webm", options=("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"))),
    Kind("VP9 in MP4", _picture("mp4", "-c:v", "libvpx-vp9", "-cpu-used", "8"), tracks=_P),
    Kind("ProRes in MOV", _picture("mov", "-c:v", "prores_ks"), tracks=_P),
    Kind(
        "DNxHD in MOV", _picture("mov", "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", video="testsrc2=s=256x144:r=25"), tracks=_P
    ),
    Kind("Motion JPEG in AVI", clip("avi", options=("-c:v", "mjpeg", "-c:a", "pcm_s16le"))),
    Kind("MPEG-4 with packed B-frames in AVI", clip("avi", options=("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"))),
    Kind("MPEG-1 in MPEG-PS", clip("mpg", options=())),
    Kind("MPEG-2 in VOB", clip("vob", options=("-c:v", "mpeg2video", "-c:a", "ac3"), video="testsrc2=s=720x576:r=25")),
    Kind("MPEG-2 interlaced in MPEG-TS", clip("ts", options=("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-c:a", "mp2"))),
    Kind("Windows Media", clip("wmv", options=("-c:v", "wmv2", "-c:a", "wmav2"))),
    Kind("Flash video with Sorenson H.263", clip("flv", options=("-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100"))),
    Kind("H.263 in 3GP", clip("3gp", options=("-c:v", "h263", "-c:a", "aac"), video="testsrc2=s=176x144:r=25")),
    Kind(
        "DV in AVI",
        clip("avi", options=("-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"), video="testsrc2=s=720x576:r=25"),
    ),
    Kind("lossless FFV1 in Matroska", clip("mkv", options=("-c:v", "ffv1", "-c:a", "flac"))),
    Kind("raw pictures in AVI", clip("avi", options=("-c:v", "rawvideo", "-c:a", "pcm_s16le"))),
    Kind("Snow in AVI", _picture("avi", "-c:v", "snow", "-strict", "-2"), "media.unsupported_codec"),
    Kind("QuickTime Animation in MOV", _picture("mov", "-c:v", "qtrle"), "media.unsupported_codec", short=True),
)
