"""The clips that are measured: a rendered lecture, and moving pictures with grain and hard cuts that cost an encoder more."""

import subprocess
from pathlib import Path

from ops.demo.lecture.render import render_lecture


def lecture(ffmpeg: Path, folder: Path) -> Path:
    """60 s of slides with voice, 1280x720, 25 fps."""
    return render_lecture(ffmpeg, folder / "lecture.mp4")


def lesson(ffmpeg: Path, folder: Path) -> Path:
    """The lecture three times over, index first: so long that starts and ends count as little as they do in practice."""
    target = folder / "lesson.mp4"
    # Encoded again, at a constant rate: the joins of a loop have gaps, which end the fast lane.
    command = [str(ffmpeg), "-v", "error", "-y", "-stream_loop", "2", "-i", str(lecture(ffmpeg, folder)), "-c:v", "libx264"]
    command += ["-preset", "veryfast", "-crf", "20", "-g", "100", "-r", "25", "-c:a", "aac", "-b:a", "96k"]
    subprocess.run([*command, "-movflags", "+faststart", str(target)], check=True)
    return target


def slides(ffmpeg: Path, folder: Path) -> Path:
    """8 s of the lecture around the change of a slide, re-encoded so well that only our own losses count."""
    target = folder / "slides.mp4"
    whole = lecture(ffmpeg, folder)
    command = [str(ffmpeg), "-v", "error", "-y", "-ss", "6.5", "-i", str(whole), "-t", "8", "-an"]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "8", str(target)], check=True)
    return target


def film(ffmpeg: Path, folder: Path) -> Path:
    """Three scenes of 2.4 s with hard cuts between them, all under film grain, 1280x720, 25 fps, nearly lossless."""
    target = folder / "film.mp4"
    drift = "gradients=size=1280x720:rate=25:duration=2.4:speed=0.02:nb_colors=5:seed=7"
    zoom = "mandelbrot=size=1280x720:rate=25:start_scale=0.4:end_scale=0.1:end_pts=60:maxiter=500"
    pan = "gradients=size=1280x720:rate=25:duration=2.4:speed=0.05:nb_colors=8:type=radial:seed=3"
    figure = "testsrc2=size=640x360:rate=25:duration=2.4"
    inputs = [part for source in (drift, zoom, pan, figure) for part in ("-f", "lavfi", "-t", "2.4", "-i", source)]
    graph = "[3:v]format=yuv420p,split[f][g];[f]rotate=t/5:c=none[turned];[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];"
    graph += "[a][turned]overlay=x='320+200*sin(t)':y=180[one];[2:v]format=yuv420p[c];[g]hue=s=0.4,boxblur=2[soft];"
    graph += "[c][soft]overlay=x='100+150*t':y='200+40*cos(3*t)'[three];"
    graph += "[one][b][three]concat=n=3,noise=alls=6:allf=t:all_seed=7[v]"
    command = [str(ffmpeg), "-v", "error", "-y", *inputs, "-filter_complex", graph, "-map", "[v]"]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "8", str(target)], check=True)
    return target


def as_matroska(ffmpeg: Path, clip: Path) -> Path:
    """The same packets in a container without an index that the fast lane could use: it has to be encoded."""
    target = clip.with_suffix(".mkv")
    subprocess.run([str(ffmpeg), "-v", "error", "-y", "-i", str(clip), "-map", "0", "-c", "copy", str(target)], check=True)
    return target


def recording(ffmpeg: Path, folder: Path, height: int, minutes: float) -> Path:
    """A qualifying source of that length: ten seconds of a moving test picture with a tone, again and again, index first."""
    base, target = folder / f"base-{height}p.mp4", folder / f"{height}p-{minutes * 60:.0f}s.mp4"
    if not base.exists():
        video = f"testsrc2=size={height * 16 // 9}x{height}:rate=25:duration=10"
        tone = "sine=frequency=330:sample_rate=48000:duration=10"
        command = [str(ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", tone]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "2M", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac"]
        subprocess.run([*command, str(base)], check=True)
    again = ["-stream_loop", str(round(minutes * 6) - 1), "-i", str(base), "-c", "copy", "-movflags", "+faststart"]
    subprocess.run([str(ffmpeg), "-v", "error", "-y", *again, str(target)], check=True)
    return target


def motion(ffmpeg: Path, folder: Path, seconds: int = 90) -> Path:
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
