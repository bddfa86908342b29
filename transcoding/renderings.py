"""A picture in the sizes and formats that pages ask for, and a loop of pictures as animated WebP.

Imports nothing of ours: `picture_program` runs it in the sandbox, beside Pillow alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

BOXES = (320, 640, 1280)
"""Squares that the renderings fit into."""
_SMALLER = 0.8
_JPEG_QUALITY = 82
_WEBP_QUALITY = 78
_LOOP_QUALITY = 55
# Some encoders' aim for the loop; a busy one is tried again coarser.
_LOOP_BYTES = 500_000
_COARSER = 25


class Shape(NamedTuple):
    """What a picture is for: the squares that its renderings fit into, and the ratio that its middle is cut to."""

    boxes: tuple[int, ...]
    ratio: tuple[int, int] | None = None


SHAPES = {"poster": Shape(BOXES), "avatar": Shape((64, 256), (1, 1)), "cover": Shape(BOXES, (16, 9))}
"""By the purpose of a picture."""


class Rendering(NamedTuple):
    """One file that was made, with its size in pixels."""

    name: str
    width: int
    height: int


def sizes(size: tuple[int, int], boxes: Sequence[int] = BOXES) -> list[tuple[int, int]]:
    """The sizes to render, ascending, none larger than the picture itself."""
    found = []
    for box in boxes:
        scale = min(box / max(size), 1.0)
        fitted = (max(round(size[0] * scale), 1), max(round(size[1] * scale), 1))
        found.append(fitted)
    # One that is nearly as large as the largest saves nobody anything.
    return [fitted for fitted in found[:-1] if max(fitted) <= _SMALLER * max(found[-1])] + found[-1:]


def render(picture: Image.Image, out_dir: Path, stem: str, boxes: Sequence[int] = BOXES) -> list[Rendering]:
    """`<stem>.jpg` and `<stem>.webp`, as large as can be, then `<stem>-<width>` in both; `picture` is RGB.

    Nothing but pixels goes in: no EXIF, no profile, no comment.
    """
    made = []
    wanted = sizes(picture.size, boxes)
    for size in reversed(wanted):
        name = stem if size == wanted[-1] else f"{stem}-{size[0]}"
        sized = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
        plain = Image.frombytes("RGB", sized.size, sized.tobytes())
        plain.save(out_dir / f"{name}.jpg", "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True)
        plain.save(out_dir / f"{name}.webp", "WEBP", quality=_WEBP_QUALITY, method=2)
        made += [Rendering(f"{name}.jpg", *size), Rendering(f"{name}.webp", *size)]
    return made


def save_loop(frames: Sequence[Image.Image], path: Path, frame_ms: int) -> None:
    """The pictures as a loop without end, at most half a megabyte where a coarser quality can help."""
    for quality in (_LOOP_QUALITY, _COARSER):
        frames[0].save(
            path, "WEBP", save_all=True, append_images=list(frames[1:]), duration=frame_ms, loop=0, quality=quality, method=1
        )
        if path.stat().st_size <= _LOOP_BYTES:
            return
