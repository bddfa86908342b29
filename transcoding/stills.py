"""Poster and storyboard: a few key frames, reached by seeking, so that the cost does not grow with the length."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
from PIL import Image, ImageStat

from core.media import Plan
from transcoding.commands import to_sdr
from transcoding.failure import blame
from transcoding.flags import QUIET, input_flags, input_url
from transcoding.spawn import Finished, Limits, run
from transcoding.tone_map import NAME, write_cube
from transcoding.tools import Tools
from transcoding.watch import Watch

_TILE_BOX = 160
_COLUMNS = 10
_MOST_TILES = 100
_POSTER_BOX = 1280
_BATCH = 10
_WALL_S = 120.0
# A tile is lively enough for a poster when its contrast comes near the best one's: the earliest such tile is taken.
_LIVELY = 0.8


@dataclass(frozen=True, slots=True)
class StillFiles:
    """The files that were made; the WebVTT names the sheet as `storyboard.jpg` beside it."""

    poster: Path
    storyboard: Path
    storyboard_vtt: Path


def make_stills(tools: Tools, source: Path, plan: Plan, out_dir: Path, watch: Watch | None = None) -> StillFiles | None:
    """`poster.jpg`, `storyboard.jpg` (at most 10 x 10 tiles) and `storyboard.vtt` in `out_dir`; None without video.

    Raises BadMedia `media.undecodable` when not one frame can be shown, OutOfResources, Interrupted.
    """
    if not plan.rungs:
        return None
    watch = watch or Watch()
    source, out_dir = source.resolve(), out_dir.resolve()
    interval_s = max(1.0, min(5.0, plan.duration_s / 20), plan.duration_s / _MOST_TILES)
    times = [index * interval_s for index in range(min(max(round(plan.duration_s / interval_s), 1), _MOST_TILES))]
    if plan.tone_map:
        write_cube(out_dir, plan.tone_map)
    tiles = _tiles(tools, source, plan, times, out_dir, watch.scaled(0.0, 0.8))
    poster = _poster(tools, source, plan, times[_liveliest(tiles)], out_dir, watch.scaled(0.8, 1.0))
    (out_dir / NAME).unlink(missing_ok=True)
    sheet = out_dir / "storyboard.jpg"
    _sheet(tiles).save(sheet, "JPEG", quality=70, optimize=True)
    vtt = out_dir / "storyboard.vtt"
    vtt.write_text(storyboard_vtt(sheet.name, times, plan.duration_s, tiles[0].size), encoding="ascii")
    watch.on_progress(1.0)
    return StillFiles(poster, sheet, vtt)


def _tiles(tools: Tools, source: Path, plan: Plan, times: list[float], out_dir: Path, watch: Watch) -> list[Image.Image]:
    """One small picture per time; where none can be decoded, the one before."""
    shots: list[Image.Image | None] = []
    finished = None
    for start in range(0, len(times), _BATCH):
        finished, batch = _shoot(tools, source, plan, times[start : start + _BATCH], _TILE_BOX, out_dir, watch)
        shots += batch
        watch.on_progress(len(shots) / len(times))
    first = next((shot for shot in shots if shot is not None), None)
    if first is None:
        assert finished is not None
        raise blame(finished, out_dir)
    tiles = [first]
    for shot in shots:
        tiles.append(shot if shot is not None else tiles[-1])
    return tiles[1:]


def _poster(tools: Tools, source: Path, plan: Plan, time_s: float, out_dir: Path, watch: Watch) -> Path:
    finished, shots = _shoot(tools, source, plan, [time_s], _POSTER_BOX, out_dir, watch)
    if shots[0] is None:
        raise blame(finished, out_dir)
    path = out_dir / "poster.jpg"
    shots[0].save(path, "JPEG", quality=82, optimize=True, progressive=True)
    return path


def _shoot(
    tools: Tools, source: Path, plan: Plan, times: list[float], box: int, out_dir: Path, watch: Watch
) -> tuple[Finished, list[Image.Image | None]]:
    """The key frames at or before those times, scaled into a square of `box`; None where there was none."""
    argv = command(tools, source, plan, times, box)
    finished = run(tools, argv, Limits(wall_s=_WALL_S), reads=(source,), writes=out_dir, watch=watch)
    return finished, [_taken(out_dir / _shot_name(index)) for index in range(len(times))]


def _taken(path: Path) -> Image.Image | None:
    if not path.exists() or path.stat().st_size == 0:
        return None
    with Image.open(path, formats=["JPEG"]) as image:
        picture = image.convert("RGB")
    path.unlink()
    return picture


def _shot_name(index: int) -> str:
    return f"shot-{index:02d}.jpg"


def command(tools: Tools, source: Path, plan: Plan, times: list[float], box: int) -> list[str]:
    """One input and one JPEG per time: each seeks by itself and decodes one key frame."""
    width, height = _fit(plan, box)
    outputs = []
    for index, time_s in enumerate(times):
        options: dict[str, Any] = dict(input_flags(tools.max_pixels, tools.max_streams))
        options |= {"ss": f"{plan.source_start_s + time_s:.3f}", "skip_frame": "nokey", "threads": 1}
        frame = ffmpeg.input(input_url(source), noaccurate_seek=None, **options)["V:0"]
        frame = to_sdr(frame, width, height) if plan.tone_map else frame.filter("scale", w=width, h=height)
        # JPEG means BT.601 and full range.
        frame = frame.filter("scale", out_color_matrix="bt601", out_range="full")
        frame = frame.filter("setsar", 1).filter("format", "yuvj420p")
        wanted = {"frames:v": 1, "c:v": "mjpeg", "q:v": 3, "f": "image2", "update": 1, "map_metadata": -1, "threads": 1}
        outputs.append(ffmpeg.output(frame, _shot_name(index), **wanted))
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    compiled: list[str] = ffmpeg.compile(merged)
    return [str(tools.ffmpeg), *QUIET, *compiled[1:]]


def _fit(plan: Plan, box: int) -> tuple[int, int]:
    """The version's shape within a square, even sides, never larger than its largest rung."""
    top = max(plan.rungs, key=lambda rung: rung.width * rung.height)
    scale = min(box / max(top.width, top.height), 1.0)
    return max(2 * round(top.width * scale / 2), 2), max(2 * round(top.height * scale / 2), 2)


def _liveliest(tiles: list[Image.Image]) -> int:
    """Index of the earliest tile with nearly the best contrast of brightness: black frames and fades have none."""
    contrasts = [ImageStat.Stat(tile.convert("L")).stddev[0] for tile in tiles]
    return next(index for index, contrast in enumerate(contrasts) if contrast >= _LIVELY * max(contrasts))


def _sheet(tiles: list[Image.Image]) -> Image.Image:
    width, height = tiles[0].size
    sheet = Image.new("RGB", (min(len(tiles), _COLUMNS) * width, -(-len(tiles) // _COLUMNS) * height))
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % _COLUMNS * width, index // _COLUMNS * height))
    return sheet


def storyboard_vtt(sheet: str, times: list[float], duration_s: float, size: tuple[int, int]) -> str:
    """Cues that name a rectangle of the sheet for each stretch of the timeline."""
    width, height = size
    lines = ["WEBVTT", ""]
    for index, (start_s, end_s) in enumerate(zip(times, [*times[1:], duration_s], strict=True)):
        x, y = index % _COLUMNS * width, index // _COLUMNS * height
        lines += [f"{_clock(start_s)} --> {_clock(end_s)}", f"{sheet}#xywh={x},{y},{width},{height}", ""]
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
