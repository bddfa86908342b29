"""The ffmpeg commands, as argument lists from pure functions; nothing here starts a process."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from core.media import AudioPlan, Chunk, Plan, Profile, Rung
from transcoding import tone_map
from transcoding.encoders import options_for
from transcoding.flags import PROGRESS, QUIET, TALKATIVE, input_flags, input_url
from transcoding.loudness import CEILING, Gain
from transcoding.plan import SEGMENT_S
from transcoding.tools import Tools

# Every track of an asset starts at 10 s: the first chunk's negative DTS (B-frames) would be shifted to 0 otherwise.
BASE_S = 10
# Cuts are asked for a little before the frame: timestamps are rounded to microseconds and a frame just before the cut is lost.
_EARLY_S = 0.002
# Encoders of pictures up to this short side keep up with their decoder on one thread.
_ONE_THREAD = 480
# Decoded beyond the end of a chunk, so that frames that an open GOP shows before its key frame are there.
_LATE_S = 0.5
# How much finer than the samples a limiter looks; what ITU-R BS.1770 asks of a meter of true peaks.
_OVERSAMPLED = 4


@dataclass(frozen=True, slots=True)
class CopyRun:
    """One stream that is copied: from where, how much of it, and as which track."""

    stream: str
    """ffmpeg's specifier."""
    track: str
    prefix: str
    start_s: float = 0.0
    """Seconds from the first picture, at a key frame."""
    length_s: float | None = None
    """None: to the end."""


def encode_chunk(tools: Tools, source: Path, plan: Plan, chunk: Chunk, rungs: tuple[Rung, ...], prefix: str) -> list[str]:
    """One decode, one output per rung: `<rung>/<prefix>_00000.m4s`... and `<rung>/<prefix>_init.mp4` in the working folder."""
    fps = Fraction(rungs[0].fps_num, rungs[0].fps_den)
    seek_at = max(plan.source_start_s + chunk.seek_s - _EARLY_S, 0.0)
    options: dict[str, Any] = dict(input_flags(tools.max_pixels, tools.max_streams))
    if seek_at > 0:
        options["ss"] = f"{seek_at:.6f}"
    options["t"] = f"{chunk.start_s + chunk.duration_s - chunk.seek_s + _LATE_S:.6f}"
    # A picture that changes its size would start the filters anew, and with them the count of frames; scale follows by itself.
    options["reinit_filter"] = 0
    if tools.threads:
        options["threads"] = tools.threads
    picture = _on_grid(ffmpeg.input(input_url(source), **options)["V:0"], plan, chunk, fps, seek_at)
    if plan.tone_map:
        top = max(rungs, key=lambda rung: rung.width * rung.height)
        picture = to_sdr(picture, top.width, top.height)
    branches = picture.split() if len(rungs) > 1 else None
    outputs = [
        _rung_output(branches[index] if branches else picture, rung, plan.profile, chunk, prefix, tools)
        for index, rung in enumerate(rungs)
    ]
    return _compile(tools.ffmpeg, outputs)


def _on_grid(picture: Any, plan: Plan, chunk: Chunk, fps: Fraction, seek_at: float) -> Any:
    """Exactly the chunk's frames, on the version's grid, counted from 0.

    The source's clock is shifted so that frame numbers do not depend on where decoding began; `fps` puts each frame on the
    nearest tick and fills gaps; `tpad` lets the last frame stand where the source ends early; `trim` drops what lies before
    the chunk and after it.
    """
    first = round(Fraction(chunk.start_s) * fps)
    seek_tick = min(round(Fraction(chunk.seek_s) * fps), first)
    skipped = first - seek_tick
    shift_s = seek_at - plan.source_start_s - float(seek_tick / fps)
    if plan.deinterlace:
        picture = picture.filter("bwdif", mode="send_frame")
    if abs(shift_s) > 1e-7:
        picture = picture.filter("setpts", f"PTS+({shift_s:.6f})/TB")
    picture = picture.filter("fps", fps=f"{fps.numerator}/{fps.denominator}", start_time=0)
    picture = picture.filter("tpad", stop=skipped + chunk.frames, stop_mode="clone")
    picture = picture.filter("trim", start_frame=skipped, end_frame=skipped + chunk.frames)
    return picture.filter("setpts", "PTS-STARTPTS")


