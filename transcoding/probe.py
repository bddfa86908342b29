"""Asks ffprobe what a file is, refuses what can't or must not be transcoded, and says why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from core.errors import AulaError, BadMedia, OutOfResources
from core.media import MediaInfo
from core.settings import MediaSettings
from transcoding import admission, integrity, sniff, streams
from transcoding.abilities import decodes
from transcoding.failure import blame
from transcoding.flags import input_flags, input_url
from transcoding.spawn import Finished, run
from transcoding.spawn import Limits as ProcessLimits
from transcoding.tools import Tools
from transcoding.watch import Watch

_WALL_S = 30.0
_SCAN_BYTES = 96 * 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may be."""

    min_duration_s: float = 0.5
    max_duration_s: float = 12 * 3600.0
    max_pixels: int = 35_389_440
    max_fps: float = 120.0
    max_streams: int = 32

    @classmethod
    def of(cls, settings: MediaSettings) -> "Limits":
        """The limits of the settings."""
        return cls(
            min_duration_s=settings.media_min_duration_s,
            max_duration_s=settings.media_max_duration_s,
            max_pixels=settings.media_max_pixels,
            max_fps=settings.media_max_fps,
            max_streams=settings.media_max_streams,
        )


def inspect(
    tools: Tools, path: Path, limits: Limits, watch: Watch | None = None, *, complete_size: int | None = None
) -> MediaInfo:
    """What the file is. Reads its head, index and tail only, whatever its size, and never trusts its name.

    `complete_size`: `path` holds only the first of so many bytes, with the index among them; the tail is not looked for.

    Raises BadMedia (`media.*`, permanent: the same file would fail again), OutOfResources `media.resources`, Interrupted.
    """
    path = path.resolve()
    if path.stat().st_size == 0:
        raise BadMedia("media.empty", "The file is empty.")
    sniff.refuse_text(path)
    sniff.refuse_pictures(path)
    if complete_size is None:
        integrity.refuse_cut_short(path)
    info = read_info(tools, path, limits, watch)
    if complete_size is not None:
        info = msgspec.structs.replace(info, size=complete_size)
    admission.check(info, limits.min_duration_s, limits.max_duration_s, limits.max_pixels, limits.max_fps)
    if info.video is not None and not decodes(tools, info.video.codec):
        raise admission.unsupported_codec(info.video.codec)
    if complete_size is None:
        integrity.refuse_missing_tail(info, lambda start_s: _last_packet(tools, path, info, watch, start_s))
    return info


def read_info(tools: Tools, path: Path, limits: Limits, watch: Watch | None = None) -> MediaInfo:
    """What ffprobe says the file is, not yet judged."""
    answer = _ask(tools, path, limits, watch)
    info = streams.media_info(answer, path.stat().st_size)
    if info.duration_s <= 0 and (info.video or info.audio):
        info = _with_duration(tools, path, info, watch)
    return info


def _ask(tools: Tools, path: Path, limits: Limits, watch: Watch | None) -> dict[str, Any]:
    finished = probe(tools, path, ["-show_format", "-show_streams", "-of", "json"], watch, limits=limits)
    if finished.cut:
        raise BadMedia("media.too_many_streams", "The file has too many streams or too much metadata.")
    if "exceeds specified max pixel count" in finished.stderr:
        raise admission.too_many_pixels(limits.max_pixels)
    if finished.returncode != 0:
        raise _refusal(finished, path)
    answer: dict[str, Any] = msgspec.json.decode(finished.stdout)
    if "max_streams" in finished.stderr or len(answer.get("streams", ())) > limits.max_streams:
        raise BadMedia("media.too_many_streams", f"The file has more than {limits.max_streams} streams.")
    return answer


def probe(
    tools: Tools, path: Path, questions: list[str], watch: Watch | None, *, limits: Limits | None = None, output: int = 2**20
) -> Finished:
    """One run of ffprobe with the input flags of every source; `output` limits its answer in bytes."""
    limits = limits or Limits()
    argv = [str(tools.ffprobe), "-hide_banner", "-loglevel", "error"]
    for name, value in input_flags(limits.max_pixels, limits.max_streams).items():
        argv += [f"-{name}", str(value)]
    argv += [*questions, "-i", input_url(path)]
    return run(tools, argv, ProcessLimits(wall_s=_WALL_S, output=output, nice=0), reads=(path,), watch=watch)


def _refusal(finished: Finished, path: Path) -> AulaError:
    text = finished.stderr
    if "max_streams" in text:
        # Asked first: to ffmpeg that is a lack of memory.
        return BadMedia("media.too_many_streams", "The file has too many streams.")
    error = blame(finished)
    if isinstance(error, OutOfResources):
        return error
    if "not on whitelist" in text and sniff.is_other_video(path):
        return BadMedia("media.unsupported_container", "This kind of video file is not supported; MP4 works best.")
    return BadMedia("media.not_a_video", "The file is not a video.", stderr=text[-2000:])


def _with_duration(tools: Tools, path: Path, info: MediaInfo, watch: Watch | None) -> MediaInfo:
    """Recordings made by browsers carry no duration: the last packet tells."""
    end_s = _last_packet(tools, path, info, watch, None)
    if end_s is None:
        raise integrity.cut_short()
    return msgspec.structs.replace(info, duration_s=end_s)


def _last_packet(tools: Tools, path: Path, info: MediaInfo, watch: Watch | None, start_s: float | None) -> float | None:
    """End of the last packet in seconds from the start of the presentation, looking from `start_s` on; None: there is none."""
    # AVI has no presentation times: decode times will do here.
    questions = ["-show_entries", "packet=codec_type,pts_time,dts_time,duration_time", "-of", "csv=p=0"]
    if start_s is not None:
        questions += ["-read_intervals", f"{start_s + info.start_s:.3f}%"]
    finished = probe(tools, path, questions, watch, output=_SCAN_BYTES)
    ends = [0.0]
    for line in finished.stdout.decode("ascii", "replace").splitlines():
        kind, *fields = f"{line},,,".split(",")
        pts, dts, duration, *_ = map(streams.number, fields)
        if kind in ("video", "audio") and (time := dts if pts is None else pts) is not None:
            ends.append(time + (duration or 0.0) - info.start_s)
    return max(ends) if len(ends) > 1 else None
