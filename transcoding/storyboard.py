"""Storyboard: sheets of tiles, and WebVTT that says which tile shows which stretch of the timeline."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

COLUMNS = 10
PER_SHEET = 100
MOST_SHEETS = 5
_SHORTEST_MS, _LONGEST_MS = 1_000, 10_000
_TILES_WANTED = 100
_QUALITY = 70


def grid(duration_s: float) -> tuple[int, int]:
    """Milliseconds between tiles, and how many there are.

    A hundred of them, but 1 to 10 s apart; beyond the last sheet's end they move further apart.
    """
    wanted = min(max(duration_s * 1000 / _TILES_WANTED, _SHORTEST_MS), _LONGEST_MS)
    interval_ms = round(max(wanted, duration_s * 1000 / (MOST_SHEETS * PER_SHEET)))
    return interval_ms, min(max(round(duration_s * 1000 / interval_ms), 1), MOST_SHEETS * PER_SHEET)


def write_sheets(tiles: Sequence[Image.Image], out_dir: Path) -> list[Path]:
    """`storyboard.jpg`, `storyboard-2.jpg`...: a hundred tiles each, in rows of ten."""
    width, height = tiles[0].size
    paths = []
    for start in range(0, len(tiles), PER_SHEET):
        batch = tiles[start : start + PER_SHEET]
        sheet = Image.new("RGB", (min(len(batch), COLUMNS) * width, -(-len(batch) // COLUMNS) * height))
        for index, tile in enumerate(batch):
            sheet.paste(tile, (index % COLUMNS * width, index // COLUMNS * height))
        paths.append(out_dir / sheet_name(start // PER_SHEET))
        sheet.save(paths[-1], "JPEG", quality=_QUALITY, optimize=True)
    return paths


def sheet_name(index: int) -> str:
    """The file name of a sheet, counted from 0."""
    return "storyboard.jpg" if index == 0 else f"storyboard-{index + 1}.jpg"


def write_vtt(interval_ms: int, count: int, duration_s: float, size: tuple[int, int]) -> str:
    """Cues that name a rectangle of a sheet beside the file for each stretch of the timeline; `size` is a tile's."""
    width, height = size
    lines = ["WEBVTT", ""]
    for index in range(count):
        end_ms = round(duration_s * 1000) if index == count - 1 else (index + 1) * interval_ms
        row, column = divmod(index % PER_SHEET, COLUMNS)
        lines.append(f"{_clock(index * interval_ms)} --> {_clock(end_ms)}")
        lines += [f"{sheet_name(index // PER_SHEET)}#xywh={column * width},{row * height},{width},{height}", ""]
    return "\n".join(lines)


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
