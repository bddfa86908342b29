"""How each codec is encoded, per profile, as a table. What it was chosen from is measured in docs/encoding.md."""

from typing import Any, NamedTuple

from core.media import Profile, Rung


class _Preset(NamedTuple):
    preset: str
    params: str


# trellis: the largest saving for its CPU that the quick presets leave out. aq-strength: half the default, which takes too much
# from what moves; none at all would band dark walls. rc-lookahead: slides gain most, what stands still is coded well once.
_X264 = {
    "fast": _Preset("veryfast", "trellis=1:aq-strength=0.5:rc-lookahead=40"),
    "small": _Preset("medium", "aq-strength=0.5:rc-lookahead=50:bframes=8:b-adapt=1"),
}
# Half the bytes of x264's `fast` for twice its CPU, later. Preset 10 is quicker, but no better than x264 on slides.
_SVT_PRESET = 8


def options_for(rung: Rung, profile: Profile) -> dict[str, Any]:
    """Options of one output, rate control included. Whatever CRF and rate a rung has, all its chunks share one init segment."""
    common: dict[str, Any] = {
        "crf": f"{rung.crf:g}",
        "maxrate": rung.max_rate,
        "bufsize": 2 * rung.max_rate,
        # Key frames where the grid says and nowhere else.
        "g": 9999,
    }
    if rung.codec == "av1":
        return {"c:v": "libsvtav1", "preset": _SVT_PRESET, "svtav1-params": "scd=0", **common}
    chosen = _X264[profile]
    return {
        "c:v": "libx264",
        "preset": chosen.preset,
        "profile:v": "high",
        "level:v": rung.level,
        # stitchable keeps what depends on rate control out of the headers.
        "x264-params": f"stitchable=1:{chosen.params}",
        "sc_threshold": 0,
        **common,
    }
