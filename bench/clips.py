"""The clips that are measured: a rendered lecture, and a moving picture with grain that costs an encoder more."""

import subprocess
from pathlib import Path

from ops.demo.lecture.render import render_lecture


def lecture(ffmpeg: Path, folder: Path) -> Path:
    """60 s of slides with voice, 1280x720, 25 fps."""
    return render_lecture(ffmpeg, folder / "lecture.mp4")


def motion(ffmpeg: Path, folder: Path, seconds: int = 40) -> Path:
    """`seconds` of drifting shapes under film grain, 1280x720, 25 fps, at about the rate of a camera's file."""
    target = folder / "motion.mp4"
    video = f"gradients=size=1280x720:rate=25:duration={seconds}:speed=0.02:nb_colors=5:seed=7"
    life = f"testsrc2=size=640x360:rate=25:duration={seconds}"
    graph = "[0:v]format=yuv420p[a];[1:v]format=yuv420p,rotate=t/5:c=none[b];"
    graph += "[a][b]overlay=x='320+200*sin(t)':y=180,noise=alls=9:allf=t[v]"
    command = [str(ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", life]
    command += ["-f", "lavfi", "-i", f"anoisesrc=color=pink:amplitude=0.2:seed=7:duration={seconds}:sample_rate=48000"]
    command += ["-filter_complex", graph, "-map", "[v]", "-map", "2:a", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M"]
    subprocess.run([*command, "-g", "50", "-c:a", "aac", "-b:a", "128k", str(target)], check=True)
    return target
