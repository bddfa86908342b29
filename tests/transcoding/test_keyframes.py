"""Key frames from sample tables are those that a listing of packets finds."""

import struct
from pathlib import Path

import msgspec
import pytest

from tests.support.clips import FAST_H264, ffmpeg, make_clip
from transcoding import keyframes, mp4, sample_tables
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


def _box(kind: bytes, *payload: bytes) -> bytes:
    data = b"".join(payload)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def _moov(samples: int, durations: bytes) -> bytes:
    """An index of one track, whose every sample is a key frame of one byte."""
    tables = _box(b"stsz", struct.pack(">III", 0, 1, samples)), _box(b"stts", bytes(4), durations)
    clocks = [_box(kind, struct.pack(">IIIII", 0, 0, 0, 120, 0)) for kind in (b"mvhd", b"mdhd")]
    track = _box(b"trak", _box(b"mdia", clocks[1], _box(b"minf", _box(b"stbl", *tables))))
    return _box(b"moov", clocks[0], track)


@pytest.mark.parametrize(
    ("samples", "durations", "why"),
    [
        (12 * 3600 * 120, struct.pack(">III", 1, 12 * 3600 * 120, 1), "key frames"),
        (3, struct.pack(">I", 2) + b"\xff" * 16, "clocks"),
    ],
    ids=["millions of key frames", "times beyond all clocks"],
)
def test_a_small_table_that_claims_too_much_takes_no_memory(tmp_path: Path, samples: int, durations: bytes, why: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(_moov(samples, durations))
    with pytest.raises(BadBoxes, match=why):
        sample_tables.key_frame_index(clip, 0)


def test_boxes_without_end_are_not_read_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _box(b"free") * 100_001
    with pytest.raises(BadBoxes, match="too many"):
        list(mp4.boxes(data))
    monkeypatch.setattr(mp4, "_MAX_TOP_BOXES", 100_000)
    (tmp_path / "boxes").write_bytes(data)
    with (tmp_path / "boxes").open("rb") as file, pytest.raises(BadBoxes, match="too many"):
        list(mp4.top_boxes(file, len(data)))


def test_sound_has_no_key_frames(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", video=None, options=("-c:a", "aac"), seconds=1)
    info = inspect(tools, clip, Limits())
    assert read_keyframes(tools, clip, info).times == ()
    assert msgspec.json.decode(msgspec.json.encode(info), type=type(info)) == info
