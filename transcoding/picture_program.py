"""Renders a stranger's picture anew. Runs in the sandbox with Pillow alone: `main` is given a file and prints one line of JSON.

The picture is known by its content, not by its name. What comes out is pixels: turned as EXIF says, in sRGB, without metadata.
"""

import io
import json
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from transcoding.renderings import SHAPES, Rendering, Shape, render

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 25_000_000
STEM = "picture"
_PROFILE_BYTES = 2**20


class BadPicture(Exception):
    """A picture that can't be taken: a stable code and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def main(file: str, shape: str = "poster") -> None:
    """Render `file` into the working folder, and say what was made or why not."""
    try:
        answer: dict[str, object] = {"files": normalise(Path(file), Path.cwd(), SHAPES[shape])}
    except BadPicture as bad:
        answer = {"code": bad.code, "message": str(bad)}
    sys.stdout.write(json.dumps(answer))


def normalise(path: Path, out_dir: Path, shape: Shape) -> list[Rendering]:
    """The renderings of the picture at `path`, the largest JPEG first. Raises BadPicture."""
    # Of the warnings only the one about bombs matters; below its limit of 89 million pixels ours holds.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as image:
                # MPO is a JPEG with more pictures behind it.
                if image.format not in (*FORMATS, "MPO"):
                    raise _not_an_image()
                if image.width * image.height > MAX_PIXELS:
                    raise _too_many_pixels()
                picture = _plain(image, shape)
        except BadPicture:
            raise
        except UnidentifiedImageError:
            raise _not_an_image() from None
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise _too_many_pixels() from None
        except MemoryError:
            raise BadPicture("image.too_expensive", "The picture takes more memory than it may have.") from None
        except Exception:  # noqa: BLE001 -- Pillow's readers raise whatever a hostile header leads them to
            raise BadPicture("image.damaged", "The picture is damaged: it could not be read to its end.") from None
    return render(picture, out_dir, STEM, shape.boxes)


def _not_an_image() -> BadPicture:
    return BadPicture("image.not_an_image", "This is no JPEG, PNG or WebP picture.")


def _too_many_pixels() -> BadPicture:
    return BadPicture("image.too_many_pixels", f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.")


def _plain(image: Image.Image, shape: Shape) -> Image.Image:
    """Its first frame in sRGB, turned upright, cut to shape, no larger than the largest box; transparent parts are white."""
    image.seek(0)
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    # A JPEG is decoded at a fraction of its size where that is enough.
    largest = (shape.boxes[-1], shape.boxes[-1])
    image.draft(None, (2 * largest[0], 2 * largest[1]))
    image.load()
    picture: Image.Image = image
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.mode in ("P", "PA", "LA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    picture = _to_srgb(picture, profile)
    if shape.ratio is None:
        picture.thumbnail(largest, Image.Resampling.LANCZOS)
    picture.info.clear()
    picture = _upright(picture, orientation)
    if shape.ratio is not None:
        # What is cut away must not have decided the size.
        picture = picture.crop(_middle(picture.size, shape.ratio))
        picture.thumbnail(largest, Image.Resampling.LANCZOS)
    return picture


def _middle(size: tuple[int, int], ratio: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box of this ratio, in the middle: left, top, right, bottom."""
    width = max(min(size[0], size[1] * ratio[0] // ratio[1]), 1)
    height = max(min(size[1], size[0] * ratio[1] // ratio[0]), 1)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


def _orientation(image: Image.Image) -> object:
    """As its metadata say; those that can't be read don't make a picture worse."""
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 -- struct.error, SyntaxError and others, by the kind of damage
        return 1


def _upright(picture: Image.Image, orientation: object) -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = orientation if orientation in range(1, 9) else 1
    picture.info["exif"] = exif.tobytes()
    return ImageOps.exif_transpose(picture)


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """By its own profile where that can be used, otherwise as the numbers stand."""
    if isinstance(profile, bytes) and 0 < len(profile) <= _PROFILE_BYTES and picture.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if turned is not None:
                return turned
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGB")
