"""Joins slides and voice into one MP4: a still picture per slide, a moving inset, a flash together with each beep."""

import subprocess
import tempfile
from pathlib import Path

from ops.demo.lecture.slides import INSET, LECTURE, Slide, draw
from ops.demo.lecture.voice import write_voice

FPS = 25
SLIDE_S = 10.0
# The flash and the beep come this long after a slide has appeared.
_CUE_S = 1.0
_FLASH_S = 0.12


def cue_times(slides: int, slide_s: float = SLIDE_S) -> list[float]:
    """When flash and beep come, in seconds."""
    return [index * slide_s + _CUE_S for index in range(slides)]


def _command(ffmpeg: Path, pictures: list[Path], voice: Path, cues: list[float], slide_s: float, target: Path) -> list[str]:
    left, top, width, height = INSET
    inputs: list[str] = []
    for picture in pictures:
        inputs += ["-framerate", str(FPS), "-i", str(picture)]
    count = len(pictures)
    flash = "+".join(f"between(t,{cue:g},{cue + _FLASH_S - 0.5 / FPS:g})" for cue in cues)
    # `loop` repeats the converted picture; `-loop 1` would read and convert it again for every frame (three times slower).
    held = f"format=yuv420p,loop=loop={round(slide_s * FPS) - 1}:size=1,setpts=N/{FPS}/TB"
    graph = (
        "".join(f"[{i}:v]{held}[s{i}];" for i in range(count))
        + "".join(f"[s{i}]" for i in range(count))
        + f"concat=n={count}:v=1:a=0[talk];"
        f"[{count}:a]showwaves=s={width}x{height}:mode=cline:scale=sqrt:draw=full:rate={FPS}:colors=0xf7f5f0,format=yuv420p[inset];"
        f"[talk][inset]overlay={left}:{top}:eof_action=pass,drawbox=x=640:y=0:w=640:h=200:color=0xc8553d:t=fill:enable='{flash}'[v]"
    )
    return [
        *(str(ffmpeg), "-nostdin", "-v", "error", "-y", *inputs, "-i", str(voice), "-filter_complex", graph),
        *("-map", "[v]", "-map", f"{count}:a", "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage"),
        *("-crf", "23", "-g", str(FPS * 4), "-c:a", "aac", "-b:a", "96k", "-ar", "48000"),
        *("-t", f"{count * slide_s:g}", "-movflags", "+faststart", str(target)),
    ]


def render_lecture(ffmpeg: Path, target: Path, *, slides: tuple[Slide, ...] = LECTURE, slide_s: float = SLIDE_S) -> Path:
    """Render the lecture to `target` (MP4, 1280x720, 25 fps, `len(slides) * slide_s` seconds) and return it."""
    cues = cue_times(len(slides), slide_s)
    with tempfile.TemporaryDirectory(prefix="aula-lecture-") as folder:
        work = Path(folder)
        pictures: list[Path] = []
        for number, slide in enumerate(slides, start=1):
            pictures.append(work / f"slide-{number}.bmp")
            draw(slide, number, len(slides), pictures[-1])
        write_voice(work / "voice.wav", len(slides) * slide_s, cues)
        command = _command(ffmpeg, pictures, work / "voice.wav", cues, slide_s, target)
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=300)
    return target
