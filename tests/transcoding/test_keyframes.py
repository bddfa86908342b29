"""Key frames from sample tables are those that a listing of packets finds."""

from pathlib import Path

import msgspec
import pytest

from tests.support.clips import FAST_H264, ffmpeg, make_clip
from transcoding import keyframes, sample_tables
from transcoding.keyframes import read_keyframes
from transcoding.mp4 import BadBoxes
from transcoding.probe import Limits, inspect
from transcoding.tools import Tools

KEYS = ("-g", "999", "-bf", "2", "-force_key_frames", "0,1,1.8,4,4.4")


def _listed(tools: Tools, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[float, ...]:
    with monkeypatch.context() as patch:
        patch.setattr(sample_tables, "key_frame_index", lambda _path, _index: None)
        return read_keyframes(tools, path, inspect(tools, path, Limits())).times


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-movflags", "+faststart"),
        ("-use_editlist", "0"),
        ("-output_ts_offset", "0.7"),
        ("-movflags", "+frag_keyframe+empty_moov"),
    ],
    ids=["edit list", "index first", "no edit list", "late start", "fragmented"],
)
def test_tables_and_packets_agree(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, *KEYS, *options), seconds=5)
    found = read_keyframes(tools, clip, inspect(tools, clip, Limits()))
    assert found.times == pytest.approx((0, 1, 1.8, 4, 4.4), abs=1e-3)
    assert found.until_s == pytest.approx(5, abs=0.2)
    assert _listed(tools, clip, monkeypatch) == pytest.approx(found.times, abs=1e-3)


def test_a_copy_that_starts_inside_counts_from_its_first_frame(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, *KEYS), seconds=5)
    inside = tmp_path / "inside.mp4"
    ffmpeg(tools, "-ss", "1.4", "-i", str(clip), "-c", "copy", str(inside))
    found = read_keyframes(tools, inside, inspect(tools, inside, Limits()))
    assert found.times == pytest.approx((0, 0.4, 2.6, 3.0), abs=0.05)
    assert _listed(tools, inside, monkeypatch) == pytest.approx(found.times, abs=1e-3)


def test_of_a_large_file_without_an_index_only_the_head_is_listed(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tools, tmp_path / "clip.mkv", audio=None, options=(*FAST_H264, *KEYS), seconds=5)
    info = inspect(tools, clip, Limits())
    monkeypatch.setattr(keyframes, "_WHOLE_BYTES", 100)
    monkeypatch.setattr(keyframes, "_WINDOW_S", 3.0)
    found = read_keyframes(tools, clip, info)
    assert found.times[:3] == pytest.approx((0, 1, 1.8), abs=1e-3)
    assert found.until_s == 2.0


def test_tables_that_contradict_themselves_fall_back_to_packets(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, *KEYS), seconds=5)
    data = clip.read_bytes()
    at = data.index(b"stss") + 12
    clip.write_bytes(data[:at] + (10**9).to_bytes(4, "big") + data[at + 4 :])
    with pytest.raises(BadBoxes):
        sample_tables.key_frame_index(clip, 0)
    assert read_keyframes(tools, clip, inspect(tools, clip, Limits())).times[-2:] == pytest.approx((4, 4.4), abs=1e-3)


def test_sound_has_no_key_frames(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", video=None, options=("-c:a", "aac"), seconds=1)
    info = inspect(tools, clip, Limits())
    assert read_keyframes(tools, clip, info).times == ()
    assert msgspec.json.decode(msgspec.json.encode(info), type=type(info)) == info
