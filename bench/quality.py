"""Bytes at equal VMAF: our profiles against PeerTube's flags, each rung at its own size against the scaled source."""

import math
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import imageio_ffmpeg

from bench import clips, single
from bench.cpu import measure
from bench.report import Table
from core.media import Profile, Rung
from transcoding import encoders

# VMAF of every fifth frame differs from that of all by less than 0.1.
_EVERY = 5
_GOP_S = 4
_STEP = 3.0
_MOST_STEPS = 6
_SCORE = re.compile(r"VMAF score: ([\d.]+)")


@dataclass(frozen=True, slots=True)
class _Point:
    crf: float
    size: int
    vmaf: float


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to encode: options for a rung and a CRF."""

    name: str
    first_crf: float
    options: Callable[[Rung, float], list[str]]


def _ours(codec: str, profile: Profile) -> Callable[[Rung, float], list[str]]:
    def options(rung: Rung, crf: float) -> list[str]:
        # Without a cap: PeerTube's peaks bind on film, and a curve that bends at ours would compare caps.
        free = Rung(
            name=rung.name,
            width=rung.width,
            height=rung.height,
            fps_num=rung.fps_num,
            fps_den=rung.fps_den,
            crf=crf,
            max_rate=50_000_000,
            level="5.1",
            codec="av1" if codec == "av1" else "h264",
        )
        words = [str(part) for name, value in encoders.options_for(free, profile).items() for part in (f"-{name}", value)]
        return [*words, "-force_key_frames", ",".join(str(max(at - 0.02, 0)) for at in range(0, 60, _GOP_S))]

    return options


_REFERENCE = "PeerTube's flags"
_WAYS = (
    _Way("H.264, fast", 28, _ours("h264", "fast")),
    _Way("H.264, small", 29, _ours("h264", "small")),
    _Way("AV1", 45, _ours("av1", "fast")),
)
_SIDES = ((1280, 720), (640, 360))


class _Encodes:
    """Encodes of one clip at one size, measured once each."""

    def __init__(self, ffmpeg: Path, clip: Path, rung: Rung, folder: Path) -> None:
        self._ffmpeg = ffmpeg
        self._rung = rung
        self._folder = folder
        folder.mkdir()
        # Decoding costs every way the same and would hide the difference.
        self.source = folder / "source.y4m"
        scale = f"scale={rung.width}:{rung.height},format=yuv420p"
        subprocess.run([*self._start(clip), "-vf", scale, str(self.source)], check=True)

    def _start(self, source: Path) -> list[str]:
        return [str(self._ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(source)]

    def command(self, options: list[str], target: Path) -> list[str]:
        """The encode alone."""
        # SVT-AV1 talks past ffmpeg's log level.
        return ["env", "SVT_LOG=1", *self._start(self.source), *options, "-an", str(target)]

    def point(self, options: list[str], crf: float) -> _Point:
        """Encode, and compare with the source."""
        target = self._folder / "encoded.mp4"
        subprocess.run(self.command(options, target), check=True)
        score = _vmaf(target, self.source)
        return _Point(crf, target.stat().st_size, score)

    def reference(self) -> _Point:
        """PeerTube's flags at x264's own CRF."""
        return self.point(single.peertube_options(self._rung), 23)

    def size_at(self, way: _Way, vmaf: float) -> tuple[float, float]:
        """(bytes, CRF) where the way reaches that VMAF, between two encodes around it."""
        points = [self.point(way.options(self._rung, way.first_crf), way.first_crf)]
        step = _STEP if points[0].vmaf > vmaf else -_STEP
        for _ in range(_MOST_STEPS):
            crf = points[-1].crf + step
            points.append(self.point(way.options(self._rung, crf), crf))
            if (points[-1].vmaf > vmaf) != (step > 0):
                break
        low, high = points[-2:]
        share = (vmaf - low.vmaf) / (high.vmaf - low.vmaf)
        return math.exp(math.log(low.size) + share * math.log(high.size / low.size)), low.crf + share * (high.crf - low.crf)


def _vmaf(encoded: Path, source: Path) -> float:
    """By the libvmaf of the ffmpeg that only development installs; frames are matched by number."""
    graph = "[0:v]settb=1/25,setpts=N[a];[1:v]settb=1/25,setpts=N[b];"
    graph += f"[a][b]libvmaf=n_threads=2:n_subsample={_EVERY}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-i", str(encoded), "-i", str(source), "-lavfi", graph]
    said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    found = _SCORE.search(said)
    if found is None:
        raise RuntimeError(f"no VMAF score: {said[-500:]}")
    return float(found[1])


def _rung(width: int, height: int) -> Rung:
    return Rung(name=f"{height}p", width=width, height=height, fps_num=25, fps_den=1, crf=23, max_rate=1, level="4.0")


def _cpu(encodes: _Encodes, found: dict[str, list[str]], folder: Path, rounds: int) -> dict[str, float]:
    """Medians of interleaved encodes at the CRFs of equal VMAF."""
    costs: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, options in found.items():
            costs[name].append(measure([encodes.command(options, folder / "timed.mp4")], folder).cpu_s)
    return {name: median(values) for name, values in costs.items()}


def _compare(ffmpeg: Path, clip: Path, folder: Path, rounds: int) -> Table:
    """One clip: bytes of both sizes together, CPU of the larger one."""
    sizes: dict[str, float] = {}
    settings: dict[str, list[str]] = {}
    crfs: dict[str, list[str]] = {}
    cpu: dict[str, float] = {}
    scores = []
    for width, height in _SIDES:
        rung = _rung(width, height)
        encodes = _Encodes(ffmpeg, clip, rung, folder / f"{clip.stem}-{height}")
        reference = encodes.reference()
        scores.append(f"{reference.vmaf:.1f}")
        sizes[_REFERENCE] = sizes.get(_REFERENCE, 0) + reference.size
        crfs.setdefault(_REFERENCE, []).append("23")
        settings[_REFERENCE] = single.peertube_options(rung)
        for way in _WAYS:
            size, crf = encodes.size_at(way, reference.vmaf)
            sizes[way.name] = sizes.get(way.name, 0) + size
            crfs.setdefault(way.name, []).append(f"{crf:.0f}")
            settings[way.name] = way.options(rung, round(crf))
        if not cpu:
            cpu = _cpu(encodes, settings, folder, rounds)
        encodes.source.unlink()
    names = " + ".join(f"{height}p" for _, height in _SIDES)
    table = Table(
        f"Bytes of {clip.stem} at equal VMAF ({', '.join(scores)}), {names}", ("way", "kB", "ratio", "CPU ratio", "CRF")
    )
    for name, size in sizes.items():
        table.add(
            name,
            f"{size / 1000:.0f}",
            f"{size / sizes[_REFERENCE]:.2f}",
            f"{cpu[name] / cpu[_REFERENCE]:.2f}",
            ", ".join(crfs[name]),
        )
    return table


def run(ffmpeg: Path, folder: Path, rounds: int) -> list[Table]:
    """Slides with a moving inset, and a film-like picture with grain and hard cuts."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_compare(ffmpeg, clip, folder, rounds) for clip in (clips.slides(ffmpeg, folder), clips.film(ffmpeg, folder))]
