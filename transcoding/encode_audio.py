"""Runs one ffmpeg through a whole sound: encodes it and hands over finished stretches meanwhile, measures it, normalises it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.media import AudioPlan, Loudness, Part, Plan
from transcoding import commands
from transcoding.encode_chunk import broken_output, limits_for
from transcoding.failure import failure_of
from transcoding.loudness import Gain, corrected, gain_for, read_summary
from transcoding.mp4 import Init
from transcoding.spawn import BACKGROUND_NICE, IDLE_NICE, Progress, run
from transcoding.tools import Tools
from transcoding.verify import BadOutput, audio_segments, take_init
from transcoding.watch import Watch

# The first stretch is two segments, each later one as long as all before it: few hand-overs, and at least half of what is
# done can be played. Capped at about ten minutes.
_FIRST_STRETCH = 2
_LONGEST_STRETCH = 150
# AAC frames are 1024 samples; the last one may reach beyond the end of the version.
_END_SLACK_S = 0.1
# Of gains behind a limiter; two are enough for all but the wildest.
_TRIES = 3

OnPart = Callable[[Part], None]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sound that was encoded whole: its verified parts, and how loud it is."""

    parts: list[Part]
    loudness: Loudness


def encode_audio(
    tools: Tools,
    source: Path,
    plan: Plan,
    sound: AudioPlan,
    out_dir: Path,
    prefix: str,
    on_part: OnPart,
    watch: Watch | None = None,
) -> Encoded:
    """One sound as it is, in parts numbered from 0 in `Part.chunk`, as `<out_dir>/<name>/<prefix>_00000.m4s`...

    `on_part` is called in this thread as soon as a stretch is whole, and may move its files away; an error that it raises ends
    the encode. Raises as `encode_chunk` does.
    """
    argv = commands.encode_audio(tools, source.resolve(), plan, sound, sound.name, prefix)
    folder = _folder(out_dir, sound.name)
    track = GrowingSound(sound.name, folder, prefix, on_part)
    watch = watch or Watch()
    return Encoded(track.parts, _go_through(tools, source, plan, argv, out_dir, watch, track, nice=BACKGROUND_NICE))


def measure_audio(
    tools: Tools, source: Path, plan: Plan, sound: AudioPlan, out_dir: Path, watch: Watch | None = None
) -> Loudness:
    """How loud a sound would be if it were encoded as it is. Raises as `encode_chunk` does."""
    argv = commands.measure_audio(tools, source.resolve(), plan, sound)
    return _go_through(tools, source, plan, argv, out_dir, watch or Watch(), None)


def normalise_audio(
    tools: Tools,
    source: Path,
    plan: Plan,
    sound: AudioPlan,
    measured: Loudness,
    out_dir: Path,
    prefix: str,
    watch: Watch | None = None,
) -> Encoded | None:
    """The sound at the target of `loudness`, as `<out_dir>/<normalised name>/<prefix>_00000.m4s`...; None: it is there already.

    `measured`: what `encode_audio` or `measure_audio` found. Raises as `encode_chunk` does.
    """
    gain = gain_for(measured)
    if gain is None:
        return None
    watch = watch or Watch()
    # A limiter may take away too much: then other gains are tried, which is cheaper than to encode, and all is made again.
    first, second = (watch.scaled(0.0, 0.5), watch.scaled(0.5, 1.0)) if gain.limited else (watch, watch)
    made = _with_gain(tools, source, plan, sound, gain, out_dir, prefix, first)
    tried = [(gain.db, made.loudness.integrated)]
    if gain.limited and (better := corrected(tried, measured)) is not None:
        gain = better
        for _ in range(_TRIES):
            argv = commands.measure_audio(tools, source.resolve(), plan, sound, gain)
            found = _go_through(tools, source, plan, argv, out_dir, Watch(watch.should_stop), None)
            tried.append((gain.db, found.integrated))
            if (better := corrected(tried, measured)) is None:
                break
            gain = better
        shutil.rmtree(out_dir / sound.normalised_name)
        made = _with_gain(tools, source, plan, sound, gain, out_dir, prefix, second)
    watch.on_progress(1.0)
    output = made.loudness.integrated
    return Encoded(made.parts, msgspec.structs.replace(measured, gain_db=gain.db, output_integrated=output))


