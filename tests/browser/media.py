"""Clips for the browser: small, with sound, cheap to encode."""

import subprocess
from pathlib import Path

from transcoding.tools import Tools


def make_clip(tools: Tools, path: Path, seconds: int, *, copied: bool = False) -> Path:
    """A test picture with a tone, H.264 and AAC in MP4, a key frame every two seconds.

    `copied`: it takes the fast lane; otherwise its colours keep it from that, and its playlists grow as it is encoded.
    """
    video = f"testsrc2=size=640x360:rate=25:duration={seconds}"
    audio = f"sine=frequency=330:sample_rate=48000:duration={seconds}"
    command = [str(tools.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", audio]
    command += [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "50",
        "-pix_fmt",
        "yuv420p" if copied else "yuv422p",
        "-c:a",
        "aac",
        str(path),
    ]
    subprocess.run(command, check=True)
    return path


def make_sound(tools: Tools, path: Path, seconds: int) -> Path:
    """A tone."""
    tone = f"sine=frequency=330:sample_rate=48000:duration={seconds}"
    subprocess.run([str(tools.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", tone, "-c:a", "aac", str(path)], check=True)
    return path


def padded(clip: Path, path: Path, size: int) -> Path:
    """`clip` with a `free` box at its end that makes it `size` bytes long: as valid as before, and long to upload."""
    data = clip.read_bytes()
    box = size - len(data)
    path.write_bytes(data + box.to_bytes(4, "big") + b"free" + bytes(box - 8))
    return path
