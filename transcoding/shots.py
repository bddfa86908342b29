"""Small pictures of a video at given times: key frames alone, from one pass or by seeking, as raw RGB out of the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
from PIL import Image

from core.media import MediaInfo, Plan
from transcoding.commands import to_sdr
from transcoding.encode_chunk import limits_for
from transcoding.failure import blame
from transcoding.flags import QUIET, input_flags, input_url
from transcoding.keyframes import read_keyframes
from transcoding.spawn import Finished, Limits, run
from transcoding.tools import Tools
from transcoding.watch import Watch

POSTER_BOX = 1280
TILE_BOX = 160
LOOP_BOX = 320
LOOP_FPS = 5

_BATCH = 10
_WALL_S = 120.0
# Opening the file once more costs as much as decoding this many key frames: sources with denser ones are read by seeking.
_DENSE = 8
# Times are rounded to the microsecond: what begins at a tile's time is its picture.
_EARLY_S = 0.01
_EXACT_S = 0.002

Picture = Image.Image


@dataclass(frozen=True, slots=True)
class Video:
    """A source that is looked at: `info` and `plan` are of the file at `source`, which is absolute, like `out_dir`."""

    tools: Tools
    source: Path
    info: MediaInfo
    plan: Plan
    out_dir: Path
    watch: Watch

    def fit(self, box: int) -> tuple[int, int]:
        """The version's shape within a square, even sides, never larger than its largest rung."""
        top = max(self.plan.rungs, key=lambda rung: rung.width * rung.height)
        scale = min(box / max(top.width, top.height), 1.0)
        return max(2 * round(top.width * scale / 2), 2), max(2 * round(top.height * scale / 2), 2)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown from one key frame on: the picture itself, large, and the start of a loop of small ones."""

    poster: Picture
    loop: list[Picture]


def tiles(video: Video, interval_ms: int, count: int) -> list[Picture]:
    """`count` tiles, one per interval from 0 on: the key frame at its time or before; where none can be decoded, a neighbour.

    Raises BadMedia `media.undecodable` when not one frame can be shown, OutOfResources, Interrupted.
    """
    keys = read_keyframes(video.tools, video.source, video.info, video.watch)
    seen_s = max(min(keys.until_s, video.plan.duration_s), 1.0)
    expected = len(keys.times) * video.plan.duration_s / seen_s
    if expected <= _DENSE * count:
        finished, shots = _sweep(video, interval_ms, count)
        if shots:
            return shots + [shots[-1]] * (count - len(shots))
        raise blame(finished, video.out_dir)
    return _by_seeking(video, [index * interval_ms / 1000 for index in range(count)])


def _sweep(video: Video, interval_ms: int, count: int) -> tuple[Finished, list[Picture]]:
    """All key frames in one pass, put onto the grid of the tiles."""
    finished = _run(video, sweep_command(video, interval_ms, count))
    return finished, _taken(video, _name(0), video.fit(TILE_BOX))


def sweep_command(video: Video, interval_ms: int, count: int) -> list[str]:
    """One input of key frames alone; each stands until the next one comes, the last one to the end."""
    source = _input(video, skip_frame="nokey", discard="nokey", reinit_filter=0)
    frame = source.filter("setpts", f"PTS-{video.plan.source_start_s + _EARLY_S:.6f}/TB")
    frame = _shown(video, frame, video.fit(TILE_BOX))
    frame = frame.filter("fps", fps=f"1000/{interval_ms}", start_time=0, round="up")
    frame = frame.filter("tpad", stop=count, stop_mode="clone")
    return _command(video, [_raw(frame, _name(0), count)])


def _by_seeking(video: Video, times: list[float]) -> list[Picture]:
    size = video.fit(TILE_BOX)
    shots: list[Picture | None] = []
    for start in range(0, len(times), _BATCH):
        batch = times[start : start + _BATCH]
        outputs = []
        for index, time_s in enumerate(batch):
            frame = _input(video, at_s=time_s, skip_frame="nokey", noaccurate_seek=None)
            outputs.append(_raw(_shown(video, frame, size), _name(index), 1))
        finished = _run(video, _command(video, outputs), Limits(wall_s=_WALL_S))
        shots += [next(iter(_taken(video, _name(index), size)), None) for index in range(len(batch))]
        video.watch.on_progress(len(shots) / len(times))
        if not any(shots) and len(shots) == len(times):
            raise blame(finished, video.out_dir)
    return list(_filled(shots))


def _filled(shots: list[Picture | None]) -> Iterable[Picture]:
    last = next(shot for shot in shots if shot is not None)
    for shot in shots:
        last = shot or last
        yield last


def scenes(video: Video, times: list[float], loop_frames: int) -> list[Scene]:
    """What is shown at those times, from the key frame at each or before it; a time at which nothing decodes is left out.

    Raises like `tiles`.
    """
    large, small = video.fit(POSTER_BOX), video.fit(LOOP_BOX)
    outputs = []
    for index, time_s in enumerate(times):
        # Only the key frame, which is the poster's, is worth its loop filter; the loop needs no frames but references.
        frame = _input(video, at_s=time_s, noaccurate_seek=None, skip_loop_filter="nokey", skip_frame="noref")
        if video.plan.deinterlace:
            frame = frame.filter("bwdif", mode="send_frame")
        both = frame.filter("setpts", "PTS-STARTPTS").split()
        # Without the trim, frames that nobody wants would be scaled until the output says so.
        key = both[0].filter("trim", end_frame=1)
        outputs.append(_raw(_shown(video, key, large), _name(2 * index), 1))
        moving = both[1].filter("fps", fps=LOOP_FPS)
        outputs.append(_raw(_shown(video, moving, small), _name(2 * index + 1), loop_frames))
    finished = _run(video, _command(video, outputs), Limits(wall_s=_WALL_S))
    found = []
    for index in range(len(times)):
        poster, loop = _taken(video, _name(2 * index), large), _taken(video, _name(2 * index + 1), small)
        if poster and loop:
            found.append(Scene(poster[0], loop))
    if not found:
        raise blame(finished, video.out_dir)
    return found


def frame_at(video: Video, time_s: float) -> Picture:
    """The very frame that is shown at that time, as large as a poster; the last key frame where the source ends before.

    Raises like `tiles`.
    """
    size = video.fit(POSTER_BOX)
    if video.info.video is not None:
        # ffmpeg begins with the first frame behind a time, but the one before it is still shown.
        time_s = max(time_s - float(1 / video.info.video.fps) + _EXACT_S, 0.0)
    seeks: tuple[dict[str, Any], ...] = ({}, {"noaccurate_seek": None})
    failed = []
    for seek in seeks:
        frame = _input(video, at_s=time_s, **seek)
        if video.plan.deinterlace:
            frame = frame.filter("bwdif", mode="send_frame")
        failed.append(_run(video, _command(video, [_raw(_shown(video, frame, size), _name(0), 1)])))
        if shots := _taken(video, _name(0), size):
            return shots[0]
    raise blame(failed[-1], video.out_dir)


def _input(video: Video, at_s: float | None = None, **more: Any) -> Any:
    options: dict[str, Any] = dict(input_flags(video.tools.max_pixels, video.tools.max_streams))
    if at_s is not None and video.plan.source_start_s + at_s > 0:
        options["ss"] = f"{video.plan.source_start_s + at_s:.3f}"
    return ffmpeg.input(input_url(video.source), **options, **more, threads=1)["V:0"]


def _shown(video: Video, frame: Any, size: tuple[int, int]) -> Any:
    width, height = size
    frame = to_sdr(frame, width, height) if video.plan.tone_map else frame.filter("scale", w=width, h=height)
    return frame.filter("format", "rgb24")


def _raw(frame: Any, name: str, frames: int) -> Any:
    wanted = {"frames:v": frames, "c:v": "rawvideo", "f": "rawvideo", "fps_mode": "passthrough", "threads": 1}
    return ffmpeg.output(frame, name, **wanted)


def _command(video: Video, outputs: list[Any]) -> list[str]:
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    return [str(video.tools.ffmpeg), *QUIET, *ffmpeg.compile(merged)[1:]]


def _run(video: Video, argv: list[str], limits: Limits | None = None) -> Finished:
    limits = limits or Limits(wall_s=limits_for(video.tools, video.plan.duration_s).wall_s)
    return run(video.tools, argv, limits, reads=(video.source,), writes=video.out_dir, watch=video.watch)


def _name(index: int) -> str:
    return f"shot-{index:02d}.rgb"


def _taken(video: Video, name: str, size: tuple[int, int]) -> list[Picture]:
    """The whole pictures in a file of raw ones, which goes."""
    path = video.out_dir / name
    if not path.exists():
        return []
    data = path.read_bytes()
    path.unlink()
    each = size[0] * size[1] * 3
    return [Image.frombytes("RGB", size, data[start : start + each]) for start in range(0, len(data) - each + 1, each)]
