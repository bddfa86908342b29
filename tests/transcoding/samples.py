"""Sources and parts made up for tests that need no ffmpeg."""

from typing import Any

from core.media import AudioStream, MediaInfo, Part, Segment, VideoStream


def sample_info(
    width: int,
    height: int,
    *,
    duration_s: float = 60.0,
    start_s: float = 0.0,
    video_start_s: float = 0.0,
    video_duration_s: float | None = None,
    sound: bool = True,
    **video: Any,
) -> MediaInfo:
    """An H.264 source at 25 fps with stereo sound; `video` overrides fields of its video stream."""
    fields: dict[str, Any] = {
        "index": 0,
        "codec": "h264",
        "profile": "High",
        "level": 40,
        "pix_fmt": "yuv420p",
        "bit_depth": 8,
        "coded_width": width,
        "coded_height": height,
        "width": width,
        "height": height,
        "rotation": 0,
        "fps_num": 25,
        "fps_den": 1,
        "variable_rate": False,
        "interlaced": False,
        "hdr": None,
        "start_s": video_start_s,
        "duration_s": video_duration_s,
    }
    audio = AudioStream(index=1, codec="aac", channels=2, sample_rate=48_000)
    return MediaInfo(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        duration_s=duration_s,
        start_s=start_s,
        size=1_000_000,
        video=VideoStream(**{**fields, **video}),
        audio=(audio,) if sound else (),
    )


def sample_part(track: str, chunk: int, durations: list[float], size: int = 100_000) -> Part:
    """A part whose segments have those durations."""
    return Part(
        track=track,
        chunk=chunk,
        init_name=f"init-{track}.mp4",
        init_sha256=track,
        codecs="mp4a.40.2" if track == "audio" else "avc1.64001f",
        segments=tuple(Segment(name=f"c{chunk}_{n}.m4s", duration_s=length, size=size) for n, length in enumerate(durations)),
        frames=round(sum(durations) * 25),
    )
