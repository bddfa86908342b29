"""From an uploaded file to a plan, in one call: inspect, remux where needed, find key frames, plan."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.media import MediaInfo, Plan, Profile
from transcoding import remux
from transcoding.keyframes import read_keyframes
from transcoding.plan import make_plan
from transcoding.probe import Limits, inspect, read_info
from transcoding.tools import Tools
from transcoding.watch import Watch


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the following steps need."""

    info: MediaInfo
    """The source as it was uploaded."""
    plan: Plan
    source: Path
    """The file to work on: the upload, or `<work_dir>/remuxed.mkv` where `plan.remux`."""


def prepare(
    tools: Tools,
    path: Path,
    limits: Limits,
    work_dir: Path,
    watch: Watch | None = None,
    *,
    copy: bool = True,
    profile: Profile = "fast",
    complete_size: int | None = None,
) -> Prepared:
    """Inspects `path` and plans its version (`make_plan`). Raises what `inspect` and `remux` raise.

    `complete_size`: only the head of a file of so many bytes is there (`inspect`).
    """
    watch = watch or Watch()
    info = inspect(tools, path, limits, watch, complete_size=complete_size)
    if not remux.is_needed(info):
        return Prepared(info, make_plan(info, read_keyframes(tools, path, info, watch), copy=copy, profile=profile), path)
    remuxed = remux.remux(tools, path, info, work_dir, watch)
    copied = _as_told(read_info(tools, remuxed, limits, watch), info)
    plan = make_plan(copied, read_keyframes(tools, remuxed, copied, watch), remuxed=True, profile=profile)
    return Prepared(info, plan, remuxed)


def _as_told(copied: MediaInfo, source: MediaInfo) -> MediaInfo:
    """The copy's clock counts milliseconds, which hides the frame rate; shape and languages are the source's to tell."""
    if copied.video is None or source.video is None:
        return copied
    keep = ("fps_num", "fps_den", "variable_rate", "interlaced", "width", "height", "rotation", "hdr")
    video = msgspec.structs.replace(copied.video, **{name: getattr(source.video, name) for name in keep})
    sounds = zip(copied.audio, remux.kept_sounds(source), strict=False)
    audio = tuple(msgspec.structs.replace(mine, language=its.language, title=its.title) for mine, its in sounds)
    return msgspec.structs.replace(copied, video=video, audio=audio)
