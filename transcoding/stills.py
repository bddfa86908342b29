"""Poster, storyboard and preview of a video: two runs of ffmpeg over its key frames, the rest is Pillow's."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.media import MediaInfo, Plan
from transcoding import scene_choice, shots, storyboard
from transcoding.renderings import Rendering, render, save_loop
from transcoding.shots import Video
from transcoding.tone_map import NAME, write_cube
from transcoding.tools import Tools
from transcoding.watch import Watch

_PLACES = 4
_LOOP_FRAMES = 16
_STEM = "poster"


@dataclass(frozen=True, slots=True)
class StillFiles:
    """The files that were made. The WebVTT names the sheets as they lie beside it."""

    posters: list[Rendering]
    """The largest JPEG first."""
    sheets: list[Path]
    storyboard_vtt: Path
    preview: Path


def make_stills(
    tools: Tools, source: Path, info: MediaInfo, plan: Plan, out_dir: Path, watch: Watch | None = None
) -> StillFiles | None:
    """`poster*.jpg|webp`, `storyboard*.jpg`, `storyboard.vtt` and `preview.webp` in `out_dir`; None without video.

    Raises BadMedia `media.undecodable` when not one frame can be shown, OutOfResources, Interrupted.
    """
    if not plan.rungs:
        return None
    video = _video(tools, source, info, plan, out_dir, watch)
    interval_ms, count = storyboard.grid(plan.duration_s)
    tiles = shots.tiles(video, interval_ms, count)
    video.watch.on_progress(0.5)
    places = scene_choice.choose(tiles, _PLACES)
    times = [place.index * interval_ms / 1000 for place in places]
    scenes = shots.scenes(video, times, max(_LOOP_FRAMES // len(places), 1))
    _done(video)
    video.watch.on_progress(0.8)
    # A place at which nothing decodes is left out; which one, nobody knows.
    best = scene_choice.sharpest([scene.poster for scene in scenes], places) if len(scenes) == len(places) else 0
    posters = render(scenes[best].poster, video.out_dir, _STEM)
    preview = video.out_dir / "preview.webp"
    in_order = [scene for _, scene in sorted(zip(times, scenes, strict=False), key=lambda pair: pair[0])]
    save_loop([frame for scene in in_order for frame in scene.loop], preview, 1000 // shots.LOOP_FPS)
    sheets = storyboard.write_sheets(tiles, video.out_dir)
    vtt = video.out_dir / "storyboard.vtt"
    vtt.write_text(storyboard.write_vtt(interval_ms, count, plan.duration_s, tiles[0].size), encoding="ascii")
    video.watch.on_progress(1.0)
    return StillFiles(posters, sheets, vtt, preview)


def take_frame(
    tools: Tools, source: Path, info: MediaInfo, plan: Plan, at_s: float, out_dir: Path, watch: Watch | None = None
) -> list[Rendering]:
    """The frame that is shown `at_s` seconds after the start, as posters in `out_dir`, the largest JPEG first.

    Raises BadMedia `media.undecodable`, OutOfResources, Interrupted.
    """
    video = _video(tools, source, info, plan, out_dir, watch)
    frame: Image.Image = shots.frame_at(video, at_s)
    _done(video)
    return render(frame, video.out_dir, _STEM)


def _video(tools: Tools, source: Path, info: MediaInfo, plan: Plan, out_dir: Path, watch: Watch | None) -> Video:
    out_dir = out_dir.resolve()
    if plan.tone_map:
        write_cube(out_dir, plan.tone_map)
    return Video(tools, source.resolve(), info, plan, out_dir, watch or Watch())


def _done(video: Video) -> None:
    (video.out_dir / NAME).unlink(missing_ok=True)
