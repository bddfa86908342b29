"""What the ffmpeg at hand can do; builds differ."""

from functools import cache

from transcoding.spawn import Limits, run
from transcoding.tools import Tools

_WALL_S = 20.0
# ffmpeg's own AV1 decoder only drives hardware.
_SOFTWARE_AV1 = frozenset({"libdav1d", "libaom-av1"})


@cache
def decoders(tools: Tools) -> frozenset[str]:
    """Names of all decoders of this ffmpeg."""
    listed = run(tools, [str(tools.ffmpeg), "-hide_banner", "-decoders"], Limits(wall_s=_WALL_S)).stdout.decode(
        "ascii", "replace"
    )
    return frozenset(fields[1] for line in listed.splitlines() if len(fields := line.split()) > 1)


def decodes(tools: Tools, codec: str) -> bool:
    """Whether video of that codec (ffprobe's name) can be decoded in software."""
    return codec != "av1" or not _SOFTWARE_AV1.isdisjoint(decoders(tools))