def _with_gain(
    tools: Tools, source: Path, plan: Plan, sound: AudioPlan, gain: Gain, out_dir: Path, prefix: str, watch: Watch
) -> Encoded:
    name = sound.normalised_name
    argv = commands.encode_audio(tools, source.resolve(), plan, sound, name, prefix, gain)
    track = GrowingSound(name, _folder(out_dir, name), prefix, _leave)
    return Encoded(track.parts, _go_through(tools, source, plan, argv, out_dir, watch, track))


def _leave(_part: Part) -> None:
    """Nothing is handed over before the end, for it may have to be made again."""


def _folder(out_dir: Path, name: str) -> Path:
    folder = out_dir.resolve() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _go_through(
    tools: Tools,
    source: Path,
    plan: Plan,
    argv: list[str],
    out_dir: Path,
    watch: Watch,
    track: "GrowingSound | None",
    *,
    nice: int = IDLE_NICE,
) -> Loudness:
    """Run to the end, with what comes out into `track`, and return what was measured on the way."""
    source, out_dir = source.resolve(), out_dir.resolve()

    def on_progress(progress: Progress) -> None:
        if track is not None:
            track.take_finished(at_end=False)
        watch.on_progress(min(max(progress.out_time_s, 0.0) / plan.duration_s, 1.0))

    limits = limits_for(tools, plan.duration_s, nice=nice)
    finished = run(tools, argv, limits, reads=(source,), writes=out_dir, watch=watch, on_progress=on_progress)
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    try:
        if track is not None:
            track.finish(plan.duration_s)
        measured = read_summary(finished.stderr)
        if measured is None:
            raise BadOutput("no loudness was measured")
    except BadOutput as bad:
        raise broken_output(finished, out_dir, bad) from bad
    watch.on_progress(1.0)
    return measured


class GrowingSound:
    """A sound whose segments ffmpeg is writing."""

    def __init__(self, track: str, folder: Path, prefix: str, on_part: OnPart, *, cut_off: bool = False) -> None:
        """`cut_off`: the run ends in mid-sound on purpose, so its last segment is none."""
        self.parts: list[Part] = []
        self._cut_off = cut_off
        self._name = track
        self._folder = folder
        self._prefix = prefix
        self._on_part = on_part
        self._init: tuple[str, str, Init] | None = None
        self._done = 0
        self._next_dts: int | None = None

    def take_finished(self, *, at_end: bool) -> None:
        """Hands over what is finished, when it is enough. ffmpeg gives a segment its name only when it is complete."""
        wanted = _FIRST_STRETCH if self._done == 0 else min(self._done, _LONGEST_STRETCH)
        names: list[str] = []
        while (self._folder / (name := f"{self._prefix}_{self._done + len(names):05d}.m4s")).exists():
            names.append(name)
        if self._cut_off:
            # At every look: ffmpeg's last report comes when the segment that was cut off has its name already.
            names = names[:-1]
        if not names or (len(names) < wanted and not at_end):
            return
        if self._init is None:
            self._init = take_init(self._folder, f"{self._prefix}_init.mp4")
        name, digest, init = self._init
        segments, self._next_dts = audio_segments(self._folder, names, init, self._next_dts)
        self._done += len(names)
        part = Part(
            track=self._name,
            chunk=len(self.parts),
            init_name=name,
            init_sha256=digest,
            codecs=init.codecs,
            segments=tuple(segments),
            frames=round(sum(segment.duration_s for segment in segments) * init.timescale / 1024),
            timescale=init.timescale,
        )
        self.parts.append(part)
        self._on_part(part)

    def finish(self, duration_s: float) -> None:
        """Hands over the rest. Raises BadOutput unless the track is as long as the version."""
        (self._folder / f"{self._prefix}.m3u8").unlink(missing_ok=True)
        self.take_finished(at_end=True)
        total_s = sum(segment.duration_s for part in self.parts for segment in part.segments)
        if abs(total_s - duration_s) > _END_SLACK_S:
            raise BadOutput(f"{total_s:.3f} s of audio instead of {duration_s:.3f} s")
