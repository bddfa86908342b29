"""Decodes the ends of a track that was published and fetched back, or a source to its end."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import Transient
from core.media import Part
from transcoding import av1
from transcoding.failure import failure_of, has_damage
from transcoding.flags import QUIET, input_flags, input_url
from transcoding.mp4 import BadBoxes
from transcoding.spawn import Limits, run
from transcoding.tools import Tools
from transcoding.watch import Watch

_WALL_S = 120.0
# Of one segment.
_MOST_S = 60


def is_damaged(tools: Tools, source: Path, duration_s: float, watch: Watch | None = None) -> bool:
    """Decodes all pictures of a source and says whether the decoder complained."""
    argv = [str(tools.ffmpeg), *QUIET]
    for option, value in input_flags(tools.max_pixels, tools.max_streams).items():
        argv += [f"-{option}", str(value)]
    argv += ["-i", input_url(source), "-map", "0:V:0", "-t", str(duration_s + _MOST_S), "-f", "null", "-"]
    finished = run(tools, argv, Limits(wall_s=max(_WALL_S, duration_s)), reads=(source,), watch=watch)
    if (error := failure_of(finished)) is not None:
        raise error
    return has_damage(finished)


def check_decodes(tools: Tools, track: str, parts: Sequence[Part], folder: Path, watch: Watch | None = None) -> None:
    """Decodes the first and the last segment of a track. Raises Transient `check.failed` on the decoder's first complaint.

    AV1 without a decoder: its structure is looked at instead.
    """
    names = [segment.name for part in parts for segment in part.segments]
    if parts[0].codecs.startswith("av01") and not av1.has_decoder(tools):
        for name in dict.fromkeys((names[0], names[-1])):
            try:
                av1.check_structure(folder / parts[0].init_name, folder / name)
            except (BadBoxes, ValueError, IndexError) as bad:
                raise Transient("check.failed", f"What was published of '{track}' is not whole: {name}: {bad}.") from bad
        return
    for name in dict.fromkeys((names[0], names[-1])):
        joined = folder / f"check-{name}.mp4"
        with joined.open("wb") as file:
            for piece in (parts[0].init_name, name):
                file.write((folder / piece).read_bytes())
        argv = [str(tools.ffmpeg), *QUIET, "-xerror", "-err_detect", "explode"]
        # A copied rung is still the uploader's.
        for option, value in input_flags(tools.max_pixels, tools.max_streams).items():
            argv += [f"-{option}", str(value)]
        argv += ["-i", input_url(joined), "-t", str(_MOST_S), "-f", "null", "-"]
        finished = run(tools, argv, Limits(wall_s=_WALL_S), reads=(joined,), watch=watch)
        joined.unlink()
        if (error := failure_of(finished)) is not None:
            why = f"What was published of '{track}' is not whole: {name} does not decode."
            raise Transient("check.failed", why, **error.detail)
