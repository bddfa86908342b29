"""A look at a source of which only the beginning has arrived: enough when its index comes first."""

from pathlib import Path

from core.errors import BadMedia
from core.media import Plan
from transcoding.copy import head_end_s
from transcoding.mp4 import BadBoxes, top_boxes
from transcoding.prepare import Prepared, prepare
from transcoding.probe import Limits
from transcoding.sample_tables import bytes_until
from transcoding.tools import Tools
from transcoding.watch import Watch

_HEADS = frozenset({b"ftyp", b"moov", b"free", b"skip", b"wide", b"uuid"})


class NotYet(Exception):
    """More bytes are needed."""


def look(tools: Tools, path: Path, size: int, limits: Limits, work_dir: Path, watch: Watch) -> Prepared | None:
    """What the source will be, and its plan, when it can take the fast lane; None when there is nothing to begin with yet.

    `path` holds the first bytes of a file of `size` bytes, and may grow. Raises NotYet while the index is not there.
    """
    if not _index_comes_first(path):
        return None
    try:
        prepared = prepare(tools, path, limits, work_dir, watch, complete_size=size)
    except BadMedia:
        # The whole file will be judged when it is there.
        return None
    return prepared if prepared.plan.copied_rung is not None else None


def demand_head(path: Path, plan: Plan, size: int) -> None:
    """Raise NotYet unless the bytes that copying the head reads have arrived."""
    until_s = head_end_s(plan)
    try:
        needed = size if until_s is None else bytes_until(path, until_s) or size
    except (BadBoxes, IndexError, ValueError):
        needed = size
    if path.stat().st_size < needed:
        raise NotYet


def _index_comes_first(path: Path) -> bool:
    """Whether an MP4's index stands before its media. Raises NotYet while the index is arriving."""
    held = path.stat().st_size
    try:
        with path.open("rb") as file:
            for number, box in enumerate(top_boxes(file, held)):
                if box.type not in _HEADS or (number == 0 and box.type != b"ftyp"):
                    return False
                if box.offset + box.size > held:
                    raise NotYet
                if box.type == b"moov":
                    return True
    except BadBoxes:
        return False
    raise NotYet
