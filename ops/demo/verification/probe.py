"""What ffprobe and ffmpeg say about a file: facts of a source, facts of a stream, and a full decode that counts frames."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.demo.verification.hls import VerificationError

# Whatever takes an hour has hung.
_TIMEOUT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of ffmpeg and ffprobe."""

    ffmpeg: Path
    ffprobe: Path


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source file as ffprobe sees it, pixels counted as displayed."""

    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    codec: str | None = None
    frames: int | None = None
    fps: float | None = None
    has_audio: bool = False
    steady: bool = True
    """The frame rate does not vary; otherwise a stream may have other frames than its source."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The one stream of a track file."""

    codec: str
    profile: str
    level: int
    width: int
    height: int


def _probe(programs: Programs, path: Path, *arguments: str) -> dict[str, Any]:
    command = [str(programs.ffprobe), "-v", "error", "-of", "json", *arguments, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise VerificationError(f"ffprobe can't read {path.name}: {done.stderr.strip()[-300:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _ratio(text: str) -> float:
    numerator, _, denominator = text.partition("/")
    return float(numerator) / float(denominator or 1) if float(denominator or 1) else 0.0


def _displayed(stream: dict[str, Any]) -> tuple[int, int]:
    width, height = int(stream["width"]), int(stream["height"])
    aspect = _ratio(str(stream.get("sample_aspect_ratio", "1:1")).replace(":", "/")) or 1.0
    width = round(width * aspect)
    turns = [int(d["rotation"]) for d in stream.get("side_data_list", []) if "rotation" in d]
    return (height, width) if turns and turns[0] % 180 else (width, height)


def source_facts(programs: Programs, path: Path) -> SourceFacts:
    """Duration, size, codec and number of video packets of a file; all None where ffprobe can't read it."""
    try:
        answer = _probe(programs, path, "-show_streams", "-show_format", "-count_packets")
    except VerificationError:
        return SourceFacts()
    streams = answer.get("streams", [])
    video = next((s for s in streams if s["codec_type"] == "video" and not s["disposition"].get("attached_pic")), None)
    audio = next((s for s in streams if s["codec_type"] == "audio"), None)
    duration = answer.get("format", {}).get("duration")
    facts = SourceFacts(
        duration_s=float(duration) if duration is not None else None,
        codec=(video or audio or {}).get("codec_name"),
        has_audio=audio is not None,
    )
    if video is None:
        return facts
    width, height = _displayed(video)
    average, nominal = (_ratio(video.get(key, "0/1")) for key in ("avg_frame_rate", "r_frame_rate"))
    return SourceFacts(
        duration_s=facts.duration_s,
        width=width,
        height=height,
        codec=facts.codec,
        frames=int(video["nb_read_packets"]) if "nb_read_packets" in video else None,
        fps=average or None,
        has_audio=facts.has_audio,
        steady=bool(nominal) and abs(average - nominal) < nominal / 100,
    )


def stream_facts(programs: Programs, path: Path) -> StreamFacts:
    """Codec, profile, level and size of the first stream of `path`; raises VerificationError where there is none."""
    streams = _probe(programs, path, "-show_streams").get("streams", [])
    if len(streams) != 1:
        raise VerificationError(f"{path.name} has {len(streams)} streams instead of one")
    stream = streams[0]
    return StreamFacts(
        codec=str(stream["codec_name"]),
        profile=str(stream.get("profile", "")),
        level=int(stream.get("level", 0)),
        width=int(stream.get("width", 0)),
        height=int(stream.get("height", 0)),
    )


def decode(programs: Programs, path: Path, stream: str) -> int:
    """Decode the whole of `stream` ("v" or "a") of `path` and return how many frames came out.

    Any decoder complaint fails it: a segment that a player could not show must not pass. Raises VerificationError.
    """
    command = [str(programs.ffmpeg), "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(path)]
    command += ["-map", f"0:{stream}:0", "-fps_mode", "passthrough", "-progress", "pipe:1", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode != 0 or done.stderr.strip():
        raise VerificationError(f"{path.name} does not decode cleanly: {done.stderr.strip()[-300:]}")
    counted = [line.partition("=")[2] for line in done.stdout.splitlines() if line.startswith("frame=")]
    return int(counted[-1]) if counted else 0
