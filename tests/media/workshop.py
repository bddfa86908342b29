"""Where the kinds of the corpus are made: small clips by ffmpeg, each made once, and seeded damage to their bytes."""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from transcoding.tools import Tools

PICTURE = "testsrc2=s=160x90:r=25"
SOUND = "sine=f=440:r=48000"
# One thread: the same bytes on every machine.
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-threads", "1")
AAC = ("-c:a", "aac", "-b:a", "64k")
FASTSTART = ("-movflags", "+faststart")


@dataclass(frozen=True, slots=True)
class Workshop:
    """One folder of clips that kinds are cut from, and what the disguised ones point at."""

    tools: Tools
    folder: Path
    canary: Path
    """A playable clip that no upload may reach."""
    port: int
    """Of a listening socket on loopback that nobody may connect to."""

    def ffmpeg(self, *arguments: str | Path) -> None:
        """Run ffmpeg to its end; fails with its own words."""
        command = [str(self.tools.ffmpeg), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-bitexact"]
        done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def clip(
        self,
        suffix: str = "mp4",
        *,
        video: str | None = PICTURE,
        audio: str | None = SOUND,
        seconds: float = 2.0,
        options: Sequence[str] = (*H264, *AAC),
    ) -> Path:
        """A clip of lavfi sources; equal arguments give the same file, made once."""
        inputs = [part for source in (video, audio) if source is not None for part in ("-f", "lavfi", "-i", source)]
        return self.made(suffix, *inputs, "-t", str(seconds), *options)

    def made(self, suffix: str, *arguments: str | Path) -> Path:
        """What ffmpeg makes of `arguments`; equal ones give the same file, made once."""
        digest = hashlib.sha256("\0".join(map(str, arguments)).encode()).hexdigest()[:16]
        path = self.folder / f"{digest}.{suffix}"
        if not path.exists():
            unfinished = self.folder / f"{digest}.making.{suffix}"
            self.ffmpeg(*arguments, unfinished)
            unfinished.rename(path)
        return path

    @property
    def canary_url(self) -> str:
        return self.canary.as_uri()

    @property
    def socket_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary.mp4"


Maker = Callable[[Workshop, Path], None]
Edit = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of upload and the end that it must come to."""

    name: str
    make: Maker
    ending: str = "ready"
    """`ready`, or the code of the refusal."""
    lasts_s: float = 2.0
    """Length of the stream where it becomes one."""
    tracks: str = "both"
    """Of the stream: `both`, `picture` or `sound`."""
    short: bool = False
    """Part of the short form of the test."""
    lures: bool = False
    """It points at the canary or the socket."""


def clip(suffix: str = "mp4", **arguments: object) -> Maker:
    """A plain clip; `arguments` are those of `Workshop.clip`."""

    def make(shop: Workshop, path: Path) -> None:
        _place(shop.clip(suffix, **arguments), path)  # type: ignore[arg-type]

    return make


def encoded(suffix: str, *options: str, video: str | None = PICTURE, audio: str | None = None, seconds: float = 2.0) -> Maker:
    """A clip with options of its own."""
    return clip(suffix, video=video, audio=audio, seconds=seconds, options=options)


def recipe(suffix: str, *arguments: str) -> Maker:
    """What ffmpeg makes of arguments in which `{clip}` stands for a plain clip."""

    def make(shop: Workshop, path: Path) -> None:
        source = shop.clip() if any("{clip}" in argument for argument in arguments) else ""
        _place(shop.made(suffix, *(argument.format(clip=source) for argument in arguments)), path)

    return make


def edited(base: Maker, *edits: Edit) -> Maker:
    """A clip whose bytes were changed."""

    def make(shop: Workshop, path: Path) -> None:
        base(shop, path)
        data = path.read_bytes()
        for edit in edits:
            data = edit(data)
        path.unlink()
        path.write_bytes(data)

    return make


def content(data: bytes | str) -> Maker:
    """These bytes; in text, `{canary}`, `{socket}` and `{port}` stand for what it points at."""

    def make(shop: Workshop, path: Path) -> None:
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            path.write_text(filled(shop, data), encoding="utf-8")

    return make


def filled(shop: Workshop, text: str) -> str:
    """`text` with its lures."""
    return text.replace("{canary}", str(shop.canary)).replace("{socket}", shop.socket_url).replace("{port}", str(shop.port))


def cut(share: float) -> Edit:
    """Keeps the first `share` of the bytes."""
    return lambda data: data[: int(len(data) * share)]


def noise(seed: int, every: int, low: float = 0.0, high: float = 1.0) -> Edit:
    """One random byte in about every `every`, within a share of the file."""

    def edit(data: bytes) -> bytes:
        dice, damaged = random.Random(seed), bytearray(data)
        start, end = int(len(data) * low), int(len(data) * high)
        for _ in range(max((end - start) // every, 1)):
            damaged[dice.randrange(start, end)] = dice.randrange(256)
        return bytes(damaged)

    return edit


def random_bytes(seed: int, size: int) -> bytes:
    """The same bytes for the same seed."""
    return random.Random(seed).randbytes(size)


def _place(made: Path, path: Path) -> None:
    try:
        os.link(made, path)
    except OSError:
        shutil.copyfile(made, path)
