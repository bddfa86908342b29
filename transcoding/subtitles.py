"""Text subtitles of a source as WebVTT, all streams in one reading. Pictures of text (DVD, Blu-ray, DVB) are left alone."""

from collections.abc import Sequence
from pathlib import Path

import ffmpeg

from core.captions import MAX_BYTES
from core.media import MediaInfo, TextStream
from transcoding.encode_chunk import limits_for
from transcoding.failure import failure_of
from transcoding.flags import PROGRESS, QUIET, input_flags, input_url
from transcoding.spawn import Limits, run
from transcoding.tools import Tools
from transcoding.watch import Watch

CODECS = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
# Each is one more output of one ffmpeg. Courses have a few languages, hostile files have hundreds.
MOST = 16


def text_streams(info: MediaInfo) -> tuple[TextStream, ...]:
    """The streams that can be extracted."""
    return tuple(stream for stream in info.text if stream.codec in CODECS)[:MOST]


def extract(
    tools: Tools, source: Path, info: MediaInfo, streams: Sequence[TextStream], out_dir: Path, watch: Watch | None = None
) -> list[Path]:
    """One WebVTT file per stream, in their order, in `out_dir`; times count from the start of the container.

    The files are ffmpeg's, from somebody's bytes: they still have to go through our parser. Raises BadMedia
    `media.undecodable`, OutOfResources, Transient `transcode.*`, Interrupted.
    """
    source, out_dir = source.resolve(), out_dir.resolve()
    whole = limits_for(tools, info.duration_s)
    limits = Limits(wall_s=whole.wall_s, address_space=whole.address_space, file_size=3 * MAX_BYTES)
    argv = command(tools, source, streams)
    finished = run(tools, argv, limits, reads=(source,), writes=out_dir, watch=watch or Watch(), on_progress=lambda _: None)
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    return [out_dir / _name(number) for number in range(len(streams))]


def command(tools: Tools, source: Path, streams: Sequence[TextStream]) -> list[str]:
    """The extraction as an argument list; the outputs are relative to the working directory."""
    media = ffmpeg.input(input_url(source), **input_flags(tools.max_pixels, tools.max_streams))
    # A file that is larger than we take need not be written to its end, and shall not end the others.
    options = {"map_metadata": -1, "map_chapters": -1, "c:s": "webvtt", "f": "webvtt", "fs": 2 * MAX_BYTES}
    outputs = [ffmpeg.output(media[str(stream.index)], _name(number), **options) for number, stream in enumerate(streams)]
    compiled: list[str] = ffmpeg.compile(ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0])
    return [str(tools.ffmpeg), *QUIET, *PROGRESS, *compiled[1:]]


def _name(number: int) -> str:
    return f"text-{number}.vtt"
