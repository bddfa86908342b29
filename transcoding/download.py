"""Makes the one MP4 that viewers may save: a rung and a sound of the stream, by copy, with its index first."""

from collections.abc import Collection, Sequence
from pathlib import Path

import ffmpeg

from core.media import Plan, Rung
from transcoding.commands import BASE_S
from transcoding.encode_chunk import limits_for
from transcoding.failure import blame, failure_of
from transcoding.flags import PROGRESS, QUIET, input_flags, input_url
from transcoding.spawn import Limits, Progress, run
from transcoding.tools import Tools
from transcoding.watch import Watch

NAME = "download.mp4"
# Larger pictures are for who streams them: a saved file is watched on the way, on small screens.
_SHORT_SIDE = 720


def rung_to_save(plan: Plan, names: Collection[str]) -> Rung | None:
    """The best H.264 rung up to 720p of those named, else the smallest; None for sound alone."""
    rungs = sorted((rung for rung in plan.h264 if rung.name in names), key=lambda rung: rung.width * rung.height)
    fit = [rung for rung in rungs if rung.short_side <= _SHORT_SIDE]
    return fit[-1] if fit else next(iter(rungs), None)


def make_download(tools: Tools, tracks: Sequence[Path], duration_s: float, out_dir: Path, watch: Watch) -> Path:
    """Puts whole tracks (init and segments in one file each) together as `<out_dir>/download.mp4`, from time 0.

    `duration_s` is that of the version. Raises as `encode_chunk` does.
    """
    reads = tuple(track.resolve() for track in tracks)

    def on_progress(progress: Progress) -> None:
        watch.on_progress(min(max(progress.out_time_s, 0.0) / duration_s, 1.0))

    limits = limits_for(tools, duration_s)
    size = sum(path.stat().st_size for path in reads)
    # Their sum may be larger than what an encode may write.
    limits = Limits(wall_s=limits.wall_s, stall_s=limits.stall_s, file_size=2 * size + 2**20)
    finished = run(
        tools, command(tools, reads), limits, reads=reads, writes=out_dir.resolve(), watch=watch, on_progress=on_progress
    )
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    made = out_dir / NAME
    if not made.is_file() or made.stat().st_size == 0:
        raise blame(finished, out_dir)
    return made


def command(tools: Tools, tracks: Sequence[Path]) -> list[str]:
    """The copy as an argument list; the output is relative to the working directory."""
    flags = input_flags(tools.max_pixels, tools.max_streams)
    # copyts: otherwise each input would be moved to 0 by itself, and sound that begins a little late would come early.
    streams = [ffmpeg.input(input_url(track), copyts=None, **flags)["0"] for track in tracks]
    made = ffmpeg.output(
        *streams,
        NAME,
        c="copy",
        map_metadata=-1,
        map_chapters=-1,
        # Every track of a stream begins at the common base.
        output_ts_offset=-BASE_S,
        movflags="+faststart",
        t=tools.max_duration_s,
        f="mp4",
    )
    compiled: list[str] = ffmpeg.compile(made)
    return [str(tools.ffmpeg), *QUIET, *PROGRESS, *compiled[1:]]