def to_sdr(picture: Any, width: int, height: int) -> Any:
    """HDR to SDR by the table of `tone_map`, which must lie in the working folder; after scaling, for it costs per pixel."""
    picture = picture.filter("scale", w=width, h=height, in_color_matrix="bt2020").filter("format", "gbrp10")
    picture = picture.filter("lut3d", file=tone_map.NAME).filter("scale", out_color_matrix="bt709", out_range="tv")
    return picture.filter("format", "yuv420p").filter(
        "setparams", color_primaries="bt709", color_trc="bt709", colorspace="bt709", range="tv"
    )


def _rung_output(picture: Any, rung: Rung, profile: Profile, chunk: Chunk, prefix: str, tools: Tools) -> Any:
    picture = (
        picture.filter("scale", w=rung.width, h=rung.height, out_range="tv").filter("setsar", 1).filter("format", "yuv420p")
    )
    options: dict[str, Any] = {
        **options_for(rung, profile),
        # A little early: a time rounded up would force the next frame.
        "force_key_frames": ",".join(f"{max(cut - early_key(rung), 0):.6f}" for cut in (0.0, *chunk.cuts)),
        "fps_mode": "passthrough",
        **_hls(f"{rung.name}/{prefix}", BASE_S + chunk.start_s),
        # Cut at every forced key frame.
        "hls_time": "0.1",
    }
    options["threads"] = tools.threads or _threads(rung)
    return ffmpeg.output(picture, f"{rung.name}/{prefix}.m3u8", **options)


def _threads(rung: Rung) -> int:
    """Rungs and chunks run side by side, so few threads of each fill the machine; more cost CPU (4 %) and gain nothing."""
    return 1 if rung.short_side <= _ONE_THREAD else 2


def copy_stretch(tools: Tools, source: Path, plan: Plan, video: CopyRun | None, sounds: Sequence[CopyRun]) -> list[str]:
    """Segments of the source's own packets, one output per run, below the working folder.

    Times are kept as they are in the source and shifted by a constant, so runs that begin anywhere join to the tick.
    """
    outputs = []
    for run in (*([video] if video else []), *sounds):
        options: dict[str, Any] = {"copyts": None, **input_flags(tools.max_pixels, tools.max_streams)}
        if run.start_s > 0:
            # A little late: the muxer then begins at this key frame and never at the one before.
            options["ss"] = f"{plan.source_start_s + run.start_s + _EARLY_S:.6f}"
        if run.length_s is not None:
            options["t"] = f"{run.length_s:.6f}"
        stream = ffmpeg.input(input_url(source), **options)[run.stream]
        form = _hls(f"{run.track}/{run.prefix}", BASE_S - plan.clock_s)
        if run is not video:
            # The decoder's run-in lies before the first picture: players that ignore edit lists would play late.
            form |= {"bsf:a": f"noise=drop='lt(pts*tb,{plan.clock_s - _EARLY_S:.6f})'", "muxdelay": 0}
        # Finished segments appear under their name at once; the list itself is not read.
        form |= {"c": "copy", "hls_time": SEGMENT_S, "hls_flags": "temp_file", "hls_list_size": 1}
        outputs.append(ffmpeg.output(stream, f"{run.track}/{run.prefix}.m3u8", **form))
    return _compile(tools.ffmpeg, outputs)


