"""Automatic captions: the sound as a WAV file, and the operator's command that makes WebVTT of it."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from resource import RLIM_INFINITY

import ffmpeg

from core.captions import MAX_BYTES
from core.errors import AulaError, ErrorKind, Transient
from core.media import Plan
from transcoding.encode_chunk import limits_for
from transcoding.failure import blame, failure_of
from transcoding.flags import PROGRESS, QUIET, input_flags, input_url
from transcoding.spawn import Limits, Progress, run
from transcoding.tools import Tools
from transcoding.watch import Watch

RATE = 16_000
"""Samples a second: what speech recognition is trained on."""
_NAME = "speech.wav"
_PLACEHOLDER = re.compile(r"\{(wav|language)\}")


def make_wav(tools: Tools, source: Path, plan: Plan, out_dir: Path, watch: Watch | None = None) -> Path:
    """The first sound as 16-bit mono at 16 kHz, from the start of the presentation to its end.

    Raises BadMedia `media.undecodable`, OutOfResources, Transient `transcode.*`, Interrupted.
    """
    watch = watch or Watch()
    source, out_dir = source.resolve(), out_dir.resolve()

    def on_progress(progress: Progress) -> None:
        watch.on_progress(min(max(progress.out_time_s, 0.0) / plan.duration_s, 1.0))

    finished = run(
        tools,
        wav_command(tools, source, plan),
        limits_for(tools, plan.duration_s),
        reads=(source,),
        writes=out_dir,
        watch=watch,
        on_progress=on_progress,
    )
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    made = out_dir / _NAME
    if not made.is_file() or made.stat().st_size == 0:
        raise blame(finished, out_dir)
    return made


def wav_command(tools: Tools, source: Path, plan: Plan) -> list[str]:
    """The decode as an argument list; the output is relative to the working directory."""
    assert plan.audio is not None
    options = dict(input_flags(tools.max_pixels, tools.max_streams))
    if plan.source_start_s > 0:
        options["ss"] = f"{plan.source_start_s:.6f}"
    heard = ffmpeg.input(input_url(source), **options)[str(plan.audio.stream_index)]
    # Silence where the sound begins late or has gaps: the captions' times are the picture's.
    heard = heard.filter("aresample", osr=RATE, ochl="mono", **{"async": 1, "first_pts": 0})
    made = ffmpeg.output(heard, _NAME, t=f"{plan.duration_s:.6f}", map_metadata=-1, **{"c:a": "pcm_s16le", "f": "wav"})
    compiled: list[str] = ffmpeg.compile(made)
    return [str(tools.ffmpeg), *QUIET, *PROGRESS, *compiled[1:]]


def run_command(tools: Tools, template: str, wav: Path, language: str, wall_s: float, watch: Watch | None = None) -> bytes:
    """What the operator's command prints for that file. `{wav}` and `{language}` in the template stand for themselves.

    There is no shell, and of the environment only LC_ALL. The command is the operator's own and needs its models, so it runs
    outside of bubblewrap; it gets a file that we have made, not what somebody uploaded. Raises AulaError
    `captions.command_failed`, Transient while it may be passing; Interrupted when it takes longer than `wall_s` seconds.
    """
    values = {"wav": str(wav), "language": language}
    argv = [_PLACEHOLDER.sub(lambda match: values[match[1]], word) for word in shlex.split(template)]
    limits = Limits(wall_s=wall_s, address_space=RLIM_INFINITY, output=MAX_BYTES)
    try:
        finished = run(replace(tools, bwrap=None), argv, limits, writes=wav.parent, watch=watch)
    except OSError as error:
        raise AulaError("captions.command_failed", f"The captions command can't be started: {error}.") from error
    if finished.cut:
        message = f"The captions command printed more than {MAX_BYTES} bytes."
        raise AulaError("captions.command_failed", message, kind=ErrorKind.TOO_LARGE)
    if finished.returncode != 0:
        raise Transient(
            "captions.command_failed",
            f"The captions command ended with {finished.returncode}.",
            command=finished.command,
            stderr=finished.stderr[-4000:],
        )
    return finished.stdout
