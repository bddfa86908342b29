"""Checks a published track by what lies in storage: fetched back, parsed, its ends decoded."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import AulaError, Transient
from core.media import Part, Plan
from transcoding.failure import failure_of
from transcoding.flags import QUIET
from transcoding.mp4 import BadBoxes, read_init
from transcoding.playlists import length_s
from transcoding.spawn import Limits, run
from transcoding.tools import Tools
from transcoding.verify import BadOutput, fragment_of
from transcoding.watch import Watch

_WALL_S = 120.0


def check_segments(plan: Plan, track: str, parts: Sequence[Part], folder: Path) -> None:
    """Raises Transient `check.failed` unless the files in `folder` are the whole track, each part following the one before.

    Sizes and durations are those recorded, EXTINF fits the target duration, all parts share one init segment, and the sum is
    the version's length within max(0.5 s, 1 %).
    """
    if len({part.init_sha256 for part in parts}) != 1:
        raise _failed(track, "its parts do not share one init segment")
    try:
        init = read_init((folder / parts[0].init_name).read_bytes())
        next_dts = None
        for segment in (segment for part in parts for segment in part.segments):
            path = folder / segment.name
            fragment = fragment_of(path, init)
            if path.stat().st_size != segment.size:
                raise BadOutput(f"{segment.name} has {path.stat().st_size} bytes instead of {segment.size}")
            lasts_s = fragment.duration / init.timescale
            if abs(lasts_s - segment.duration_s) > 1 / init.timescale:
                raise BadOutput(f"{segment.name} lasts {lasts_s} s instead of {segment.duration_s} s")
            if round(segment.duration_s) > plan.target_duration:
                raise BadOutput(f"{segment.name} lasts longer than the target duration")
            if next_dts is not None and abs(fragment.first_dts - next_dts) > 1:
                raise BadOutput(f"{segment.name} starts at {fragment.first_dts} instead of {next_dts}")
            next_dts = fragment.first_dts + fragment.duration
    except (BadOutput, BadBoxes, OSError) as error:
        raise _failed(track, str(error)) from error
    if abs(length_s(parts) - plan.duration_s) > max(0.5, plan.duration_s / 100):
        raise _failed(track, f"it lasts {length_s(parts):.3f} s instead of {plan.duration_s:.3f} s")


def check_decodes(tools: Tools, track: str, parts: Sequence[Part], folder: Path, watch: Watch | None = None) -> None:
    """Decodes the first and the last segment of a track. Raises Transient `check.failed` on the decoder's first complaint."""
    names = [segment.name for part in parts for segment in part.segments]
    for name in dict.fromkeys((names[0], names[-1])):
        joined = folder / f"check-{name}.mp4"
        with joined.open("wb") as file:
            for piece in (parts[0].init_name, name):
                file.write((folder / piece).read_bytes())
        argv = [str(tools.ffmpeg), *QUIET, "-xerror", "-err_detect", "explode", "-i", f"file:{joined}", "-f", "null", "-"]
        finished = run(tools, argv, Limits(wall_s=_WALL_S), reads=(joined,), watch=watch)
        joined.unlink()
        if (error := failure_of(finished)) is not None:
            raise _failed(track, f"{name} does not decode", error)


def _failed(track: str, why: str, cause: AulaError | None = None) -> Transient:
    detail = dict(cause.detail) if cause else {}
    return Transient("check.failed", f"What was published of '{track}' is not whole: {why}.", **detail)
