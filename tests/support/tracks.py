"""Checks a whole track by its boxes: each part follows the one before, to the tick."""

from collections.abc import Sequence
from pathlib import Path

from core.media import Part, Plan
from transcoding.mp4 import read_fragment, read_init
from transcoding.playlists import length_s


def check_segments(plan: Plan, parts: Sequence[Part], folder: Path) -> None:
    """Sizes and durations are those recorded, EXTINF fits the target duration, all parts share one init segment."""
    assert len({part.init_sha256 for part in parts}) == 1
    init = read_init((folder / parts[0].init_name).read_bytes())
    next_dts = None
    for segment in (segment for part in parts for segment in part.segments):
        path = folder / segment.name
        fragment = read_fragment(path, init)
        assert path.stat().st_size == segment.size
        assert abs(fragment.duration / init.timescale - segment.duration_s) <= 1 / init.timescale, segment
        assert round(segment.duration_s) <= plan.target_duration, segment
        assert next_dts is None or fragment.first_dts == next_dts, segment
        next_dts = fragment.first_dts + fragment.duration
    assert abs(length_s(parts) - plan.duration_s) < 0.05
