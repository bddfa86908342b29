"""Which of a storyboard's tiles stand for the video: well lit, rich in contrast, sharp, steady, of its longest scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from PIL import Image, ImageFilter, ImageStat

# Mean difference of the gists, in 8-bit levels: below it, two tiles show the same scene.
_SAME = 12.0
_GIST = (6, 6)
# So many of the best tiles are compared with all others; comparing all with all would cost seconds for hours of video.
_CLOSELY = 32
# Mean brightness of what looks neither black nor washed out; beyond, a picture loses its worth over so many levels.
_DARK, _BRIGHT, _LOSES = 32.0, 228.0, 20.0
# As rich in contrast as anybody needs, next to the richest tile: more of it makes no better picture.
_RICH = 0.8


@dataclass(frozen=True, slots=True)
class Look:
    """What one tile looks like."""

    contrast: float
    brightness: float
    sharpness: float
    colour: float
    gist: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A tile that was chosen, by its index, and how good a poster it makes (larger is better)."""

    index: int
    worth: float


def choose(tiles: Sequence[Image.Image], most: int) -> list[Place]:
    """Up to `most` places, the best first: of different scenes and apart from each other as far as there are such."""
    looks = [_look(tile) for tile in tiles]
    ranked = sorted(_ranked(looks), key=lambda place: -place.worth)
    apart = len(tiles) / (2 * most)
    chosen: list[Place] = []
    for different in (True, False):
        for place in ranked:
            far = all(abs(place.index - other.index) >= max(apart, 1) for other in chosen)
            new = all(_distance(looks[place.index], looks[other.index]) >= _SAME for other in chosen)
            if len(chosen) < most and far and (new or not different):
                chosen.append(place)
    return chosen


def sharpest(posters: Sequence[Image.Image], places: Sequence[Place]) -> int:
    """Which of the chosen places makes the poster, now that they are seen large: blur does not show on a tile."""
    edges = [_edges(poster.convert("L")) for poster in posters]
    most = max(edges) or 1.0
    worths = [place.worth * (0.5 + 0.5 * edge / most) for place, edge in zip(places, edges, strict=True)]
    return worths.index(max(worths))


def _look(tile: Image.Image) -> Look:
    grey = tile.convert("L")
    light = ImageStat.Stat(grey)
    return Look(
        contrast=light.stddev[0],
        brightness=light.mean[0],
        sharpness=_edges(grey),
        colour=ImageStat.Stat(tile.convert("HSV")).mean[1],
        gist=tile.resize(_GIST, Image.Resampling.BOX).tobytes(),
    )


def _edges(grey: Image.Image) -> float:
    return float(ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).mean[0])


def _distance(one: Look, other: Look) -> float:
    total: int = sum(map(abs, map(sub, one.gist, other.gist)))
    return total / len(one.gist)


def _ranked(looks: Sequence[Look]) -> list[Place]:
    """Every tile with its worth; how much of the video looks like it is asked of the best alone."""
    contrast = max(look.contrast for look in looks) or 1.0
    sharpness = max(look.sharpness for look in looks) or 1.0
    colour = max(look.colour for look in looks) or 1.0
    places = []
    for index, look in enumerate(looks):
        worth = min(look.contrast / (_RICH * contrast), 1.0) * _lit(look.brightness)
        worth *= (0.6 + 0.4 * look.sharpness / sharpness) * (0.8 + 0.2 * look.colour / colour)
        # Of two alike the earlier one; a tile like neither of its neighbours may be in the middle of a fade.
        worth *= (1.0 - 0.1 * index / len(looks)) * (1.0 if _steady(looks, index) else 0.8)
        places.append(Place(index, worth))
    places.sort(key=lambda place: -place.worth)
    closely = [Place(place.index, place.worth * _typical(looks, place.index)) for place in places[:_CLOSELY]]
    return closely + [Place(place.index, 0.6 * place.worth) for place in places[_CLOSELY:]]


def _lit(brightness: float) -> float:
    short = max(_DARK - brightness, brightness - _BRIGHT, 0.0)
    return max(1.0 - short / _LOSES, 0.0)


def _steady(looks: Sequence[Look], index: int) -> bool:
    beside = [looks[other] for other in (index - 1, index + 1) if 0 <= other < len(looks)]
    return not beside or any(_distance(looks[index], other) < _SAME for other in beside)


def _typical(looks: Sequence[Look], index: int) -> float:
    """0.6 to 1: how much of the video looks like this tile."""
    alike = sum(_distance(looks[index], other) < _SAME for other in looks)
    return float(0.6 + 0.4 * (alike / len(looks)) ** 0.5)
