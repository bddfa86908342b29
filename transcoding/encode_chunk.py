"""Encodes one chunk of the timeline into its rungs with one decode, and shows that the result is whole."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.errors import AulaError, Transient
from core.media import Chunk, Part, Plan, Rung
from transcoding import commands
from transcoding.failure import blame, failure_of, has_damage
from transcoding.spawn import HEAD_NICE, IDLE_NICE, Finished, Limits, Progress, run
from transcoding.tone_map import NAME, write_cube
from transcoding.tools import Tools
from transcoding.verify import BadOutput, video_part
from transcoding.watch import Watch

# Two chunks of 20 s that run side by side: the earlier one takes about twice as much of the machine as the later one.
_NICER_EVERY_S = 7.0


def encode_chunk(
    tools: Tools,
    source: Path,
    plan: Plan,
    chunk: Chunk,
    rungs: Sequence[Rung],
    out_dir: Path,
    prefix: str,
    watch: Watch | None = None,
) -> list[Part]:
    """One verified part per rung, in the order of `rungs`, as files `<out_dir>/<rung>/<prefix>_00000.m4s` and an init segment.

    `source` is the original, or its remuxed copy where the plan says so. Raises BadMedia `media.undecodable`, OutOfResources,
    Transient `transcode.*`, Interrupted; what was written until then is left to the caller's scratch folder.
    """
    watch = watch or Watch()
    source, out_dir = source.resolve(), out_dir.resolve()
    for rung in rungs:
        (out_dir / rung.name).mkdir(parents=True, exist_ok=True)
    if plan.tone_map:
        write_cube(out_dir, plan.tone_map)
    argv = commands.encode_chunk(tools, source, plan, chunk, tuple(rungs), prefix)

    def on_progress(progress: Progress) -> None:
        watch.on_progress(min(progress.frame / chunk.frames, 1.0))

    finished = run(
        tools,
        argv,
        limits_for(tools, chunk.duration_s * len(rungs), nice=_nice(plan, chunk, rungs)),
        reads=(source,),
        writes=out_dir,
        watch=watch,
        on_progress=on_progress,
    )
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    (out_dir / NAME).unlink(missing_ok=True)
    parts = []
    for rung in rungs:
        folder = out_dir / rung.name
        (folder / f"{prefix}.m3u8").unlink(missing_ok=True)
        try:
            part = video_part(folder, prefix, chunk, rung)
        except BadOutput as bad:
            raise broken_output(finished, out_dir, bad) from bad
        parts.append(msgspec.structs.replace(part, damaged=has_damage(finished)))
    watch.on_progress(1.0)
    return parts


def _nice(plan: Plan, chunk: Chunk, rungs: Sequence[Rung]) -> int:
    """The first chunk makes the video playable; of the others each goes before those that a viewer meets later."""
    if plan.profile == "small" or any(rung.codec == "av1" for rung in rungs):
        return IDLE_NICE
    return 0 if chunk.index == 0 else min(HEAD_NICE + int(chunk.start_s / _NICER_EVERY_S), IDLE_NICE - 1)


def limits_for(tools: Tools, work_s: float, *, nice: int = IDLE_NICE) -> Limits:
    """Four times real time per rung, at least five minutes, at most four hours."""
    # 3 GiB of address space are enough for four threads of decoder and encoders at any size that is let in.
    more_threads = max((tools.threads or os.cpu_count() or 1) - 4, 0)
    return Limits(
        wall_s=min(max(4 * work_s, 300.0), 4 * 3600.0),
        stall_s=tools.stall_timeout_s,
        address_space=(3072 + 256 * more_threads) * 2**20,
        nice=nice,
    )


def broken_output(finished: Finished, out_dir: Path, bad: BadOutput) -> AulaError:
    """Exit code 0 with wrong output: a full disk, an input without a single frame, or something worth another attempt."""
    error = blame(finished, out_dir)
    if error.code == "transcode.failed":
        error = Transient("transcode.bad_output", f"The encoded output is not as planned: {bad}.", **error.detail)
    return error
