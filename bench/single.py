"""The two ways without a pipeline: one ffmpeg per rung, one after another, and one ffmpeg for everything."""

from collections.abc import Sequence
from pathlib import Path

from core.media import Plan, Profile, Rung
from transcoding import commands
from transcoding.encoders import options_for

# Highest average kbit/s that PeerTube allows per height at 30 fps; 240 is scaled from 360 by its own curve's slope.
_PEERTUBE_KBITS = {"240p": 600, "360p": 1037, "480p": 1475, "720p": 3041, "1080p": 6221}
_TILE_EVERY_S = 5


def _hls(name: str, seconds: float) -> list[str]:
    return [
        *("-f", "hls", "-hls_time", f"{seconds:g}", "-hls_list_size", "0", "-hls_segment_type", "fmp4"),
        *("-hls_fmp4_init_filename", f"{name}-init.mp4", "-hls_segment_filename", f"{name}_%05d.m4s", f"{name}.m3u8"),
    ]


def _sound(plan: Plan) -> list[str]:
    assert plan.audio is not None
    return ["-c:a", "aac", "-b:a", str(plan.audio.bit_rate), "-ac", str(plan.audio.channels), "-ar", "48000"]


def _tiles(duration_s: float) -> str:
    columns = 10
    rows = max(1, -(-int(duration_s) // _TILE_EVERY_S // columns))
    return f"fps=1/{_TILE_EVERY_S},scale=160:-2,tile={columns}x{rows}"


def peertube_options(rung: Rung) -> list[str]:
    """PeerTube's encoder flags: veryfast, a peak rate, a key frame every 2 s."""
    rate = _PEERTUBE_KBITS[rung.name]
    return [
        *("-c:v", "libx264", "-preset", "veryfast", "-b_strategy", "1", "-bf", "16", "-pix_fmt", "yuv420p"),
        *("-maxrate", f"{rate}k", "-bufsize", f"{2 * rate}k"),
        *("-force_key_frames", "expr:gte(t,n_forced*2)", "-g", str(2 * rung.fps_num // rung.fps_den)),
    ]


def one_per_rung(ffmpeg: Path, source: Path, plan: Plan) -> list[list[str]]:
    """PeerTube's way: one process per resolution, one after another; then the rest."""
    start = [str(ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(source)]
    every = []
    for rung in plan.rungs:
        video = ["-map", "0:v:0", "-vf", f"scale={rung.width}:{rung.height}", *peertube_options(rung)]
        every.append([*start, *video, *_hls(rung.name, 4)])
    every.append([*start, "-map", "0:a:0", *_sound(plan), *_hls("audio", 4)])
    every.append([*start, "-ss", "1", "-frames:v", "1", "-c:v", "mjpeg", "-update", "1", "poster.jpg"])
    every.append([*start, "-vf", _tiles(plan.duration_s), "-frames:v", "1", "-c:v", "mjpeg", "-update", "1", "tiles.jpg"])
    return every


def _rung_output(rung: Rung, profile: Profile, pad: str, cuts: Sequence[float]) -> list[str]:
    keys = ",".join(f"{max(cut - commands.early_key(rung), 0):.6f}" for cut in cuts)
    return [
        *("-map", pad, *(f"{part}" for name, value in options_for(rung, profile).items() for part in (f"-{name}", value))),
        *("-force_key_frames", keys, *_hls(rung.name, 0.1)),
    ]


def one_for_all(ffmpeg: Path, source: Path, plan: Plan) -> list[list[str]]:
    """The bare cost of our ladder: one process, one decode, our encoder settings and our segment grid."""
    cuts = [chunk.start_s + cut for chunk in plan.chunks for cut in (0.0, *chunk.cuts)]
    count = len(plan.rungs)
    graph = f"[0:v:0]split={count + 2}" + "".join(f"[d{i}]" for i in range(count)) + "[dp][dt]"
    for index, rung in enumerate(plan.rungs):
        graph += f";[d{index}]scale={rung.width}:{rung.height},setsar=1,format=yuv420p[v{index}]"
    graph += f";[dp]trim=start=1:end=1.2,scale=1280:-2[poster];[dt]{_tiles(plan.duration_s)}[tiles]"
    command = [str(ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(source), "-filter_complex", graph]
    for index, rung in enumerate(plan.rungs):
        command += _rung_output(rung, plan.profile, f"[v{index}]", cuts)
    command += ["-map", "0:a:0", *_sound(plan), *_hls("audio", 4)]
    for pad in ("poster", "tiles"):
        command += ["-map", f"[{pad}]", "-frames:v", "1", "-c:v", "mjpeg", "-update", "1", f"{pad}.jpg"]
    return [command]
