"""Where a source can be cut: the times of its key frames, from its own index where there is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.media import MediaInfo
from transcoding import sample_tables
from transcoding.mp4 import BadBoxes
from transcoding.probe import probe
from transcoding.sample_tables import KeyFrameIndex
from transcoding.streams import number
from transcoding.tools import Tools
from transcoding.watch import Watch

# Listing packets reads the file: a small one is listed whole, of a large one only a window at the head.
_WHOLE_BYTES = 64 * 2**20
_WINDOW_S = 45.0
_ANSWER_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """Presentation times of key frames in seconds from the first frame of the video, ascending."""

    times: tuple[float, ...]
    until_s: float
    """Up to here the list is complete; beyond it nothing is known."""
    index: KeyFrameIndex | None = None
    """The source's own index, where it has one."""


def read_keyframes(tools: Tools, path: Path, info: MediaInfo, watch: Watch | None = None) -> KeyFrames:
    """From the MP4's sample tables (milliseconds for an hour of video), else from packets. Empty without video."""
    if info.video is None:
        return KeyFrames((), info.duration_s)
    if "mp4" in info.container:
        try:
            index = sample_tables.key_frame_index(path, info.video.index)
        except (BadBoxes, IndexError, ValueError):
            index = None
        if index is not None and index.times:
            return KeyFrames(_from_first(index.times, info.video.start_s), info.duration_s, index)
    return _from_packets(tools, path, info, watch)


def _from_packets(tools: Tools, path: Path, info: MediaInfo, watch: Watch | None) -> KeyFrames:
    assert info.video is not None
    questions = ["-select_streams", "V:0", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"]
    until_s = info.duration_s
    if info.size > _WHOLE_BYTES:
        questions += ["-read_intervals", f"%+{_WINDOW_S:g}"]
        until_s = min(until_s, _WINDOW_S - 1.0)
    answer = probe(tools, path, questions, watch, output=_ANSWER_BYTES)
    times = []
    for line in answer.stdout.decode("ascii", "replace").splitlines():
        pts, _, flags = line.partition(",")
        if flags.startswith("K") and (time := number(pts)) is not None:
            times.append(time)
    return KeyFrames(_from_first(times, info.video.start_s), until_s)


def _from_first(times: Iterable[float], start_s: float) -> tuple[float, ...]:
    """Relative to the first frame; a key frame that the edit list cuts off counts as that first frame."""
    return tuple(sorted({max(time - start_s, 0.0) for time in times}))