def encode_audio(
    tools: Tools, source: Path, plan: Plan, sound: AudioPlan, track: str, prefix: str, gain: Gain | None = None
) -> list[str]:
    """One whole sound in one go: `<track>/<prefix>_00000.m4s`... and `<track>/<prefix>_init.mp4` in the working folder.

    What comes out is measured on the way.
    """
    output = ffmpeg.output(
        _measured(_heard(tools, source, plan, sound, gain)),
        f"{track}/{prefix}.m3u8",
        **{
            "c:a": "aac",
            # Half the CPU of the default, and from 64 kbit/s on nearer to the source; docs/sound.md.
            "aac_coder": "fast",
            "b:a": sound.bit_rate,
            # Drops the encoder's priming packet: its time is before 0, and players that ignore edit lists would play late.
            "bsf:a": "noise=drop='lt(pts,0)'",
            "muxdelay": 0,
            **_hls(f"{track}/{prefix}", BASE_S),
            "hls_time": SEGMENT_S,
            # Finished segments appear under their name at once; the list itself is not read.
            "hls_flags": "temp_file",
            "hls_list_size": 1,
        },
    )
    return _compile(tools.ffmpeg, [output], TALKATIVE)


def measure_audio(tools: Tools, source: Path, plan: Plan, sound: AudioPlan, gain: Gain | None = None) -> list[str]:
    """One whole sound decoded and measured, as it would be encoded."""
    output = ffmpeg.output(_measured(_heard(tools, source, plan, sound, gain)), "-", f="null")
    return _compile(tools.ffmpeg, [output], TALKATIVE)


def _heard(tools: Tools, source: Path, plan: Plan, sound: AudioPlan, gain: Gain | None) -> Any:
    """A sound in its final shape: channels, rate, length and level."""
    options: dict[str, Any] = dict(input_flags(tools.max_pixels, tools.max_streams))
    if plan.source_start_s > 0:
        options["ss"] = f"{plan.source_start_s:.6f}"
    # Leaves room for sound that a late seek point puts behind the end; the exact end is cut below.
    options["t"] = f"{plan.duration_s + 1:.6f}"
    if tools.threads:
        options["threads"] = tools.threads
    heard = ffmpeg.input(input_url(source), **options)[str(sound.stream_index)]
    layout = "mono" if sound.channels == 1 else "stereo"
    # async=1 fills gaps and a late start with silence and drops overlaps; it never stretches. rematrix_maxval: the channels of
    # 5.1 add up to more than full scale, and floats would not be scaled down by themselves.
    shape = {"osr": sound.sample_rate, "ochl": layout, "rematrix_maxval": 1, "async": 1, "first_pts": 0}
    heard = heard.filter("aresample", **shape)
    if gain is not None:
        heard = heard.filter("volume", volume=f"{gain.db:.2f}dB", precision="float")
    if gain is not None and gain.limited:
        # Peaks between the samples show only at a higher rate. level=0: no make-up gain of its own; latency=1: not a tick late.
        heard = heard.filter("aresample", osr=_OVERSAMPLED * sound.sample_rate)
        heard = heard.filter("alimiter", limit=f"{10 ** (CEILING / 20):.4f}", level=0, latency=1)
        heard = heard.filter("aresample", osr=sound.sample_rate)
    # As long as the version, to the sample: silence at the end where the sound is shorter.
    samples = round(plan.duration_s * sound.sample_rate)
    return heard.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _measured(heard: Any) -> Any:
    return heard.filter("ebur128", framelog="quiet", peak="true")


def early_key(rung: Rung) -> float:
    """Half a frame."""
    return rung.fps_den / rung.fps_num / 2


def _hls(stem: str, offset_s: float) -> dict[str, Any]:
    """What all tracks share: fMP4 segments, no metadata of the source, the constant base."""
    name = stem.rpartition("/")[2]
    return {
        "map_metadata": -1,
        "map_chapters": -1,
        "f": "hls",
        "hls_segment_type": "fmp4",
        "hls_list_size": 0,
        "hls_fmp4_init_filename": f"{name}_init.mp4",
        "hls_segment_filename": f"{stem}_%05d.m4s",
        # frag_discont: segments keep their absolute times. write_btrt=0: that box holds the bit rate of this very run and would
        # make every init segment different.
        "hls_segment_options": "movflags=+frag_discont:write_btrt=0",
        "output_ts_offset": f"{offset_s:.6f}",
    }


def _compile(ffmpeg_path: Path, outputs: list[Any], log: Sequence[str] = QUIET) -> list[str]:
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    compiled: list[str] = ffmpeg.compile(merged)
    return [str(ffmpeg_path), *log, *PROGRESS, *compiled[1:]]
