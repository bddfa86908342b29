"""The corpus of bad and strange uploads: what each kind is, how it is made, and the end that it must come to."""

from tests.media import broken, files, pictures, sounds, times
from tests.media.workshop import Kind

GROUPS: dict[str, tuple[Kind, ...]] = {
    "No video, or more than a video": files.KINDS,
    "Cut short and damaged": broken.KINDS,
    "Strange clocks": times.KINDS,
    "Strange pictures": pictures.KINDS,
    "Strange sound, and what else a file may carry": sounds.KINDS,
}
CORPUS: dict[str, Kind] = {kind.name: kind for kinds in GROUPS.values() for kind in kinds}


def table() -> str:
    """The endings, as docs/bad-input.md shows them."""
    lines = []
    for title, kinds in GROUPS.items():
        lines += [f"### {title}", "", "| upload | ending |", "|---|---|"]
        lines += [f"| {kind.name} | {_end(kind)} |" for kind in kinds]
        lines.append("")
    return "\n".join(lines)


def _end(kind: Kind) -> str:
    if kind.ending != "ready":
        return f"`{kind.ending}`"
    return f"ready, {kind.lasts_s:g} s" + ("" if kind.tracks == "both" else f", {kind.tracks} only")
