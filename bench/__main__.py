"""`python -m bench`: prints every measurement side by side, and keeps it with `--write`."""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from rich.console import Console

from bench import clips, delivery, engine, ladder, machine
from bench.pipeline import Bench, warm_platform
from bench.report import Table
from core.settings import MediaSettings
from transcoding.tools import find_tools

RESULTS = Path(__file__).parent / "results.md"
_INTRODUCTION = """# Benchmark results

Written by `make bench`. The three ways of the ladder and the two of the queue are measured in interleaved runs of one process;
medians are shown. First play counts from the last uploaded byte acknowledged until a learner holds master, playlists and the
first segment of every listed track. CPU is user + system time of ffmpeg and, in (c), of the workers around it.
"""


def _first_play(clip: Path, bench: Bench, rounds: int) -> Table:
    found = sorted(bench.first_play_s(clip) for _ in range(rounds))
    table = Table(f"First play of {clip.stem}, warm, {rounds} uploads one after another", ("", "median s", "min s", "max s"))
    table.add("last byte acknowledged -> first segments held", f"{median(found):.2f}", f"{found[0]:.2f}", f"{found[-1]:.2f}")
    return table


def _media(ffmpeg: Path, folder: Path, rounds: int) -> list[Table]:
    made = [clips.lecture(ffmpeg, folder), clips.motion(ffmpeg, folder)]
    tables: list[Table] = []
    with warm_platform(folder / "platform") as bench:
        # The first use of everything does not count.
        bench.first_play_s(made[0])
        for clip in made:
            tables.append(_first_play(clip, bench, 5))
            tables.append(ladder.run(ffmpeg, clip, bench, rounds))
    return tables


def main() -> None:
    """Measure, print, and with `--write` keep the tables in bench/results.md."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--only", choices=["media", "engine", "delivery"], help="one part alone")
    parser.add_argument("--write", action="store_true", help="replace bench/results.md")
    chosen = parser.parse_args()
    ffmpeg = find_tools(MediaSettings()).ffmpeg
    console = Console(highlight=False)
    about = f"{machine.describe(ffmpeg)}; load before: {machine.load():.1f}"
    console.print(about)
    tables: list[Table] = []
    with tempfile.TemporaryDirectory(prefix="aula-bench-") as work:
        if chosen.only in (None, "media"):
            tables += _media(ffmpeg, Path(work), chosen.rounds)
        if chosen.only in (None, "engine"):
            tables += engine.run(Path(work) / "engine", chosen.rounds)
        if chosen.only in (None, "delivery"):
            tables += delivery.run(Path(work) / "delivery", chosen.rounds)
    for table in tables:
        table.show(console)
    if chosen.write:
        RESULTS.write_text("\n".join([_INTRODUCTION, f"{about}.\n", *(table.markdown() for table in tables)]))


if __name__ == "__main__":
    main()
