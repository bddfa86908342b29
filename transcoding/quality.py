"""Per-title quality: what a few short excerpts tell about how to encode a source, and which rungs it is worth having.

One fast encode per excerpt and size. x264 itself compares each frame with what it was given (SSIM of brightness), so nothing is
decoded again; its summary also says what key frames and the frames between them take. In the same process the source is scaled
to smaller rungs and back: where nothing is lost on the way (PSNR), the larger rungs hold no detail of their own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log, log10
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import ffmpeg
import msgspec

from core.media import Plan, Rung
from transcoding.commands import to_sdr
from transcoding.flags import input_flags, input_url
from transcoding.plan import SEGMENT_S
from transcoding.spawn import Limits, run
from transcoding.tone_map import NAME, write_cube
from transcoding.tools import Tools
from transcoding.watch import Watch

Content = Literal["still", "moving", "grainy"]

_EXCERPTS = 3
_LONGEST_S, _SHORTEST_S = 1.2, 0.5
# Of the whole length: with two of the rungs at most, that is below a tenth of what the ladder costs.
_SHARE = 0.06
_LONG_S = 24.0
_WALL_S = 120.0
# The settings that the numbers below were found with.
_PRESET, _CRF = "veryfast", 23.0
_PROBED_SIDE = (720, 360)

# Decibels of SSIM: 16 dB is 0.975. What lies above is given back as bytes, half a CRF step per decibel.
_FLOOR_DB = 16.0
_STEPS_PER_DB = 0.5
_LEAST, _MOST = -2.0, 3.0
# Slides reach 25 dB and more; camera pictures 12 to 18.
_STILL_DB = 22.0
# Mean size of the frames between key frames over that of a key frame: film and talking heads are near 0.1. Grain can't be
# predicted, hides what is lost, and would fill any line.
_GRAINY, _GRAIN_STEPS = 0.25, 2.0
# CRF steps that halve the rate.
_HALF_RATE = 6.0
# Peaks over the average that a viewer's line must follow; slides need room for the change of a slide.
_PEAK = 4.0
_LEAST_PEAK = 250_000

# Scaled down and up again with less than this lost, nobody can tell a rung from the smaller one.
_SAME_DB = 46.0
_LEAST_SIDE = 360
# A rung that saves less than this part of the next larger one's bytes is not worth making, nor is one below a rate that every
# line carries.
_WORTH = 0.85
_ANY_LINE = 150_000


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What one size of the excerpts came to at CRF 23."""

    rung: str
    pixels: int
    ssim_db: float
    bit_rate: float
    change: float
    """Mean size of the frames between key frames over that of a key frame."""


class RungQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How to encode one rung."""

    name: str
    crf: float
    max_rate: int
    bit_rate: int
    """Expected average."""


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that is not worth having, and why in a few words."""

    name: str
    reason: str


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What the probe found. Without scores (too short, nothing decodable) every rung stays as planned."""

    rungs: tuple[RungQuality, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    content: Content = "moving"
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """One run: per probed rung (SSIM in dB, rate, change), per smaller rung the PSNR of the way there and back."""

    sizes: tuple[tuple[float, float, float], ...]
    kept_db: dict[str, float]


def probe_quality(tools: Tools, source: Path, plan: Plan, out_dir: Path, watch: Watch | None = None) -> Quality:
    """Look at `source` (the file that the plan's times refer to) and say how to encode it. `out_dir` is scratch.

    An excerpt that can't be decoded is passed over: the encode itself will say what is wrong with a file. Raises what
    `spawn.run` raises.
    """
    watch = watch or Watch()
    encoded = _encoded(plan)
    starts, length_s = excerpts(plan)
    if not encoded or not starts:
        return Quality()
    source, out_dir = source.resolve(), out_dir.resolve()
    if plan.tone_map:
        write_cube(out_dir, plan.tone_map)
    probed = _probed(encoded)
    found: list[_Excerpt] = []
    for index, start_s in enumerate(starts):
        argv = command(tools, source, plan, encoded, probed, start_s, length_s)
        limits = Limits(wall_s=_WALL_S, stall_s=None)
        finished = run(tools, argv, limits, reads=(source,), writes=out_dir, watch=watch)
        excerpt = _read(finished.stderr, out_dir, encoded, probed) if finished.returncode == 0 else None
        if excerpt is not None:
            found.append(excerpt)
        watch.on_progress((index + 1) / len(starts))
    (out_dir / NAME).unlink(missing_ok=True)
    return judge(plan, _scores(probed, found), _kept(found)) if found else Quality()


def apply_quality(plan: Plan, quality: Quality) -> Plan:
    """The plan with the rungs as the probe wants them."""
    wanted = {rung.name: rung for rung in quality.rungs}
    gone = {rung.name for rung in quality.dropped}
    rungs = []
    for rung in plan.rungs:
        if rung.name in gone:
            continue
        if (new := wanted.get(rung.name)) is not None:
            rung = msgspec.structs.replace(rung, crf=new.crf, max_rate=new.max_rate)  # noqa: PLW2901
        rungs.append(rung)
    return msgspec.structs.replace(plan, rungs=tuple(rungs))


def excerpts(plan: Plan) -> tuple[tuple[float, ...], float]:
    """Where the excerpts begin, in seconds from the first frame, and how long each is; none of a very short source."""
    count = _EXCERPTS if plan.duration_s >= _LONG_S else 1
    length_s = min(_SHARE * plan.duration_s / count, _LONGEST_S)
    if length_s < _SHORTEST_S:
        return (), 0.0
    wanted = [plan.duration_s * (2 * index + 1) / (2 * count) for index in range(count)]
    keys = [chunk.seek_s for chunk in plan.chunks]
    # At a key frame that is known, nothing is decoded in vain.
    near = [min(keys, key=lambda key: abs(key - at)) for at in wanted]
    return tuple(near if len(set(near)) == count > 1 else wanted), length_s


def _encoded(plan: Plan) -> tuple[Rung, ...]:
    """What a copied rung is like is the source's to say; AV1 rungs follow their neighbours in H.264 later."""
    return tuple(rung for rung in plan.h264 if not rung.copied)


def _probed(encoded: Sequence[Rung]) -> tuple[Rung, ...]:
    """The largest rung up to 720p and the smallest from 360p: the others lie between them or follow their trend."""
    high, low = _PROBED_SIDE
    large = next((rung for rung in encoded if rung.short_side <= high), encoded[-1])
    small = next((rung for rung in reversed(encoded) if rung.short_side >= low), large)
    return (large, small) if small.short_side < large.short_side else (large,)


def command(
    tools: Tools, source: Path, plan: Plan, encoded: Sequence[Rung], probed: Sequence[Rung], start_s: float, length_s: float
) -> list[str]:
    """One excerpt: an encode per probed rung, and the way down and up again per rung below the largest."""
    top = encoded[0]
    options: dict[str, Any] = dict(input_flags(tools.max_pixels, tools.max_streams))
    if (seek_at := plan.source_start_s + start_s) > 0:
        options["ss"] = f"{seek_at:.6f}"
    if tools.threads:
        options["threads"] = tools.threads
    picture = ffmpeg.input(input_url(source), t=f"{length_s:.3f}", reinit_filter=0, **options)["V:0"]
    if plan.deinterlace:
        picture = picture.filter("bwdif", mode="send_frame")
    picture = picture.filter("fps", fps=f"{top.fps_num}/{top.fps_den}")
    if plan.tone_map:
        picture = to_sdr(picture, top.width, top.height)
    picture = picture.filter("scale", w=top.width, h=top.height, out_range="tv").filter("format", "yuv420p")
    smaller = _smaller(encoded)
    branches = picture.filter("setsar", 1).split()
    outputs = []
    for index, rung in enumerate(probed):
        branch = branches[index].filter("scale", w=rung.width, h=rung.height)
        settings = {"c:v": "libx264", "preset": _PRESET, "crf": f"{_CRF:g}", "g": 9999, "sc_threshold": 0}
        # SSIM is taken inside the encoder.
        outputs.append(ffmpeg.output(branch, "-", f="null", **settings, **{"x264-params": "ssim=1"}))
    for index, rung in enumerate(smaller):
        pair = len(probed) + 2 * index
        there = branches[pair].filter("scale", w=rung.width, h=rung.height)
        back = there.filter("scale", w=top.width, h=top.height)
        lost = ffmpeg.filter([branches[pair + 1], back], "psnr", stats_file=_stats_name(rung))
        outputs.append(ffmpeg.output(lost, "-", f="null", **{"c:v": "wrapped_avframe"}))
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    compiled: list[str] = ffmpeg.compile(merged)
    return [str(tools.ffmpeg), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "info", "-y", *compiled[1:]]


def _smaller(encoded: Sequence[Rung]) -> list[Rung]:
    """What the largest rung could be replaced by."""
    return [rung for rung in encoded[1:] if rung.short_side >= _LEAST_SIDE]


def _stats_name(rung: Rung) -> str:
    return f"psnr-{rung.name}.log"


_FRAMES = re.compile(r"^\[libx264 @ [^\]]+\] frame ([IPB]):(\d+) +Avg QP: *[\d.]+ +size: *(\d+)", re.MULTILINE)
_SSIM = re.compile(r"^\[libx264 @ [^\]]+\] SSIM Mean Y:([\d.]+)", re.MULTILINE)
_PSNR = re.compile(r" mse_y:([\d.]+)")


def _read(stderr: str, out_dir: Path, encoded: Sequence[Rung], probed: Sequence[Rung]) -> _Excerpt | None:
    """The summaries stand in the order of the outputs. None when there was no frame."""
    similar = [float(value) for value in _SSIM.findall(stderr)]
    frames: list[dict[str, tuple[int, int]]] = []
    for kind, count, size in _FRAMES.findall(stderr):
        if kind == "I":
            frames.append({})
        if frames:
            frames[-1][kind] = (int(count), int(size))
    kept_db = {}
    for rung in _smaller(encoded):
        path = out_dir / _stats_name(rung)
        if path.exists():
            errors = [float(value) for value in _PSNR.findall(path.read_text("ascii", "replace"))]
            path.unlink()
            if errors:
                kept_db[rung.name] = _decibels(fmean(errors) / 255**2)
    if len(similar) != len(probed) or len(frames) != len(probed):
        return None
    fps = float(Fraction(probed[0].fps_num, probed[0].fps_den))
    sizes = zip(similar, frames, strict=True)
    return _Excerpt(tuple((_decibels(1 - value), *_rate(kinds, fps)) for value, kinds in sizes), kept_db)


def _decibels(error: float) -> float:
    return -10 * log10(max(error, 1e-6))


def _rate(kinds: dict[str, tuple[int, int]], fps: float) -> tuple[float, float]:
    """(bits a second with one key frame per segment, change) from counts and mean sizes of the kinds of frames."""
    key = kinds["I"][1]
    rest = [kinds[kind] for kind in "PB" if kind in kinds]
    between = sum(count * size for count, size in rest) / max(sum(count for count, _ in rest), 1)
    return 8 * (key + between * (SEGMENT_S * fps - 1)) / SEGMENT_S, between / max(key, 1)


def _scores(probed: Sequence[Rung], found: Sequence[_Excerpt]) -> tuple[Score, ...]:
    scores = []
    for index, rung in enumerate(probed):
        sizes = [excerpt.sizes[index] for excerpt in found]
        scores.append(
            Score(
                rung=rung.name,
                pixels=rung.width * rung.height,
                # The worst counts in full and the rest as much: one dull excerpt must not spoil a lively one.
                ssim_db=(min(size[0] for size in sizes) + fmean(size[0] for size in sizes)) / 2,
                bit_rate=fmean(size[1] for size in sizes),
                change=fmean(size[2] for size in sizes),
            )
        )
    return tuple(scores)


def _kept(found: Sequence[_Excerpt]) -> dict[str, float]:
    """The least of all excerpts, of rungs that each of them compared."""
    names = set.intersection(*(set(excerpt.kept_db) for excerpt in found))
    return {name: min(excerpt.kept_db[name] for excerpt in found) for name in names}


def judge(plan: Plan, scores: tuple[Score, ...], kept_db: dict[str, float]) -> Quality:
    """The rule, without any file. `kept_db`: PSNR of the largest encoded rung after the way to a smaller one and back."""
    encoded = _encoded(plan)
    rungs = [_quality_of(rung, scores) for rung in encoded]
    return Quality(
        rungs=tuple(rungs),
        dropped=tuple(_dropped(encoded, {rung.name: rung.bit_rate for rung in rungs}, kept_db)),
        content=_content(scores[0]),
        scores=scores,
    )


def _content(score: Score) -> Content:
    if score.ssim_db >= _STILL_DB:
        return "still"
    return "grainy" if score.change >= _GRAINY else "moving"


def _steps(score: Score) -> float:
    """CRF steps above (or below) the planned value."""
    if _content(score) == "grainy":
        return _GRAIN_STEPS
    return min(max((score.ssim_db - _FLOOR_DB) * _STEPS_PER_DB, _LEAST), _MOST)


def _quality_of(rung: Rung, scores: tuple[Score, ...]) -> RungQuality:
    pixels = rung.width * rung.height
    steps = round(2 * _between(pixels, scores, [_steps(score) for score in scores])) / 2
    # Rates follow a power of the number of pixels.
    planned = exp(_between(pixels, scores, [log(max(score.bit_rate, 1.0)) for score in scores], beyond=True))
    rate = planned * 2 ** ((_CRF - rung.crf - steps) / _HALF_RATE)
    return RungQuality(
        name=rung.name,
        crf=rung.crf + steps,
        max_rate=min(max(int(_PEAK * rate), _LEAST_PEAK), rung.max_rate),
        bit_rate=int(min(rate, rung.max_rate)),
    )


def _between(pixels: int, scores: tuple[Score, ...], values: list[float], *, beyond: bool = False) -> float:
    """Linear in the logarithm of the number of pixels; `beyond` the two sizes only where told."""
    if len(scores) == 1:
        return values[0] + (log(pixels / scores[0].pixels) * 0.75 if beyond else 0.0)
    at = log(pixels / scores[1].pixels) / log(scores[0].pixels / scores[1].pixels)
    return values[1] + (values[0] - values[1]) * (at if beyond else min(max(at, 0.0), 1.0))


def _dropped(encoded: Sequence[Rung], rates: dict[str, int], kept_db: dict[str, float]) -> list[Dropped]:
    """Rungs that add nothing; the smallest that holds all detail stays, or the largest."""
    enough = next((rung for rung in reversed(encoded) if kept_db.get(rung.name, 0.0) >= _SAME_DB), encoded[0])
    gone = []
    larger = enough
    for rung in encoded:
        if rung.short_side > enough.short_side:
            gone.append(Dropped(name=rung.name, reason="the source holds no detail of that size"))
        elif rung.short_side < enough.short_side:
            if rates[larger.name] <= _ANY_LINE or rates[rung.name] >= _WORTH * rates[larger.name]:
                gone.append(Dropped(name=rung.name, reason="the next larger rung takes hardly more bytes"))
            else:
                larger = rung
    return gone
