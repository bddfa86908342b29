"""Poster and storyboard show what the video shows."""

from pathlib import Path

import pytest
from PIL import Image, ImageStat

from core.errors import BadMedia
from tests.support.clips import AAC, FAST_H264, make_clip
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.stills import make_stills, storyboard_vtt
from transcoding.tools import Tools


def test_the_poster_is_not_black_and_the_sheet_has_a_tile_per_cue(tools: Tools, tmp_path: Path) -> None:
    video = "testsrc2=s=320x180:r=25,drawbox=c=black:t=fill:enable='lt(t,3)'"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=video, seconds=24, options=(*FAST_H264, *AAC, "-g", "25"))
    ready = prepare(tools, clip, Limits(), tmp_path)
    stills = make_stills(tools, ready.source, ready.plan, tmp_path)
    assert stills
    with Image.open(stills.poster) as poster:
        assert (poster.format, poster.size) == ("JPEG", (320, 180))
        assert ImageStat.Stat(poster.convert("L")).stddev[0] > 20
    cues = stills.storyboard_vtt.read_text().split("\n\n")[1:]
    assert len(cues) == 20
    assert cues[0].startswith("00:00:00.000 --> 00:00:01.200\nstoryboard.jpg#xywh=0,0,160,90")
    assert cues[19].strip() == "00:00:22.800 --> 00:00:24.000\nstoryboard.jpg#xywh=1440,90,160,90"
    with Image.open(stills.storyboard) as sheet:
        assert sheet.size == (1600, 180)
        tile = sheet.crop((0, 0, 160, 90)).convert("L")
        assert ImageStat.Stat(tile).mean[0] < 40
        assert ImageStat.Stat(sheet.crop((1440, 90, 1600, 180)).convert("L")).stddev[0] > 20
    assert {path.name for path in tmp_path.glob("*.jpg")} == {"poster.jpg", "storyboard.jpg"}


def test_sound_alone_has_no_stills(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.m4a", video=None, options=AAC, seconds=1)
    ready = prepare(tools, clip, Limits(), tmp_path)
    assert make_stills(tools, ready.source, ready.plan, tmp_path) is None


def test_nothing_to_show_is_undecodable(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, "-movflags", "+faststart"), seconds=1)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    clip.write_bytes(data[:start] + bytes(len(data) - start))
    ready = prepare(tools, clip, Limits(), tmp_path)
    with pytest.raises(BadMedia) as caught:
        make_stills(tools, ready.source, ready.plan, tmp_path)
    assert caught.value.code == "media.undecodable"


def test_cues_of_a_long_video_count_hours() -> None:
    text = storyboard_vtt("storyboard.jpg", [0.0, 3661.5], 7200.0, (160, 90))
    assert "01:01:01.500 --> 02:00:00.000\nstoryboard.jpg#xywh=160,0,160,90" in text
