"""Poster, storyboard and preview show what the video shows."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat

from core.errors import BadMedia
from tests.support.clips import AAC, FAST_H264, make_clip
from transcoding import shots, storyboard
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.stills import make_stills, take_frame
from transcoding.tools import Tools
from transcoding.watch import Watch


def _contrast(picture: Image.Image) -> float:
    return ImageStat.Stat(picture.convert("L")).stddev[0]


def test_a_video_that_begins_black_gets_a_poster_a_sheet_and_a_loop_that_show_something(tools: Tools, tmp_path: Path) -> None:
    video = "testsrc2=s=480x270:r=10,fade=in:st=3:d=3,fade=out:st=20:d=3"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=video, seconds=24, options=(*FAST_H264, *AAC, "-g", "10"))
    ready = prepare(tools, clip, Limits(), tmp_path)
    stills = make_stills(tools, ready.source, ready.info, ready.plan, tmp_path)
    assert stills
    assert [(made.name, made.width, made.height) for made in stills.posters] == [
        ("poster.jpg", 480, 270),
        ("poster.webp", 480, 270),
        ("poster-320.jpg", 320, 180),
        ("poster-320.webp", 320, 180),
    ]
    for made in stills.posters:
        with Image.open(tmp_path / made.name) as poster:
            assert poster.size == (made.width, made.height)
            # As rich as the video at its best: neither black nor half-way through a fade.
            assert _contrast(poster) > 50
    with Image.open(stills.sheets[0]) as sheet:
        assert sheet.size == (1600, 270)
        assert ImageStat.Stat(sheet.crop((0, 0, 160, 90)).convert("L")).mean[0] < 20
        assert _contrast(sheet.crop((1440, 0, 1600, 90))) > 40
    with Image.open(stills.preview) as loop:
        assert (loop.format, loop.size, loop.info["loop"]) == ("WEBP", (320, 180), 0)
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(loop)]
    assert len(frames) == 16
    assert sum(ImageStat.Stat(ImageChops.difference(one, frames[0]).convert("L")).mean[0] > 1 for one in frames[1:]) >= 12
    assert stills.preview.stat().st_size < 500_000
    left = {path.name for path in tmp_path.iterdir()} - {made.name for made in stills.posters}
    assert left == {"clip.mp4", "storyboard.jpg", "storyboard.vtt", "preview.webp"}


def test_cues_and_tiles_belong_together(tools: Tools, tmp_path: Path) -> None:
    video = "color=black:s=160x90:r=10,drawbox=c=white:t=fill:enable='gte(t,2)'"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=video, audio=None, seconds=3.5, options=(*FAST_H264, "-g", "10"))
    ready = prepare(tools, clip, Limits(), tmp_path)
    stills = make_stills(tools, ready.source, ready.info, ready.plan, tmp_path)
    assert stills
    assert stills.storyboard_vtt.read_text() == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,160,90\n"
        "\n00:00:01.000 --> 00:00:02.000\nstoryboard.jpg#xywh=160,0,160,90\n"
        "\n00:00:02.000 --> 00:00:03.000\nstoryboard.jpg#xywh=320,0,160,90\n"
        "\n00:00:03.000 --> 00:00:03.500\nstoryboard.jpg#xywh=480,0,160,90\n"
    )
    with Image.open(stills.sheets[0]) as sheet:
        means = [ImageStat.Stat(sheet.crop((x, 0, x + 160, 90)).convert("L")).mean[0] for x in (0, 160, 320, 480)]
    assert [mean > 128 for mean in means] == [False, False, True, True]


def test_a_source_of_key_frames_alone_is_read_by_seeking_with_the_same_tiles(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", video="testsrc2=s=160x90:r=20", audio=None, seconds=3)
    ready = prepare(tools, clip, Limits(), tmp_path)
    video = shots.Video(tools, clip, ready.info, ready.plan, tmp_path, Watch())
    swept = shots.tiles(video, 1000, 3)
    monkeypatch.setattr(shots, "_DENSE", 0)
    sought = shots.tiles(video, 1000, 3)
    assert [one.tobytes() for one in sought] == [one.tobytes() for one in swept]


def test_the_frame_that_was_asked_for_is_taken_and_beyond_the_end_the_last(tools: Tools, tmp_path: Path) -> None:
    video = "color=black:s=160x90:r=10,drawbox=c=white:t=fill:enable='between(t,1.15,1.35)'"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=video, audio=None, seconds=2, options=(*FAST_H264, "-g", "50"))
    ready = prepare(tools, clip, Limits(), tmp_path)
    lights = []
    for at_s in (0.0, 1.1, 1.17, 1.2, 1.37, 1.4, 60.0):
        made = take_frame(tools, ready.source, ready.info, ready.plan, at_s, tmp_path)
        with Image.open(tmp_path / made[0].name) as frame:
            lights.append(ImageStat.Stat(frame.convert("L")).mean[0] > 128)
    assert lights == [False, False, False, True, True, False, False]


def test_sound_alone_has_no_stills(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.m4a", video=None, options=AAC, seconds=1)
    ready = prepare(tools, clip, Limits(), tmp_path)
    assert make_stills(tools, ready.source, ready.info, ready.plan, tmp_path) is None


def test_nothing_to_show_is_undecodable(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, "-movflags", "+faststart"), seconds=1)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    clip.write_bytes(data[:start] + bytes(len(data) - start))
    ready = prepare(tools, clip, Limits(), tmp_path)
    with pytest.raises(BadMedia) as caught:
        make_stills(tools, ready.source, ready.info, ready.plan, tmp_path)
    assert caught.value.code == "media.undecodable"


@pytest.mark.parametrize(
    ("duration_s", "grid"),
    [
        (0.5, (1000, 1)),
        (60.0, (1000, 60)),
        (600.0, (6000, 100)),
        (3600.0, (10_000, 360)),
        (12 * 3600.0, (86_400, 500)),
    ],
)
def test_tiles_are_one_to_ten_seconds_apart_and_fill_five_sheets_at_most(duration_s: float, grid: tuple[int, int]) -> None:
    assert storyboard.grid(duration_s) == grid


def test_a_long_video_has_several_sheets_and_one_list_of_cues(tmp_path: Path) -> None:
    tiles = [Image.new("RGB", (160, 90), (index, index, index)) for index in range(250)]
    sheets = storyboard.write_sheets(tiles, tmp_path)
    assert [path.name for path in sheets] == ["storyboard.jpg", "storyboard-2.jpg", "storyboard-3.jpg"]
    sizes = []
    for path in sheets:
        with Image.open(path) as sheet:
            sizes.append(sheet.size)
    assert sizes == [(1600, 900), (1600, 900), (1600, 450)]
    cues = storyboard.write_vtt(20_000, 250, 5000.5, (160, 90)).split("\n\n")[1:]
    assert cues[99] == "00:33:00.000 --> 00:33:20.000\nstoryboard.jpg#xywh=1440,810,160,90"
    assert cues[100] == "00:33:20.000 --> 00:33:40.000\nstoryboard-2.jpg#xywh=0,0,160,90"
    assert cues[249] == "01:23:00.000 --> 01:23:20.500\nstoryboard-3.jpg#xywh=1440,360,160,90\n"
