"""Moves a source by copy into a container that seeks exactly: AVI, FLV, ASF, MPEG-TS and MPEG-PS don't."""

from pathlib import Path
from typing import Any

import ffmpeg

from core.errors import BadMedia
from core.media import AudioStream, MediaInfo
from transcoding.encode_chunk import limits_for
from transcoding.failure import blame, failure_of
from transcoding.flags import PROGRESS, QUIET, input_flags, input_url
from transcoding.sounds import MOST
from transcoding.spawn import Finished, Limits, Progress, run
from transcoding.tools import Tools
from transcoding.watch import Watch

_INEXACT = frozenset({"avi", "flv", "asf", "mpegts", "mpeg", "mp3", "aac", "ogg"})
NAME = "remuxed.mkv"


def is_needed(info: MediaInfo) -> bool:
    """Whether the source must be remuxed before it is cut. Audio-only sources are never cut."""
    return info.video is not None and not _INEXACT.isdisjoint(info.container.split(","))


def kept_sounds(info: MediaInfo) -> tuple[AudioStream, ...]:
    """The sounds that are copied, in the order of the copy. A broadcast may announce some that never come."""
    return info.audio[:1] + tuple(sound for sound in info.audio[1:] if sound.sample_rate)[: MOST - 1]


def remux(tools: Tools, source: Path, info: MediaInfo, out_dir: Path, watch: Watch | None = None) -> Path:
    """Copies the video and the sounds that will be used into `<out_dir>/remuxed.mkv`; of broken sounds the first alone.

    Matroska takes every codec and has an index; its millisecond clock is finer than half a frame, and the version's grid puts
    each frame back on its place. Raises as `encode_chunk` does.
    """
    watch = watch or Watch()
    source, out_dir = source.resolve(), out_dir.resolve()

    def on_progress(progress: Progress) -> None:
        watch.on_progress(min(max(progress.out_time_s, 0.0) / info.duration_s, 1.0))

    limits = limits_for(tools, info.duration_s)
    # The copy may be larger than what an encode may write.
    limits = Limits(wall_s=limits.wall_s, stall_s=limits.stall_s, file_size=2 * info.size + 2**20)

    def copy(*, mend_sound: bool) -> Finished:
        argv = command(tools, source, info, mend_sound=mend_sound)
        return run(tools, argv, limits, reads=(source,), writes=out_dir, watch=watch, on_progress=on_progress)

    finished = copy(mend_sound=False)
    if info.audio and isinstance(failure_of(finished, out_dir), BadMedia):
        finished = copy(mend_sound=True)
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    made = out_dir / NAME
    if not made.is_file() or made.stat().st_size == 0:
        raise blame(finished, out_dir)
    return made


def command(tools: Tools, source: Path, info: MediaInfo, *, mend_sound: bool = False) -> list[str]:
    """The copy as an argument list; the output is relative to the working directory.

    `mend_sound`: a broadcast with lost packets has broken sound that can't be copied; decoders get over it.
    """
    assert info.video is not None
    # genpts: AVI has no presentation times, MPEG-PS has gaps.
    media = ffmpeg.input(input_url(source), fflags="+genpts", **input_flags(tools.max_pixels, tools.max_streams))
    sounds = info.audio[:1] if mend_sound else kept_sounds(info)
    streams = [media["V:0"]] + [media[str(sound.index)] for sound in sounds]
    options: dict[str, Any] = {"c": "copy", "map_metadata": -1, "map_chapters": -1, "t": tools.max_duration_s, "f": "matroska"}
    if mend_sound:
        options |= {"c:a": "aac", "b:a": "192k", "ac": 2, "af": "aresample=async=1", "max_error_rate": 1}
    if info.video.codec == "mpeg4":
        # DivX packed two frames into one packet; harmless where it is not so.
        options["bsf:v"] = "mpeg4_unpack_bframes"
    compiled: list[str] = ffmpeg.compile(ffmpeg.output(*streams, NAME, **options))
    return [str(tools.ffmpeg), *QUIET, *PROGRESS, *compiled[1:]]
