"""Segments a source by copy: the top rung, and sounds that are AAC already, without a single picture decoded."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.media import AudioPlan, Chunk, Part, Plan, Rung
from transcoding import commands
from transcoding.commands import CopyRun
from transcoding.encode_audio import GrowingSound
from transcoding.encode_chunk import broken_output, limits_for
from transcoding.failure import failure_of
from transcoding.fastlane import HEAD_S
from transcoding.spawn import BACKGROUND_NICE, Progress, run
from transcoding.tools import Tools
from transcoding.verify import BadOutput, TakenInit, copied_part, take_init
from transcoding.watch import Watch

# Read beyond the head, so that its last segment is whole.
_BEYOND_S = 12.0

OnPart = Callable[[Part], None]


def head_chunks(plan: Plan) -> tuple[Chunk, ...]:
    """The chunks that the first run copies."""
    return tuple(chunk for chunk in plan.chunks if chunk.start_s < HEAD_S)


def rest_chunks(plan: Plan) -> tuple[Chunk, ...]:
    """The chunks that the second run copies."""
    return plan.chunks[len(head_chunks(plan)) :]


def head_end_s(plan: Plan) -> float | None:
    """Up to where the first run reads, in seconds; None: to the end."""
    chunks = head_chunks(plan)
    return None if len(chunks) == len(plan.chunks) else chunks[-1].start_s + chunks[-1].duration_s + _BEYOND_S


def has_head(plan: Plan, parts: Mapping[str, Sequence[Part]]) -> bool:
    """Whether the head of the copied rung is there, and some of each copied sound."""
    rung = plan.copied_rung
    if rung is None:
        return False
    made = {part.chunk for part in parts.get(rung.name, ())}
    return made >= {chunk.index for chunk in head_chunks(plan)} and all(
        parts.get(sound.name) for sound in plan.sounds if sound.copied
    )


def copy_head(tools: Tools, source: Path, plan: Plan, out_dir: Path, prefix: str, on_part: OnPart, watch: Watch) -> None:
    """The head of the copied rung and of the copied sounds: as `<out_dir>/<track>/<prefix>_00000.m4s`..., init beside them.

    `on_part` is called in this thread for each verified part, and may move its files away. Raises BadOutput when the source is
    not what its index says, and what `encode_chunk` raises.
    """
    chunks, until_s = head_chunks(plan), head_end_s(plan)
    sounds = [sound for sound in plan.sounds if sound.copied]
    _copy(tools, source, plan, chunks, sounds, out_dir, prefix, on_part, watch, until_s)


def copy_rest(tools: Tools, source: Path, plan: Plan, out_dir: Path, prefix: str, on_part: OnPart, watch: Watch) -> None:
    """The copied rung behind its head; copied sounds from their start, for only so their packets join without a gap."""
    chunks = rest_chunks(plan)
    sounds = [sound for sound in plan.sounds if sound.copied]
    if chunks:
        _copy(tools, source, plan, chunks, sounds, out_dir, prefix, on_part, watch, None)


def _copy(
    tools: Tools,
    source: Path,
    plan: Plan,
    chunks: Sequence[Chunk],
    sounds: Sequence[AudioPlan],
    out_dir: Path,
    prefix: str,
    on_part: OnPart,
    watch: Watch,
    until_s: float | None,
) -> None:
    rung = plan.copied_rung
    assert rung is not None
    source, out_dir = source.resolve(), out_dir.resolve()
    for name in (rung.name, *(sound.name for sound in sounds)):
        (out_dir / name).mkdir(parents=True, exist_ok=True)
    picture = _GrowingRung(rung, chunks, out_dir / rung.name, prefix, on_part)
    cut_off = until_s is not None
    heard = [GrowingSound(sound.name, out_dir / sound.name, prefix, on_part, cut_off=cut_off) for sound in sounds]

    def on_progress(progress: Progress) -> None:
        picture.take_finished(at_end=False)
        for sound in heard:
            sound.take_finished(at_end=False)
        watch.on_progress(min(max(progress.out_time_s - commands.BASE_S, 0.0) / plan.duration_s, 1.0))

    start_s = chunks[0].start_s
    argv = commands.copy_stretch(
        tools,
        source,
        plan,
        CopyRun("V:0", rung.name, prefix, start_s, None if until_s is None else until_s - start_s),
        [CopyRun(str(sound.stream_index), sound.name, prefix, 0.0, until_s) for sound in sounds],
    )
    limits = limits_for(tools, plan.duration_s, nice=0 if start_s == 0 else BACKGROUND_NICE)
    finished = run(tools, argv, limits, reads=(source,), writes=out_dir, watch=watch, on_progress=on_progress)
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    try:
        picture.take_finished(at_end=True)
        for sound in heard:
            sound.take_finished(at_end=True)
    except BadOutput as bad:
        # A full disk leaves short files too: only what is none of ours is the source's fault.
        error = broken_output(finished, out_dir, bad)
        if error.code != "transcode.bad_output":
            raise error from bad
        raise


class _GrowingRung:
    """The copied rung whose segments ffmpeg is writing: handed over chunk by chunk."""

    def __init__(self, rung: Rung, chunks: Sequence[Chunk], folder: Path, prefix: str, on_part: OnPart) -> None:
        self._rung = rung
        self._left = list(chunks)
        self._folder = folder
        self._prefix = prefix
        self._on_part = on_part
        self._init: TakenInit | None = None
        self._done = 0
        self._next_dts: int | None = None

    def take_finished(self, *, at_end: bool) -> None:
        """Hands over each chunk whose segments are all there. Raises BadOutput, `at_end` also when one is missing."""
        while self._left:
            chunk = self._left[0]
            names = [f"{self._prefix}_{self._done + n:05d}.m4s" for n in range(len(chunk.cuts) + 1)]
            if not all((self._folder / name).exists() for name in names):
                if at_end:
                    raise BadOutput(f"{self._rung.name}: segments of chunk {chunk.index} are missing")
                return
            if self._init is None:
                self._init = take_init(self._folder, f"{self._prefix}_init.mp4")
            part, self._next_dts = copied_part(self._folder, names, chunk, self._rung, self._init, self._next_dts)
            self._done += len(names)
            self._left.pop(0)
            self._on_part(part)
