"""Draws the slides of the demo lecture with Pillow."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (1280, 720)
# Where the moving inset goes: left, top, width, height.
INSET = (1000, 500, 240, 160)
_INK, _PAPER, _ACCENT, _SOFT = "#1b2a41", "#f7f5f0", "#c8553d", "#8d99ae"


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide: a heading and a few short points."""

    title: str
    points: tuple[str, ...]


LECTURE = (
    Slide("How a video becomes a stream", ("One file goes in", "Many small files come out", "A player picks among them")),
    Slide("Key frames", ("A key frame needs no other picture", "A player can only start at one", "So segments begin at one")),
    Slide(
        "A ladder of qualities",
        ("1080, 720, 480, 360, 240 lines", "Every rung has the same cuts", "Switching happens between two segments"),
    ),
    Slide(
        "Cut the work, not the picture",
        ("Long videos are cut into chunks", "Each chunk is a job of its own", "Joined, they show every frame once"),
    ),
    Slide(
        "Watch before it is done",
        ("The playlist grows while we encode", "The first segments come first", "The end is appended later"),
    ),
    Slide(
        "When a worker dies",
        ("The job is a row in a database", "Its lease runs out", "Another worker takes it, once"),
    ),
)


def draw(slide: Slide, number: int, total: int, path: Path) -> None:
    """Draw `slide` as an image file of SIZE; the format follows the suffix of `path`."""
    image = Image.new("RGB", SIZE, _PAPER)
    canvas = ImageDraw.Draw(image)
    width, height = SIZE
    canvas.rectangle((0, 0, width, 12), fill=_ACCENT)
    canvas.text((80, 84), slide.title, font=ImageFont.load_default(58), fill=_INK)
    canvas.line((80, 172, 80 + 140, 172), fill=_ACCENT, width=6)
    for row, point in enumerate(slide.points):
        top = 240 + row * 84
        canvas.ellipse((84, top + 14, 100, top + 30), fill=_ACCENT)
        canvas.text((128, top), point, font=ImageFont.load_default(36), fill=_INK)
    canvas.text((80, height - 70), f"{number} / {total}", font=ImageFont.load_default(24), fill=_SOFT)
    canvas.rectangle((80, height - 28, 80 + (width - 160) * number // total, height - 22), fill=_SOFT)
    left, top, inset_width, inset_height = INSET
    canvas.rectangle((left - 4, top - 4, left + inset_width + 3, top + inset_height + 3), fill=_INK)
    image.save(path)
