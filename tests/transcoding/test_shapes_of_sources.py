"""Sources of every shape come out whole: rotated, odd, interlaced, variable rate, mono, surround, silent, sound only, short."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.clips import (
    AAC,
    FAST_H264,
    ffmpeg,
    make_clip,
    make_flash_and_beep,
    make_numbered,
    read_beeps,
    read_flashes,
    read_numbers,
)
from tests.support.tracks import check_segments
from tests.transcoding.conftest import Made
from transcoding.check import check_decodes
from transcoding.probe import Limits, inspect
from transcoding.tools import Tools

Transcode = Callable[[Path], Made]


def check_whole(tools: Tools, made: Made) -> None:
    """Every track is whole and as long as the version."""
    for track, parts in made.parts.items():
        check_segments(made.plan, parts, made.folder / track)
        check_decodes(tools, track, parts, made.folder / track)


def test_a_rotated_phone_video_is_portrait(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    lying = make_clip(tools, tmp_path / "lying.mp4", video="color=red:s=160x120:r=25,drawbox=c=blue:w=80:t=fill", seconds=1)
    turned = tmp_path / "turned.mp4"
    ffmpeg(tools, "-display_rotation", "-90", "-i", str(lying), "-c", "copy", str(turned))
    made = transcode(turned)
    check_whole(tools, made)
    assert made.info.video
    assert (made.info.video.rotation, made.info.video.width, made.info.video.height) == (90, 120, 160)
    (rung,) = made.plan.rungs
    assert (rung.name, rung.width, rung.height) == ("120p", 120, 160)
    whole = made.whole("120p")
    out = inspect(tools, whole, Limits()).video
    assert out
    assert (out.coded_width, out.coded_height, out.rotation) == (120, 160, 0)
    # Blue was on the left; turned clockwise it is on top.
    top, bottom = _mean_rgb(tools, whole, "crop=iw:ih/2:0:0"), _mean_rgb(tools, whole, "crop=iw:ih/2:0:ih/2")
    assert top[2] > 200 > 60 > top[0]
    assert bottom[0] > 200 > 60 > bottom[2]


def _mean_rgb(tools: Tools, path: Path, crop: str) -> bytes:
    return ffmpeg(
        tools, "-i", str(path), "-vf", f"{crop},scale=1:1:flags=area,format=rgb24", "-frames:v", "1", "-f", "rawvideo", "pipe:1"
    )


def test_odd_sizes_become_even(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    options = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"]
    made = transcode(
        make_clip(tools, tmp_path / "odd.mp4", video="testsrc2=s=161x91:r=25", audio=None, options=options, seconds=1)
    )
    check_whole(tools, made)
    assert [(rung.name, rung.width, rung.height) for rung in made.plan.rungs] == [("90p", 160, 90)]


def test_anamorphic_pictures_get_square_pixels(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    video = "testsrc2=s=180x144:r=25,setsar=64/45"
    made = transcode(make_clip(tools, tmp_path / "wide.mp4", video=video, audio=None, options=FAST_H264, seconds=1))
    check_whole(tools, made)
    assert [(rung.width, rung.height) for rung in made.plan.rungs] == [(256, 144)]


def test_interlaced_video_is_deinterlaced(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    options = [*FAST_H264, "-flags", "+ildct+ilme", "-top", "1", "-x264-params", "tff=1"]
    video = "testsrc2=s=160x120:r=50,tinterlace=interleave_top,fieldorder=tff"
    made = transcode(make_clip(tools, tmp_path / "fields.mp4", video=video, audio=None, options=options, seconds=2))
    assert made.plan.deinterlace
    check_whole(tools, made)
    assert (made.plan.rungs[0].fps_num, made.plan.rungs[0].fps_den) == (25, 1)
    assert sum(part.frames for part in made.parts["120p"]) == 50


def test_a_variable_rate_lands_on_a_regular_grid_at_its_times(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    """Frames 0-24 at 25 fps, then every fifth, then a pause of two seconds: each number is shown when it was due."""
    numbered = make_numbered(tools, tmp_path / "cfr.mp4", frames=150, options=["-g", "25"])
    source = tmp_path / "vfr.mp4"
    kept = "select='lt(n,25)+lt(n,75)*not(mod(n,5))+gte(n,125)'"
    ffmpeg(tools, "-i", str(numbered), "-vf", kept, "-fps_mode", "passthrough", *FAST_H264, "-g", "10", str(source))
    made = transcode(source)
    assert made.plan.variable_rate
    check_whole(tools, made)
    rung = made.plan.rungs[0]
    assert (rung.fps_num, rung.fps_den) == (25, 1)
    due = [n if n < 25 else n - n % 5 if n < 75 else 70 if n < 125 else n for n in range(150)]
    assert read_numbers(tools, made.whole(rung.name)) == due


def test_more_than_sixty_frames_a_second_are_halved(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    made = transcode(make_numbered(tools, tmp_path / "fast.mp4", frames=200, rate="100"))
    check_whole(tools, made)
    assert (made.plan.rungs[0].fps_num, made.plan.rungs[0].fps_den) == (50, 1)
    numbers = read_numbers(tools, made.whole("120p"))
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 100


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 2)], ids=["mono", "stereo", "surround"])
def test_mono_stays_mono_and_surround_becomes_stereo(
    tools: Tools, tmp_path: Path, transcode: Transcode, layout: str, channels: int
) -> None:
    audio = f"sine=f=440:r=44100,aformat=channel_layouts={layout}"
    made = transcode(make_clip(tools, tmp_path / "in.mp4", audio=audio, seconds=1))
    check_whole(tools, made)
    (out,) = inspect(tools, made.whole("audio"), Limits()).audio
    assert (out.channels, out.sample_rate, out.codec) == (channels, 48_000, "aac")


def test_silent_video_and_sound_without_picture(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    silent = transcode(make_clip(tools, tmp_path / "silent.mp4", audio=None, options=FAST_H264, seconds=1))
    check_whole(tools, silent)
    assert silent.plan.audio is None
    sound = transcode(make_clip(tools, tmp_path / "sound.m4a", video=None, options=AAC, seconds=9))
    check_whole(tools, sound)
    assert not sound.plan.rungs
    assert set(sound.parts) == {"audio"}


def test_cover_art_is_not_a_video(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    cover = tmp_path / "cover.jpg"
    ffmpeg(tools, "-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", str(cover))
    song = make_clip(tools, tmp_path / "song.m4a", video=None, options=AAC, seconds=2)
    dressed = tmp_path / "dressed.m4a"
    arguments = ["-i", str(song), "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy"]
    ffmpeg(tools, *arguments, "-disposition:v:0", "attached_pic", str(dressed))
    made = transcode(dressed)
    check_whole(tools, made)
    assert made.info.video is None


def test_half_a_second_is_enough(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    made = transcode(make_clip(tools, tmp_path / "short.mp4", seconds=0.52))
    check_whole(tools, made)
    assert sum(part.frames for part in made.parts["120p"]) == 13


@pytest.mark.parametrize("suffix", ["avi", "ts", "flv", "mkv", "webm", "wmv", "mpg"])
def test_other_containers_keep_every_frame(tools: Tools, tmp_path: Path, transcode: Transcode, suffix: str) -> None:
    codec = {
        "avi": ["-c:v", "mpeg4", "-q:v", "3", "-bf", "2"],
        "webm": ["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"],
        "wmv": ["-c:v", "wmv2", "-q:v", "3"],
        "mpg": ["-c:v", "mpeg2video", "-q:v", "3", "-bf", "2"],
    }.get(suffix, [])
    made = transcode(make_numbered(tools, tmp_path / f"in.{suffix}", frames=300, options=["-g", "50", *codec]))
    check_whole(tools, made)
    numbers = read_numbers(tools, made.whole("120p"))
    assert numbers[:300] == list(range(300))
    assert numbers[300:] in ([], [299])
    assert made.plan.remux is (suffix not in ("mkv", "webm"))


def _fragmented(tools: Tools, clip: Path, folder: Path) -> Path:
    made = folder / "fragmented.mp4"
    ffmpeg(tools, "-i", str(clip), "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", str(made))
    return made


def _recorded_by_a_browser(tools: Tools, clip: Path, folder: Path) -> Path:
    """Matroska as MediaRecorder writes it: no duration, no index."""
    made = folder / "recorded.mkv"
    made.write_bytes(ffmpeg(tools, "-i", str(clip), "-c", "copy", "-f", "matroska", "-live", "1", "pipe:1"))
    return made


def _starting_late(tools: Tools, clip: Path, folder: Path) -> Path:
    made = folder / "late.mp4"
    ffmpeg(tools, "-itsoffset", "0.7", "-i", str(clip), "-c", "copy", str(made))
    return made


def _as_it_is(_tools: Tools, clip: Path, _folder: Path) -> Path:
    return clip


@pytest.mark.parametrize("reshape", [_as_it_is, _fragmented, _recorded_by_a_browser, _starting_late])
def test_open_groups_of_pictures_keep_every_frame_however_they_are_packed(
    tools: Tools, tmp_path: Path, transcode: Transcode, reshape: Callable[[Tools, Path, Path], Path]
) -> None:
    options = ["-g", "60", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0:b-adapt=0"]
    clip = make_numbered(tools, tmp_path / "open.mp4", frames=300, options=options)
    made = transcode(reshape(tools, clip, tmp_path))
    check_whole(tools, made)
    assert len(made.plan.chunks) > 1
    assert read_numbers(tools, made.whole("120p")) == list(range(300))


def test_a_name_may_lie(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    honest = make_clip(tools, tmp_path / "clip.mkv", seconds=1)
    check_whole(tools, transcode(honest.rename(tmp_path / "report.pdf")))


@pytest.mark.parametrize(
    "delays",
    [["-itsoffset", "0", "-itsoffset", "0.5"], ["-itsoffset", "0.5", "-itsoffset", "0"]],
    ids=["sound begins later", "sound begins earlier"],
)
def test_streams_that_begin_apart_stay_in_step(tools: Tools, tmp_path: Path, transcode: Transcode, delays: list[str]) -> None:
    """The clip's own flashes and beeps tell what is right, read with the same clock for both."""
    clip = make_flash_and_beep(tools, tmp_path / "clip.mp4", seconds=6)
    apart = tmp_path / "apart.mkv"
    arguments = [*delays[:2], "-i", str(clip), *delays[2:], "-i", str(clip), "-map", "0:v", "-map", "1:a"]
    ffmpeg(tools, *arguments, "-c", "copy", str(apart))
    shift = float(delays[3]) - float(delays[1])
    made = transcode(apart)
    check_whole(tools, made)
    flashes, beeps = read_flashes(tools, made.whole("120p")), read_beeps(tools, made.whole("audio"))
    expected = [flash + shift for flash in flashes if flash + shift >= 0]
    assert len(beeps) >= 5
    for due in expected[:5]:
        assert min(abs(beep - due) for beep in beeps) <= 0.03, due


@pytest.mark.parametrize(("picture_s", "sound_s"), [(3, 6), (6, 3)], ids=["sound goes on", "sound ends first"])
def test_the_longer_stream_decides(tools: Tools, tmp_path: Path, transcode: Transcode, picture_s: int, sound_s: int) -> None:
    picture = make_numbered(tools, tmp_path / "v.mp4", frames=25 * picture_s)
    sound = make_clip(tools, tmp_path / "a.m4a", video=None, options=AAC, seconds=sound_s)
    both = tmp_path / "both.mp4"
    ffmpeg(tools, "-i", str(picture), "-i", str(sound), "-c", "copy", str(both))
    made = transcode(both)
    check_whole(tools, made)
    assert abs(made.plan.duration_s - 6) < 0.05
    numbers = read_numbers(tools, made.whole("120p"))
    assert numbers == [min(n, 25 * picture_s - 1) for n in range(len(numbers))]
