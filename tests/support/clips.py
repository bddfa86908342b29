"""Makes tiny clips with known content, and reads that content back: numbered frames, flashes and beeps."""

import subprocess
from array import array
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from transcoding.tools import Tools

# A frame's number as twelve black or white blocks, four in a row.
_COLUMNS, _ROWS = 4, 3
_BLACK, _WHITE = 16, 235
_RATE = 48_000
FAST_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "96k")
# Behind FAST_H264: players take 4:2:0 alone, so such a source is never copied but always encoded.
NEVER_COPIED = ("-pix_fmt", "yuv422p")


def ffmpeg(tools: Tools, *arguments: str, stdin: Iterable[bytes] = ()) -> bytes:
    """Run ffmpeg to its end and return what it wrote to standard output; fails with its own words."""
    process = subprocess.Popen(
        [str(tools.ffmpeg), "-hide_banner", "-loglevel", "error", "-y", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    written = b"".join(stdin)
    stdout, stderr = process.communicate(written)
    assert process.returncode == 0, stderr.decode()
    return stdout


def make_clip(
    tools: Tools,
    path: Path,
    *,
    video: str | None = "testsrc2=s=160x120:r=25",
    audio: str | None = "sine=f=440:r=48000",
    seconds: float = 2.0,
    options: Sequence[str] = (*FAST_H264, *AAC),
) -> Path:
    """A clip of lavfi sources; `options` are those of the output."""
    inputs: list[str] = []
    for source in (video, audio):
        if source is not None:
            inputs += ["-f", "lavfi", "-i", source]
    # Only the codecs of streams that exist.
    chosen = list(options)
    ffmpeg(tools, *inputs, "-t", str(seconds), *chosen, str(path))
    return path


def make_numbered(
    tools: Tools,
    path: Path,
    *,
    frames: int,
    rate: str = "25",
    size: tuple[int, int] = (160, 120),
    audio: str | None = None,
    options: Sequence[str] = (),
) -> Path:
    """A clip whose frames carry their numbers from 0; `read_numbers` reads them back at any size."""
    sound = ["-f", "lavfi", "-i", audio, "-shortest", *AAC] if audio else []
    arguments = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size[0]}x{size[1]}", "-r", rate, "-i", "pipe:0"]
    arguments += [*sound, *FAST_H264, *options, str(path)]
    ffmpeg(tools, *arguments, stdin=(_picture(number, *size) for number in range(frames)))
    return path


def _picture(number: int, width: int, height: int) -> bytes:
    picture = bytearray()
    for row in range(_ROWS):
        bits = [number >> (row * _COLUMNS + column) & 1 for column in range(_COLUMNS)]
        line = b"".join(bytes([_WHITE if bit else _BLACK]) * (width // _COLUMNS) for bit in bits)
        picture += line.ljust(width, bytes([_BLACK])) * (height // _ROWS)
    picture = picture.ljust(width * height, bytes([_BLACK]))
    return bytes(picture + b"\x80" * (width * height // 2))


def read_numbers(tools: Tools, path: Path | str) -> list[int]:
    """The numbers of all frames of a file or an address, in the order in which they are shown."""
    cell = 8
    width, height = _COLUMNS * cell, _ROWS * cell
    filters = f"scale={width}:{height}:flags=area,format=gray"
    raw = ffmpeg(
        tools, "-i", str(path), "-map", "0:v:0", "-vf", filters, "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"
    )
    numbers = []
    for start in range(0, len(raw), width * height):
        number = 0
        for bit in range(_COLUMNS * _ROWS):
            x, y = bit % _COLUMNS * cell + cell // 2, bit // _COLUMNS * cell + cell // 2
            number |= (raw[start + y * width + x] > 128) << bit
        numbers.append(number)
    return numbers


def make_flash_and_beep(
    tools: Tools,
    path: Path,
    *,
    seconds: float,
    every_s: float = 1.0,
    rate: str = "25",
    size: str = "160x120",
    options: Sequence[str] = (),
) -> Path:
    """Every `every_s` seconds, from 0 on, the picture is white and a tone sounds for 80 ms."""
    on = f"lt(mod(t,{every_s}),0.08)"
    video = f"color=black:s={size}:r={rate},drawbox=c=white:t=fill:enable='{on}'"
    audio = f"aevalsrc='0.8*sin(2*PI*1000*t)*{on}':s={_RATE}"
    return make_clip(tools, path, video=video, audio=audio, seconds=seconds, options=(*FAST_H264, *AAC, *options))


def read_flashes(tools: Tools, path: Path, rate: str = "25") -> list[float]:
    """Times at which the picture turns white, in seconds from the first frame."""
    arguments = ["-i", str(path), "-map", "0:v:0", "-vf", "scale=2:2:flags=area,format=gray", "-fps_mode", "passthrough"]
    raw = ffmpeg(tools, *arguments, "-f", "rawvideo", "pipe:1")
    white = [raw[start] > 128 for start in range(0, len(raw), 4)]
    return [float(index / Fraction(rate)) for index, lit in enumerate(white) if lit and not (index and white[index - 1])]


def read_beeps(tools: Tools, path: Path) -> list[float]:
    """Times at which the tone sets in, in seconds from the first sample."""
    raw = ffmpeg(tools, "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(_RATE), "-f", "f32le", "pipe:1")
    samples = array("f", raw)
    loud = [max(map(abs, samples[start : start + 48])) > 0.2 for start in range(0, len(samples), 48)]
    return [index / 1000 for index, sounds in enumerate(loud) if sounds and not any(loud[max(index - 20, 0) : index])]


def joined(folder: Path, init_name: str, names: Sequence[str]) -> Path:
    """One playable file of an init segment and media segments."""
    path = folder / "joined.mp4"
    with path.open("wb") as file:
        for name in (init_name, *names):
            file.write((folder / name).read_bytes())
    return path
