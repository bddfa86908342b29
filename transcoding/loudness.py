"""Loudness by EBU R128: what ffmpeg says it measured, and what has to be done about it. Pure functions.

Mono counts as one channel, as ITU-R BS.1770 has it and every meter does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.media import Loudness

TARGET = -16.0
"""LUFS of every published sound; what podcasts and phones are made for."""
# Nobody hears half a LU, and encoding again would cost quality.
_NEAR = 0.5
# dBTP. Above the first a source is limited although it is loud enough; the second leaves room for what AAC adds to peaks.
_MOST_PEAK = -1.0
CEILING = -1.5
# What would need more is noise that nobody wants to hear louder.
_MOST_GAIN = 40.0
# A limiter takes loudness away: so much (LU) may be missing before another gain (dB) is tried.
_MISSED = 0.3
_WORTH_IT = 0.1
_LEAST_SLOPE = 0.25
# The gate of R128: below it there is nothing to measure.
_SILENCE = -70.0
# Stands for minus infinity, which JSON does not know.
_NO_PEAK = -120.0

_NUMBER = r"(-?(?:\d+\.\d+|inf|nan))"
_INTEGRATED = re.compile(rf"\bI:\s+{_NUMBER} LUFS")
_RANGE = re.compile(rf"\bLRA:\s+{_NUMBER} LU\b")
_PEAK = re.compile(rf"\bPeak:\s+{_NUMBER} dBFS")


@dataclass(frozen=True, slots=True)
class Gain:
    """What to do to a sound: a constant gain in dB, and behind it a limiter where peaks would exceed `CEILING`."""

    db: float
    limited: bool


def read_summary(log: str) -> Loudness | None:
    """What the last `ebur128` filter of a run measured, from ffmpeg's own words; None when it says nothing."""
    _, found, summary = log.rpartition("Summary:")
    integrated, spread, peak = (pattern.search(summary) for pattern in (_INTEGRATED, _RANGE, _PEAK))
    if not found or integrated is None or spread is None:
        return None
    level = float(integrated[1])
    return Loudness(
        integrated=level if level > _SILENCE else None,
        range=float(spread[1]) if level > _SILENCE else 0.0,
        true_peak=max(float(peak[1]), _NO_PEAK) if peak else _NO_PEAK,
    )


def gain_for(measured: Loudness) -> Gain | None:
    """How a sound reaches the target; None where it is there already, or silent."""
    if measured.integrated is None:
        return None
    if abs(measured.integrated - TARGET) <= _NEAR and measured.true_peak <= _MOST_PEAK:
        return None
    return _gain(TARGET - measured.integrated, measured)


def corrected(tried: Sequence[tuple[float, float | None]], measured: Loudness) -> Gain | None:
    """The next gain to try where a limiter took too much away; None where the last one will do, or no more is allowed.

    `tried`: gains in dB and what came out, in LUFS. How much of a further dB comes through is learned from the last two.
    """
    db, output = tried[-1]
    if output is None or abs(TARGET - output) <= _MISSED:
        return None
    slope = 1.0
    if len(tried) > 1 and tried[-2][1] is not None and tried[-2][0] != db:
        slope = min(max((output - tried[-2][1]) / (db - tried[-2][0]), _LEAST_SLOPE), 1.0)
    better = _gain(db + (TARGET - output) / slope, measured)
    return better if abs(better.db - db) >= _WORTH_IT else None


def _gain(db: float, measured: Loudness) -> Gain:
    db = round(min(max(db, -_MOST_GAIN), _MOST_GAIN), 2)
    return Gain(db, limited=measured.true_peak + db > CEILING)
