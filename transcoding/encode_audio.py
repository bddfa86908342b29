"""Encodes the whole audio track with one ffmpeg and hands over finished stretches while it runs."""

from collections.abc import Callable
from pathlib import Path

from core.media import AudioPlan, Part, Plan
from transcoding import commands
from transcoding.encode_chunk import broken_output, limits_for
from transcoding.failure import failure_of
from transcoding.mp4 import Init
from transcoding.spawn import Progress, run
from transcoding.tools import Tools
from transcoding.verify import BadOutput, audio_segments, take_init
from transcoding.watch import Watch

# The first stretch is two segments, each later one as long as all before it: few hand-overs, and at least half of what is
# done can be played. Capped at about ten minutes.
_FIRST_STRETCH = 2
_LONGEST_STRETCH = 150
# AAC frames are 1024 samples; the last one may reach beyond the end of the version.
_END_SLACK_S = 0.1


def encode_audio(
    tools: Tools,
    source: Path,
    plan: Plan,
    sound: AudioPlan,
    out_dir: Path,
    prefix: str,
    on_part: Callable[[Part], None],
    watch: Watch | None = None,
) -> list[Part]:
    """Verified parts of one sound, numbered from 0 in `Part.chunk`, as `<out_dir>/<name>/<prefix>_00000.m4s`...

    `on_part` is called in this thread as soon as a stretch is whole, and may move its files away; an error that it raises ends
    the encode. Raises as `encode_chunk` does.
    """
    watch = watch or Watch()
    source, out_dir = source.resolve(), out_dir.resolve()
    folder = out_dir / sound.name
    folder.mkdir(parents=True, exist_ok=True)
    track = GrowingSound(sound.name, folder, prefix, on_part)

    def on_progress(progress: Progress) -> None:
        track.take_finished(at_end=False)
        watch.on_progress(min(max(progress.out_time_s, 0.0) / plan.duration_s, 1.0))

    argv = commands.encode_audio(tools, source, plan, sound, prefix)
    finished = run(
        tools, argv, limits_for(tools, plan.duration_s), reads=(source,), writes=out_dir, watch=watch, on_progress=on_progress
    )
    if (error := failure_of(finished, out_dir)) is not None:
        raise error
    (folder / f"{prefix}.m3u8").unlink(missing_ok=True)
    try:
        track.take_finished(at_end=True)
        track.check_length(plan.duration_s)
    except BadOutput as bad:
        raise broken_output(finished, out_dir, bad) from bad
    watch.on_progress(1.0)
    return track.parts


class GrowingSound:
    """A sound whose segments ffmpeg is writing."""

    def __init__(self, track: str, folder: Path, prefix: str, on_part: Callable[[Part], None]) -> None:
        self.parts: list[Part] = []
        self._name = track
        self._folder = folder
        self._prefix = prefix
        self._on_part = on_part
        self._init: tuple[str, str, Init] | None = None
        self._done = 0
        self._next_dts: int | None = None

    def take_finished(self, *, at_end: bool, drop_last: bool = False) -> None:
        """Hands over what is finished, when it is enough. ffmpeg gives a segment its name only when it is complete.

        `drop_last`: the run was cut off on purpose, so its last segment is none.
        """
        wanted = _FIRST_STRETCH if self._done == 0 else min(self._done, _LONGEST_STRETCH)
        names: list[str] = []
        while (self._folder / (name := f"{self._prefix}_{self._done + len(names):05d}.m4s")).exists():
            names.append(name)
        if drop_last:
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

    def check_length(self, duration_s: float) -> None:
        """Raises BadOutput unless the track is as long as the version."""
        total_s = sum(segment.duration_s for part in self.parts for segment in part.segments)
        if abs(total_s - duration_s) > _END_SLACK_S:
            raise BadOutput(f"{total_s:.3f} s of audio instead of {duration_s:.3f} s")
