"""Measures by content how far sound moved against picture between a source and its stream.

The picture's shift comes from matching tiny thumbnails of both, the sound's from cross-correlating both waveforms; each is the
median over a stretch of the timeline. Comparing timestamps alone would miss an encoder that shifts the content beneath them.
"""

import math
import re
import subprocess
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ops.demo.verification.hls import VerificationError
from ops.demo.verification.probe import Programs

if TYPE_CHECKING:
    Samples = array[int]
else:
    Samples = array

_RATE = 8_000
_WINDOW_S = 0.5
# Shifts beyond this are not looked for: 40 ms is what people notice (ITU-R BT.1359 puts it between 45 and 125 ms).
_REACH_S = 0.15
_THUMB = (16, 9)
_LAGS = range(-6, 7)
_MIN_FRAMES = 8
_TICK_S = 0.001
# Correlation below this means that there is nothing to recognise (silence, a steady tone).
_MIN_CORRELATION = 0.4
_PTS = re.compile(r"pts_time:\s*(-?[0-9.]+)")
_SAMPLES = re.compile(r"nb_samples:\s*([0-9]+)")
_RATE_SEEN = re.compile(r"rate:\s*([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Picture:
    times: list[float]
    thumbs: list[bytes]


@dataclass(frozen=True, slots=True)
class _Sound:
    """Samples at 8 kHz, mono; `anchors` are (index, time) pairs, one per decoded frame."""

    samples: Samples
    anchors: list[tuple[int, float]]

    def index_at(self, time: float) -> int:
        """The index of the sample that sounds at `time`, told by the nearest earlier anchor."""
        index, anchor = max((a for a in self.anchors if a[1] <= time), key=lambda a: a[1], default=self.anchors[0])
        return index + round((time - anchor) * _RATE)

    def time_at(self, index: int) -> float:
        """When the sample `index` sounds."""
        known, anchor = max((a for a in self.anchors if a[0] <= index), default=self.anchors[0])
        return anchor + (index - known) / _RATE


def _run(command: list[str]) -> tuple[bytes, str]:
    done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    if done.returncode != 0:
        raise VerificationError(f"can't measure: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout, done.stderr.decode(errors="replace")


def _read(programs: Programs, path: Path, start_s: float, length_s: float) -> list[str]:
    # -copyts keeps the file's own timestamps, so that both streams of a source stay on one clock.
    seek = ["-ss", f"{start_s:.3f}"] if start_s > 0 else []
    base = [str(programs.ffmpeg), "-nostdin", "-hide_banner", "-nostats", "-v", "info", "-copyts"]
    return [*base, *seek, "-t", f"{length_s:.3f}", "-i", str(path)]


def _picture(programs: Programs, path: Path, start_s: float, length_s: float) -> _Picture:
    width, height = _THUMB
    graph = f"scale={width}:{height}:flags=area,format=gray,showinfo=checksum=0"
    command = [*_read(programs, path, start_s, length_s), "-map", "0:v:0", "-vf", graph]
    out, log = _run([*command, "-fps_mode", "passthrough", "-f", "rawvideo", "-"])
    times = [float(m.group(1)) for line in log.splitlines() if "showinfo" in line and (m := _PTS.search(line))]
    size = width * height
    thumbs = [out[i : i + size] for i in range(0, len(out) - size + 1, size)]
    count = min(len(times), len(thumbs))
    return _Picture(times[:count], thumbs[:count])


def _sound(programs: Programs, path: Path, start_s: float, length_s: float) -> _Sound:
    graph = f"ashowinfo,aresample={_RATE},aformat=sample_fmts=s16:channel_layouts=mono"
    command = [*_read(programs, path, start_s, length_s), "-map", "0:a:0", "-af", graph]
    out, log = _run([*command, "-f", "s16le", "-"])
    samples = array("h")
    samples.frombytes(out[: len(out) // 2 * 2])
    anchors: list[tuple[int, float]] = []
    seen = 0.0
    for line in log.splitlines():
        pts, count, rate = _PTS.search(line), _SAMPLES.search(line), _RATE_SEEN.search(line)
        if "ashowinfo" in line and pts and count and rate:
            anchors.append((round(seen * _RATE), float(pts.group(1))))
            seen += int(count.group(1)) / int(rate.group(1))
    if not anchors:
        raise VerificationError(f"{path.name} has no sound to measure")
    return _Sound(samples, anchors)


def _difference(a: bytes, b: bytes) -> int:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def _pairs(source: _Picture, stream: _Picture, shift: float) -> list[tuple[int, int]]:
    """(source frame, the stream's frame nearest in time) for every frame that the stream covers when it is `shift` later."""
    found = []
    for i, time in enumerate(source.times):
        wanted = time + shift
        if stream.times[0] - _TICK_S <= wanted <= stream.times[-1] + _TICK_S:
            j = min(bisect_left(stream.times, wanted), len(stream.times) - 1)
            if j and wanted - stream.times[j - 1] < stream.times[j] - wanted:
                j -= 1
            found.append((i, j))
    return found


def _picture_shift(source: _Picture, stream: _Picture, expected: float) -> float | None:
    """Seconds by which the stream's frames are later than the source's; None where there are too few to tell.

    Pairs by time, not by number: a stream may hold fewer frames (120 to 60 a second) or more (a variable rate made regular).
    """
    if len(source.times) < _MIN_FRAMES or len(stream.times) < _MIN_FRAMES:
        return None
    frame_s = median(b - a for a, b in pairwise(stream.times))
    costs: dict[int, float] = {}
    for lag in _LAGS:
        pairs = _pairs(source, stream, expected + lag * frame_s)
        if len(pairs) >= _MIN_FRAMES:
            costs[lag] = sum(_difference(source.thumbs[i], stream.thumbs[j]) for i, j in pairs) / len(pairs)
    if not costs:
        return None
    # A still picture costs the same at every lag: then the expected one stands.
    best = min(costs, key=lambda lag: (round(costs[lag], 1), abs(lag)))
    pairs = _pairs(source, stream, expected + best * frame_s)
    return median(stream.times[j] - source.times[i] for i, j in pairs)


def _norm(values: Samples) -> float:
    return math.sqrt(sum(map(mul, values, values)))


def _best_lag(needle: Samples, hay: Samples) -> tuple[float, int]:
    """(correlation, offset) of the place in `hay` that `needle` fits best."""
    size, norm = len(needle), _norm(needle)
    squares = list(accumulate(map(mul, hay, hay), initial=0))

    def score(offset: int) -> float:
        both = norm * math.sqrt(squares[offset + size] - squares[offset])
        return sum(map(mul, needle, hay[offset : offset + size])) / both if both else 0.0

    return max((score(offset), offset) for offset in range(len(hay) - size + 1))


def _sound_shift(source: _Sound, stream: _Sound, expected: float) -> float | None:
    """Seconds by which the stream's sound is later than the source's; None where nothing can be recognised."""
    size, reach = int(_WINDOW_S * _RATE), int(_REACH_S * _RATE)
    shifts: list[float] = []
    starts = range(reach, len(source.samples) - size - reach, size)
    loudest = sorted(starts, key=lambda s: _norm(source.samples[s : s + size]), reverse=True)[:3]
    for start in loudest:
        needle = source.samples[start : start + size]
        time = source.time_at(start)
        middle = stream.index_at(time + expected)
        low = max(0, middle - reach)
        hay = stream.samples[low : middle + size + reach]
        if len(hay) < size or not _norm(needle):
            continue
        correlation, offset = _best_lag(needle, hay)
        if correlation >= _MIN_CORRELATION:
            shifts.append(stream.time_at(low + offset) - time)
    return median(shifts) if shifts else None


def _start_s(programs: Programs, path: Path) -> float:
    """When the first picture of `path` is shown, in its own timestamps."""
    command = [str(programs.ffprobe), "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=start_time"]
    out, _ = _run([*command, "-of", "csv=p=0", str(path)])
    try:
        return float(out.decode().split()[0].strip(","))
    except (ValueError, IndexError):
        return 0.0


def offset_ms(
    programs: Programs, source: Path, video: Path, audio: Path, *, start_s: float = 0.0, length_s: float = 12.0
) -> float | None:
    """By how many milliseconds sound lags picture in the stream more than in the source (negative: it leads).

    `start_s` counts from the beginning of the presentation. None where picture or sound gives nothing to recognise.
    """
    expected = _start_s(programs, video) - _start_s(programs, source)
    picture = _picture_shift(
        _picture(programs, source, start_s, length_s), _picture(programs, video, start_s, length_s), expected
    )
    if picture is None:
        return None
    sound = _sound_shift(_sound(programs, source, start_s, length_s), _sound(programs, audio, start_s, length_s), picture)
    return None if sound is None else round((sound - picture) * 1000, 1)
