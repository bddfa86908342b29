"""Uploaded pictures: opened by a process of its own, in the same sandbox as ffmpeg, and rendered anew."""

import json
import sys
from pathlib import Path

import msgspec
import PIL

from core.errors import BadMedia, ErrorKind, Interrupted, Transient
from transcoding.picture_program import STEM
from transcoding.renderings import SHAPES, Rendering
from transcoding.spawn import Finished, Limits, run
from transcoding.tools import Tools
from transcoding.watch import Watch

MAX_BYTES = 10 * 2**20
_OURS = Path(__file__).resolve().parent
_LIMITS = Limits(wall_s=60.0, address_space=2**30, file_size=32 * 2**20, output=16_384)
_PILLOW = Path(PIL.__file__).resolve().parent.parent
_LAUNCH = "import sys; sys.path += sys.argv[1:3]; from transcoding.picture_program import main; main(*sys.argv[3:5])"


class _File(msgspec.Struct, array_like=True, frozen=True):
    name: str
    width: int
    height: int


class _Answer(msgspec.Struct, frozen=True):
    """What the program says; not to be believed further than can be checked."""

    files: tuple[_File, ...] = ()
    code: str = ""
    message: str = ""


def normalise(
    tools: Tools, source: Path, out_dir: Path, watch: Watch | None = None, *, shape: str = "poster"
) -> list[Rendering]:
    """Render the picture at `source` in every size of a shape (`SHAPES`) into `out_dir`; the largest JPEG comes first.

    Raises BadMedia `image.not_an_image`, `image.too_large`, `image.too_many_pixels`, `image.too_expensive`, `image.damaged`;
    Interrupted; Transient `image.failed`.
    """
    source, out_dir = source.resolve(), out_dir.resolve()
    if source.stat().st_size > MAX_BYTES:
        raise BadMedia("image.too_large", f"The picture has more than {MAX_BYTES // 2**20} MB.")
    # Isolated: no environment, no user's packages, nothing from the working folder. The interpreter itself, for the sandbox
    # doesn't show what a virtual environment's link to it may lead over.
    python = Path(sys.executable).resolve()
    argv = [str(python), "-I", "-B", "-c", _LAUNCH, str(_OURS.parent), str(_PILLOW), str(source), shape]
    reads = (*_python(), _OURS, source)
    try:
        finished = run(tools, argv, _LIMITS, reads=reads, writes=out_dir, watch=watch)
    except Interrupted as interrupted:
        if interrupted.kind is ErrorKind.TIMED_OUT:
            raise BadMedia("image.too_expensive", "The picture takes longer to open than it may.") from interrupted
        raise
    answer = _answer(finished)
    if answer.code.startswith("image."):
        raise BadMedia(answer.code, answer.message)
    made = [_checked(out_dir, file, SHAPES[shape].boxes[-1]) for file in answer.files]
    if not made or None in made:
        raise Transient("image.failed", "The picture could not be rendered.", stderr=finished.stderr[-2000:])
    return [rendering for rendering in made if rendering is not None]


def _python() -> list[Path]:
    """Where this interpreter, its library and Pillow lie; the system's own folders are there anyway."""
    homes = {Path(sys.base_prefix).resolve(), _PILLOW}
    return sorted(path for path in homes if path != Path("/usr") and path.is_dir())


def _answer(finished: Finished) -> _Answer:
    if finished.returncode == 0 and not finished.cut:
        try:
            return msgspec.convert(json.loads(finished.stdout), _Answer)
        except (ValueError, msgspec.ValidationError):
            pass
    raise Transient(
        "image.failed",
        "The program that opens pictures ended early.",
        returncode=finished.returncode,
        stderr=finished.stderr[-2000:],
    )


def _checked(out_dir: Path, file: _File, largest: int) -> Rendering | None:
    """The file, if it is one of those that were asked for and no link to somewhere else."""
    path = out_dir / file.name
    known = path.parent == out_dir and path.name.startswith(STEM) and path.suffix in (".jpg", ".webp")
    fits = 0 < file.width <= largest and 0 < file.height <= largest
    if not (known and fits) or path.is_symlink() or not path.is_file() or path.stat().st_size == 0:
        return None
    return Rendering(file.name, file.width, file.height)
