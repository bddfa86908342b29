"""How soon a learner sees the first picture, and whether he waits later: sources of every length, on a warm platform."""

from pathlib import Path
from statistics import median

from bench import clips
from bench.pipeline import Bench
from bench.report import Table

# Long enough for the large rungs to have joined, and for a viewer to have met the edge of what there is.
_WATCHED_S = 45.0


def run(ffmpeg: Path, folder: Path, bench: Bench, rounds: int) -> Table:
    """One row per source; `required` are the limits of the project, `stall s` is counted in one session that goes on."""
    table = Table(
        f"First playable, warm: last byte acknowledged until the first segments are held, medians of {rounds}",
        ("source, profile fast", "median s", "max s", "stall s", "required s", "aim s"),
    )
    for minutes, name in ((10 / 60, "10 s"), (10, "10 min"), (60, "60 min")):
        clip = clips.recording(ffmpeg, folder, 1080, minutes)
        _row(table, f"1080p of {name}, qualifies", clip, bench, rounds, ("1.5", "0.7"))
        clip.unlink()
    for height, limits in ((720, ("4", "2")), (1080, ("5", "3"))):
        clip = clips.as_matroska(ffmpeg, clips.recording(ffmpeg, folder, height, 10))
        _row(table, f"{height}p of 10 min, to be encoded", clip, bench, rounds, limits)
        clip.unlink()
    return table


def _row(table: Table, name: str, clip: Path, bench: Bench, rounds: int, limits: tuple[str, str]) -> None:
    found = sorted(bench.first_play_s(clip) for _ in range(rounds))
    stall_s = bench.stall_s(clip, _WATCHED_S)
    table.add(name, f"{median(found):.2f}", f"{found[-1]:.2f}", f"{stall_s:.2f}", *limits)
