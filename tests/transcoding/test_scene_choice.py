"""The tile that stands for a video is the one that a person would take."""

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from transcoding.scene_choice import choose, sharpest

SIZE = (160, 90)


def _scene(hue: int, dots: int = 40) -> Image.Image:
    """Discs of many shades on a ground of that hue; the same hue gives the same picture."""
    picture = Image.new("HSV", SIZE, (hue, 120, 90)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for n in range(dots):
        x, y = (n * 53 + hue * 7) % SIZE[0], (n * 31 + hue * 3) % SIZE[1]
        shade = (n * 67 + hue) % 256
        draw.ellipse((x, y, x + 18, y + 18), fill=(shade, 255 - shade, (shade * 3) % 256))
    return picture


BLACK = Image.new("RGB", SIZE)
WHITE = Image.new("RGB", SIZE, "white")


def test_neither_black_nor_white_nor_a_fade() -> None:
    scene = _scene(20)
    fades = [ImageEnhance.Brightness(scene).enhance(light) for light in (0.2, 0.5)]
    assert choose([BLACK, *fades, scene, scene, WHITE], 1)[0].index in (3, 4)


def test_the_longest_scene_wins_among_equals() -> None:
    short, long = _scene(10), _scene(140)
    assert choose([BLACK, short, *[long] * 8, BLACK], 1)[0].index == 2


def test_a_cross_fade_is_passed_over() -> None:
    one, other = _scene(10), _scene(140)
    assert choose([one, one, Image.blend(one, other, 0.5), other, other], 1)[0].index != 2


def test_a_blurred_picture_loses_once_it_is_seen_large() -> None:
    scene = _scene(60)
    blurred = scene.filter(ImageFilter.GaussianBlur(6))
    places = choose([blurred, blurred, scene, scene], 2)
    assert places[0].index in (2, 3)
    alike = [places[0], places[0]]
    assert sharpest([blurred, scene], alike) == 1


def test_places_are_of_different_scenes_as_far_as_there_are_such() -> None:
    tiles = [_scene(hue) for hue in (0, 60, 120, 180) for _ in range(5)]
    assert sorted(place.index // 5 for place in choose(tiles, 4)) == [0, 1, 2, 3]
    alike = choose([_scene(0)] * 20, 4)
    assert len(alike) == 4
    assert len({place.index for place in alike}) == 4


def test_a_black_video_has_a_place_too() -> None:
    assert len(choose([BLACK], 4)) == 1
    assert choose([BLACK] * 10, 4)
