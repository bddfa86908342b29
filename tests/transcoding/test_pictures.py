"""Pictures of strangers: what can be shown is rendered anew, everything else is refused with its reason."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageSequence

from core.errors import BadMedia, ErrorKind, Interrupted, Transient
from transcoding import pictures
from transcoding.pictures import normalise
from transcoding.renderings import save_loop, sizes
from transcoding.tools import Tools
from transcoding.watch import Watch

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)


def _halves(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that promises that many pixels of one bit, whatever its data holds."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


@pytest.fixture
def shown(tools: Tools, tmp_path: Path) -> Callable[[bytes], Image.Image]:
    """Normalises these bytes and gives the largest JPEG."""

    def work(data: bytes) -> Image.Image:
        (tmp_path / "uploaded").write_bytes(data)
        out = tmp_path / "out"
        out.mkdir()
        made = normalise(tools, tmp_path / "uploaded", out)
        with Image.open(out / made[0].name) as picture:
            assert (picture.format, picture.size) == ("JPEG", (made[0].width, made[0].height))
            assert not picture.getexif()
            assert not {"icc_profile", "exif", "comment", "xmp"} & set(picture.info)
            return picture.copy()

    return work


def _near(found: object, wanted: tuple[int, ...], by: int = 25) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def test_a_picture_comes_out_in_three_sizes_and_two_formats(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(_saved(_halves((2000, 1000)), "PNG"))
    made = normalise(tools, tmp_path / "in", tmp_path)
    assert [(each.name, each.width, each.height) for each in made] == [
        ("picture.jpg", 1280, 640),
        ("picture.webp", 1280, 640),
        ("picture-640.jpg", 640, 320),
        ("picture-640.webp", 640, 320),
        ("picture-320.jpg", 320, 160),
        ("picture-320.webp", 320, 160),
    ]
    for each in made:
        with Image.open(tmp_path / each.name) as picture:
            assert picture.format == ("WEBP" if each.name.endswith("webp") else "JPEG")
            assert picture.size == (each.width, each.height)
            assert _near(picture.convert("RGB").getpixel((each.width // 4, each.height // 2)), RED)


def test_a_small_picture_is_not_blown_up(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(_saved(_halves((100, 60)), "WEBP"))
    made = normalise(tools, tmp_path / "in", tmp_path)
    assert [(each.name, each.width) for each in made] == [("picture.jpg", 100), ("picture.webp", 100)]


@pytest.mark.parametrize(
    ("size", "widths"),
    [((4000, 2000), [320, 640, 1280]), ((1080, 1920), [180, 360, 720]), ((1279, 720), [320, 640, 1279]), ((330, 10), [330])],
)
def test_no_two_sizes_are_nearly_the_same(size: tuple[int, int], widths: list[int]) -> None:
    assert [width for width, _ in sizes(size)] == widths


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_that_cannot_be_read_do_not_spoil_a_picture(shown: Callable[[bytes], Image.Image], kind: str) -> None:
    picture = shown(_saved(_halves(), kind, exif=b"Exif\0\0II*\0"))
    assert _near(picture.getpixel((100, 100)), RED)


def test_exif_turns_the_picture_and_goes_with_everything_else(shown: Callable[[bytes], Image.Image]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    picture = shown(_saved(_halves(), "JPEG", exif=exif, comment=b"secret", quality=95))
    assert picture.size == (200, 400)
    assert _near(picture.getpixel((100, 50)), RED)
    assert _near(picture.getpixel((100, 350)), BLUE)


def test_cmyk_becomes_rgb(shown: Callable[[bytes], Image.Image]) -> None:
    picture = shown(_saved(_halves().convert("CMYK"), "JPEG", quality=95))
    assert _near(picture.getpixel((50, 100)), RED, 40)


def test_a_profile_is_applied(shown: Callable[[bytes], Image.Image]) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert _near(shown(_saved(_halves(), "PNG", icc_profile=profile)).getpixel((50, 100)), RED)


def test_a_broken_profile_is_ignored(shown: Callable[[bytes], Image.Image]) -> None:
    assert _near(shown(_saved(_halves(), "PNG", icc_profile=b"not a profile" * 20)).getpixel((50, 100)), RED)


def test_what_is_transparent_is_white(shown: Callable[[bytes], Image.Image]) -> None:
    picture = _halves().convert("RGBA")
    picture.paste((0, 0, 0, 0), (200, 0, 400, 200))
    found = shown(_saved(picture, "PNG"))
    assert _near(found.getpixel((50, 100)), RED)
    assert _near(found.getpixel((350, 100)), (255, 255, 255))


def test_sixteen_bits_of_grey_keep_their_shades(shown: Callable[[bytes], Image.Image]) -> None:
    assert _near(shown(_saved(Image.new("I;16", (64, 64), 128 * 256), "PNG")).getpixel((32, 32)), (128, 128, 128), 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_taken(shown: Callable[[bytes], Image.Image], kind: str) -> None:
    more = [Image.new("RGB", (64, 64), GREEN), Image.new("RGB", (64, 64), BLUE)]
    data = _saved(Image.new("RGB", (64, 64), RED), kind, save_all=True, append_images=more, duration=100)
    assert _near(shown(data).getpixel((32, 32)), RED)


def _gif() -> bytes:
    return _saved(_halves(), "GIF")


def _svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no picture at all", "image.not_an_image"),
        (b"\xff", "image.not_an_image"),
        (_gif(), "image.not_an_image"),
        (_svg(), "image.not_an_image"),
        (_saved(_halves(), "TIFF"), "image.not_an_image"),
        (_saved(_halves(), "BMP"), "image.not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image.not_an_image"),
        (_png(30_000, 30_000, bytes(3_750_000)), "image.too_many_pixels"),
        (_png(5_001, 5_000), "image.too_many_pixels"),
        (_png(2_000_000_000, 2_000_000_000), "image.too_many_pixels"),
        (_png(100, 100), "image.damaged"),
        (_saved(_halves(), "JPEG")[:-600], "image.damaged"),
        (_saved(_halves(), "PNG")[:200], "image.damaged"),
        (_saved(_halves(), "WEBP", lossless=True)[:-20], "image.damaged"),
        (_saved(_halves(), "JPEG")[:20], "image.not_an_image"),
        (b"\xff\xd8" + bytes(pictures.MAX_BYTES), "image.too_large"),
    ],
)
def test_what_is_no_picture_or_too_much_of_one_is_refused(tools: Tools, tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "in").write_bytes(data)
    with pytest.raises(BadMedia) as caught:
        normalise(tools, tmp_path / "in", tmp_path)
    assert caught.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_long_thin_picture_has_at_least_one_pixel_across(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(_saved(Image.new("RGB", (20_000, 2), GREEN), "PNG"))
    made = normalise(tools, tmp_path / "in", tmp_path)
    assert (made[0].width, made[0].height) == (1280, 1)


def test_what_takes_too_long_is_refused(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").write_bytes(_saved(_halves(), "PNG"))
    monkeypatch.setattr(pictures, "_LIMITS", replace(pictures._LIMITS, wall_s=0.0, grace_s=0.1))
    with pytest.raises(BadMedia) as caught:
        normalise(tools, tmp_path / "in", tmp_path)
    assert caught.value.code == "image.too_expensive"


def test_being_told_to_stop_is_no_fault_of_the_picture(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(_saved(_halves(), "PNG"))
    stop = Interrupted("jobs.shutdown", "Stopping.", kind=ErrorKind.SHUTDOWN)
    with pytest.raises(Interrupted) as caught:
        normalise(tools, tmp_path / "in", tmp_path, Watch(should_stop=lambda: stop))
    assert caught.value is stop


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(9)",
        "print('no json')",
        "print('{\"files\": []}')",
        'print(\'{"files": [["../in", 1, 1]]}\')',
        'print(\'{"files": [["picture.jpg", 1, 1]]}\')',
        "import os; os.symlink('/etc/hostname', 'picture.jpg'); print('{\"files\": [[\"picture.jpg\", 1, 1]]}')",
    ],
)
def test_a_program_that_was_taken_over_is_not_believed(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    (tmp_path / "in").write_bytes(_saved(_halves(), "PNG"))
    monkeypatch.setattr(pictures, "_LAUNCH", program)
    with pytest.raises(Transient) as caught:
        normalise(tools, tmp_path / "in", tmp_path)
    assert caught.value.code == "image.failed"


def test_a_loop_without_end_moves_and_stays_small(tmp_path: Path) -> None:
    frames = [Image.effect_noise((320, 180), 120).convert("RGB") for _ in range(16)]
    save_loop(frames, tmp_path / "loop.webp", 200)
    with Image.open(tmp_path / "loop.webp") as loop:
        assert loop.info["loop"] == 0
        assert len(list(ImageSequence.Iterator(loop))) == 16
    assert (tmp_path / "loop.webp").stat().st_size <= 500_000
