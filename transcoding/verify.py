"""Shows from the boxes of what was written that a part is what the plan says; an exit code shows nothing.

ffmpeg's HLS muxer ends with 0 on a full disk, leaving a short segment. So each part is read back: its files, its frames, where
it begins and how long it lasts, to the tick. That costs no decode; the encoder's own errors end the process.
"""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from core.media import Chunk, Part, Rung, Segment
from transcoding.commands import BASE_S
from transcoding.mp4 import BadBoxes, Fragment, Init, read_fragment, read_init

TakenInit = tuple[str, str, Init]
"""Name, SHA-256 and meaning of an init segment."""


class BadOutput(Exception):
    """What was written is not what was planned."""


def video_part(folder: Path, prefix: str, chunk: Chunk, rung: Rung) -> Part:
    """The part that lies in `folder` as `<prefix>_00000.m4s`..., its init segment renamed by content.

    Raises BadOutput unless every planned segment is there, begins with a key frame at its planned time, has its planned
    number of frames and lasts as long as they do.
    """
    fps = Fraction(rung.fps_num, rung.fps_den)
    init_name, digest, init = take_init(folder, f"{prefix}_init.mp4")
    ticks = Fraction(init.timescale) / fps
    bounds = [round(Fraction(at) * fps) for at in (0.0, *chunk.cuts)] + [chunk.frames]
    files = sorted(folder.glob(f"{prefix}_*.m4s"))
    if len(files) != len(bounds) - 1:
        raise BadOutput(f"{rung.name}: {len(files)} segments instead of {len(bounds) - 1}")
    segments = []
    for file, first, end in zip(files, bounds, bounds[1:], strict=False):
        fragment = fragment_of(file, init)
        if not fragment.starts_with_sync:
            raise BadOutput(f"{file.name} does not begin with a key frame")
        if fragment.samples != end - first:
            raise BadOutput(f"{file.name} has {fragment.samples} frames instead of {end - first}")
        _expect(file, "duration", fragment.duration, (end - first) * ticks)
        start = round(Fraction(chunk.start_s) * fps) + first
        _expect(file, "start", fragment.first_pts - init.media_time, BASE_S * init.timescale + start * ticks)
        segments.append(_segment(file, fragment, float((end - first) / fps)))
    return Part(
        track=rung.name,
        chunk=chunk.index,
        init_name=init_name,
        init_sha256=digest,
        codecs=init.codecs,
        segments=tuple(segments),
        frames=chunk.frames,
        timescale=init.timescale,
    )


def copied_part(
    folder: Path, names: Sequence[str], chunk: Chunk, rung: Rung, taken: TakenInit, expected_start: int | None
) -> tuple[Part, int]:
    """The part of a copied rung that the files of those names are, and the DTS behind it.

    Raises BadOutput unless each begins with a key frame within half a frame of its place on the grid, and they follow each
    other without a gap. `expected_start`: the DTS that the first must have; None at the start of a run.
    """
    init_name, digest, init = taken
    fps = Fraction(rung.fps_num, rung.fps_den)
    starts = [chunk.start_s, *(chunk.start_s + cut for cut in chunk.cuts)]
    if len(names) != len(starts):
        raise BadOutput(f"{rung.name}: {len(names)} segments instead of {len(starts)}")
    segments, frames = [], 0
    for name, start_s in zip(names, starts, strict=True):
        fragment = fragment_of(folder / name, init)
        shown_s = Fraction(fragment.first_pts - init.media_time, init.timescale) - BASE_S
        if not fragment.starts_with_sync:
            raise BadOutput(f"{name} does not begin with a key frame")
        if abs(shown_s - Fraction(start_s)) > Fraction(6, 10) / fps:
            raise BadOutput(f"{name} begins at {float(shown_s):.3f} s instead of {start_s:.3f} s")
        if expected_start is not None and abs(fragment.first_dts - expected_start) > 1:
            raise BadOutput(f"{name} starts at {fragment.first_dts} instead of {expected_start}")
        expected_start = fragment.first_dts + fragment.duration
        frames += fragment.samples
        segments.append(_segment(folder / name, fragment, fragment.duration / init.timescale))
    part = Part(
        track=rung.name,
        chunk=chunk.index,
        init_name=init_name,
        init_sha256=digest,
        codecs=init.codecs,
        segments=tuple(segments),
        frames=frames,
        timescale=init.timescale,
    )
    return part, expected_start or 0


def _segment(file: Path, fragment: Fragment, duration_s: float) -> Segment:
    return Segment(name=file.name, duration_s=duration_s, size=file.stat().st_size, key_frame=fragment.key_frame)


def audio_segments(folder: Path, names: Sequence[str], init: Init, expected_start: int | None) -> tuple[list[Segment], int]:
    """The segments of those names and the DTS after the last. Raises BadOutput where they do not follow each other.

    `expected_start`: the DTS, in ticks, that the first one must begin at; None for the first of the track, which must begin
    at the common base (within one AAC frame).
    """
    segments = []
    for name in names:
        fragment = fragment_of(folder / name, init)
        if expected_start is None:
            if abs(fragment.first_pts - init.media_time - BASE_S * init.timescale) > 1024:
                raise BadOutput(f"{name} starts at {fragment.first_pts} instead of {BASE_S} s")
        elif fragment.first_dts != expected_start:
            raise BadOutput(f"{name} starts at {fragment.first_dts} instead of {expected_start}")
        expected_start = fragment.first_dts + fragment.duration
        segments.append(Segment(name=name, duration_s=fragment.duration / init.timescale, size=(folder / name).stat().st_size))
    return segments, expected_start or 0


def take_init(folder: Path, name: str) -> TakenInit:
    """Renames an init segment by its content, so that equal ones are one object: (new name, SHA-256, what it says)."""
    try:
        data = (folder / name).read_bytes()
        init = read_init(data)
    except (OSError, BadBoxes, ValueError, IndexError) as error:
        raise BadOutput(f"{name}: {error}") from error
    digest = hashlib.sha256(data).hexdigest()
    new_name = f"init-{digest[:8]}.mp4"
    (folder / name).rename(folder / new_name)
    return new_name, digest, init


def fragment_of(path: Path, init: Init) -> Fragment:
    """The fragment in a file, or BadOutput."""
    try:
        return read_fragment(path, init)
    except (OSError, BadBoxes, ValueError, IndexError) as error:
        raise BadOutput(f"{path.name}: {error}") from error


def _expect(file: Path, what: str, found: int, wanted: Fraction) -> None:
    """Ticks are whole: a grid that does not fall on them may be off by one."""
    if abs(found - wanted) > (0 if wanted.denominator == 1 else 1):
        raise BadOutput(f"{file.name}: {what} {found} instead of {float(wanted)} ticks")
