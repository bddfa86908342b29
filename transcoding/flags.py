"""Input flags that every ffmpeg and ffprobe of ours shares: an upload is hostile until it has been shown harmless."""

from pathlib import Path

# Without these a "video.mp4" that is really a playlist reads other local files and any URL. The whitelist also holds for every
# demuxer that a demuxer opens.
PROTOCOLS = "file,pipe"
FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,mp3,wav,flac,ogg,aac"
MAX_PIXELS = 35_389_440
MAX_STREAMS = 32


def input_url(path: Path) -> str:
    """The explicit protocol keeps a name with a colon from being read as another one."""
    return f"file:{path}"


def input_flags(max_pixels: int, max_streams: int) -> dict[str, str | int]:
    """Options before `-i`, by name. `max_pixels` holds for every frame, also when a stream changes size half-way."""
    return {
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": FORMATS,
        "max_pixels": max_pixels,
        "max_streams": max_streams,
    }


# In front of everything: never read the terminal, say little, report progress on standard output.
QUIET = ("-nostdin", "-hide_banner", "-loglevel", "warning", "-y")
# The same where a filter's own report is wanted.
TALKATIVE = ("-nostdin", "-hide_banner", "-loglevel", "info", "-y")
PROGRESS = ("-nostats", "-progress", "pipe:1", "-stats_period", "0.5")
