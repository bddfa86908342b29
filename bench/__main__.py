"""`python -m bench`: prints every measurement side by side, and keeps it with `--write`."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench import clips, delivery, engine, first_play, gateway, ladder, machine, quality, sign_in
from bench.pipeline import warm_platform
from bench.report import Table
from core.settings import MediaSettings
from transcoding.tools import find_tools

RESULTS = Path(__file__).parent / "results.md"
_INTRODUCTION = """# Benchmark results

Written by `make bench`. The three ways of the ladder and the two of the queue are measured in interleaved runs of one process;
medians are shown. First play counts from the last uploaded byte acknowledged until a learner holds master, playlists and the
first segment of every listed track. CPU is user + system time of ffmpeg and, in (c), of the workers around it.
"""


def _first_play(ffmpeg: Path, folder: Path, rounds: int) -> list[Table]:
    with warm_platform(folder / "first-play") as bench:
        # The first use of everything does not count.
        bench.first_play_s(clips.recording(ffmpeg, folder, 1080, 10 / 60))
        return [first_play.run(ffmpeg, folder, bench, rounds)]


def _ladder(ffmpeg: Path, folder: Path, rounds: int) -> list[Table]:
    lesson, motion = clips.lesson(ffmpeg, folder), clips.motion(ffmpeg, folder)
    # Without the probe, so that every way makes the same rungs alike; what it costs is measured apart.
    with warm_platform(folder / "ladder", {"AULA_MEDIA_PROBE": "false"}) as bench:
        bench.first_play_s(lesson)
        tables = [ladder.run(ffmpeg, clips.as_matroska(ffmpeg, clip), bench, rounds) for clip in (lesson, motion)]
        tables.append(ladder.run(ffmpeg, lesson, bench, rounds, qualifies=True))
    return [*tables, ladder.probe(lesson)]


_PARTS: dict[str, Callable[[Path, Path, int], list[Table]]] = {
    "first-play": _first_play,
    "ladder": _ladder,
    "quality": quality.run,
    "delivery": lambda _, folder, rounds: delivery.run(folder, rounds),
    "gateway": lambda _, folder, rounds: gateway.run(folder, rounds),
    "engine": lambda _, folder, rounds: engine.run(folder, rounds),
    "sign-in": lambda _, folder, rounds: sign_in.run(folder, rounds),
}


def main() -> None:
    """Measure, print, and with `--write` keep what was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--only", choices=list(_PARTS), action="append", help="one part alone, or several")
    parser.add_argument("--write", action="store_true", help="keep the tables in bench/results.md")
    chosen = parser.parse_args()
    ffmpeg = find_tools(MediaSettings()).ffmpeg
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="aula-bench-") as work:
        for name, part in _PARTS.items():
            if chosen.only is None or name in chosen.only:
                about = f"{machine.describe(ffmpeg)}; load before: {machine.load():.1f}"
                console.print(f"{name}: {about}")
                (folder := Path(work) / name).mkdir()
                tables = part(ffmpeg, folder, chosen.rounds)
                for table in tables:
                    table.show(console)
                if chosen.write:
                    _keep(name, about, tables)


def _keep(name: str, about: str, tables: list[Table]) -> None:
    """Put the tables of one part into bench/results.md, in place of those of its last run."""
    kept = dict(zip(_PARTS, [""] * len(_PARTS), strict=True))
    for section in RESULTS.read_text().split("\n## ")[1:] if RESULTS.exists() else []:
        title, _, text = section.partition("\n")
        if title in kept:
            kept[title] = text.strip()
    kept[name] = "\n".join([f"{about}.\n", *(table.markdown() for table in tables)]).strip()
    sections = [f"## {title}\n\n{text}\n" for title, text in kept.items() if text]
    RESULTS.write_text("\n".join([_INTRODUCTION, *sections]))


if __name__ == "__main__":
    main()
