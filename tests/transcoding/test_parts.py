"""Parts are handed over as they finish, named by content, and refused when anything about them is off."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.errors import AulaError, ErrorKind, Interrupted, Transient
from core.media import Part
from tests.support.clips import AAC, FAST_H264, make_clip
from tests.support.tracks import check_segments
from tests.transcoding.conftest import Made
from transcoding.check import check_decodes
from transcoding.encode_audio import encode_audio
from transcoding.encode_chunk import encode_chunk
from transcoding.playlists import length_s
from transcoding.prepare import Prepared, prepare
from transcoding.probe import Limits
from transcoding.spawn import Limits as ProcessLimits
from transcoding.tools import Tools
from transcoding.verify import BadOutput, video_part
from transcoding.watch import Watch

Transcode = Callable[[Path], Made]


@pytest.fixture
def ready(tools: Tools, tmp_path: Path) -> Prepared:
    """A clip of nine seconds, planned: a chunk of four, and one of five with two segments."""
    video = "testsrc2=s=160x120:r=25"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=video, seconds=9, options=(*FAST_H264, *AAC, "-g", "50"))
    return prepare(tools, clip, Limits(), tmp_path, copy=False)


def test_audio_is_handed_over_in_growing_stretches(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.wav", video=None, options=(), seconds=90)
    ready = prepare(tools, clip, Limits(), tmp_path)
    seen: list[Part] = []
    fractions: list[float] = []

    def take(part: Part) -> None:
        seen.append(part)
        for segment in part.segments:
            (tmp_path / "out" / "audio" / segment.name).rename(tmp_path / segment.name)

    made = encode_audio(
        tools,
        ready.source,
        ready.plan,
        ready.plan.sounds[0],
        tmp_path / "out",
        "a-1",
        take,
        Watch(on_progress=fractions.append),
    )
    parts = made.parts
    assert parts == seen
    assert [part.chunk for part in parts] == list(range(len(parts)))
    assert len(parts[0].segments) >= 2
    names = [segment.name for part in parts for segment in part.segments]
    assert names == [f"a-1_{number:05d}.m4s" for number in range(23)]
    assert length_s(parts) == pytest.approx(90, abs=0.03)
    assert fractions[-1] == 1.0
    (tmp_path / "out" / "audio" / parts[0].init_name).rename(tmp_path / parts[0].init_name)
    check_segments(ready.plan, parts, tmp_path)
    check_decodes(tools, "audio", parts, tmp_path)
    assert list((tmp_path / "out" / "audio").iterdir()) == []


def test_an_error_of_whoever_takes_a_part_ends_the_encode(tools: Tools, tmp_path: Path, ready: Prepared) -> None:
    def refuse(_part: Part) -> None:
        raise Interrupted("job.lease_lost", "Lost.", kind=ErrorKind.LEASE_LOST)

    with pytest.raises(Interrupted):
        encode_audio(tools, ready.source, ready.plan, ready.plan.sounds[0], tmp_path / "out", "a-1", refuse)


def test_a_chunk_stops_when_told_to(tools: Tools, tmp_path: Path, ready: Prepared) -> None:
    def stop() -> AulaError:
        return Interrupted("job.cancelled", "Cancelled.", kind=ErrorKind.CANCELLED)

    chunk = ready.plan.chunks[0]
    with pytest.raises(Interrupted):
        encode_chunk(tools, ready.source, ready.plan, chunk, ready.plan.rungs, tmp_path / "out", "c", Watch(should_stop=stop))


def test_two_attempts_and_two_chunks_share_one_init_and_no_segment_name(tools: Tools, tmp_path: Path, ready: Prepared) -> None:
    out = tmp_path / "out"
    progress: list[float] = []
    parts = [
        encode_chunk(tools, ready.source, ready.plan, chunk, ready.plan.rungs, out, prefix, Watch(on_progress=progress.append))[
            0
        ]
        for chunk, prefix in (
            (ready.plan.chunks[0], "c0000-1"),
            (ready.plan.chunks[0], "c0000-2"),
            (ready.plan.chunks[1], "c0001-1"),
        )
    ]
    assert len({part.init_name for part in parts}) == 1
    assert parts[0].init_name == f"init-{parts[0].init_sha256[:8]}.mp4"
    names = [segment.name for part in parts for segment in part.segments]
    assert len(names) == len(set(names))
    assert {path.name for path in (out / "120p").iterdir()} == {*names, parts[0].init_name}
    assert parts[0].codecs.startswith("avc1.6400")
    assert progress[-1] == 1.0


@pytest.fixture
def chunk_on_disk(tools: Tools, tmp_path: Path, ready: Prepared) -> tuple[Prepared, Path]:
    """A verified chunk, put back to how ffmpeg leaves it."""
    out = tmp_path / "out"
    (part,) = encode_chunk(tools, ready.source, ready.plan, ready.plan.chunks[1], ready.plan.rungs, out, "c")
    folder = out / part.track
    (folder / part.init_name).rename(folder / "c_init.mp4")
    return ready, folder


def _truncate(folder: Path) -> None:
    path = folder / "c_00001.m4s"
    path.write_bytes(path.read_bytes()[:-100])


def _empty(folder: Path) -> None:
    (folder / "c_00001.m4s").write_bytes(b"")


def _remove(folder: Path) -> None:
    (folder / "c_00001.m4s").unlink()


def _swap(folder: Path) -> None:
    first, second = folder / "c_00000.m4s", folder / "c_00001.m4s"
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def _no_init(folder: Path) -> None:
    (folder / "c_init.mp4").unlink()


@pytest.mark.parametrize("harm", [_truncate, _empty, _remove, _swap, _no_init])
def test_a_harmed_chunk_does_not_count(chunk_on_disk: tuple[Prepared, Path], harm: Callable[[Path], None]) -> None:
    ready, folder = chunk_on_disk
    harm(folder)
    with pytest.raises(BadOutput):
        video_part(folder, "c", ready.plan.chunks[1], ready.plan.rungs[0])


def test_a_chunk_must_lie_where_the_plan_says(chunk_on_disk: tuple[Prepared, Path]) -> None:
    ready, folder = chunk_on_disk
    moved = msgspec.structs.replace(ready.plan.chunks[1], start_s=ready.plan.chunks[1].start_s + 0.04)
    with pytest.raises(BadOutput, match="start"):
        video_part(folder, "c", moved, ready.plan.rungs[0])


def test_a_full_disk_is_not_called_success(
    tools: Tools, tmp_path: Path, ready: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file size limit stands in for the full disk: ffmpeg's HLS muxer ends with 0 on either."""
    monkeypatch.setattr("transcoding.encode_chunk.limits_for", _tiny_files)
    with pytest.raises(AulaError) as caught:
        encode_chunk(tools, ready.source, ready.plan, ready.plan.chunks[0], ready.plan.rungs, tmp_path / "out", "c")
    assert caught.value.kind in (ErrorKind.RESOURCES, ErrorKind.TRANSIENT)


def _tiny_files(tools: Tools, _work_s: float, *, nice: int) -> ProcessLimits:
    assert nice == 0
    return ProcessLimits(wall_s=60, stall_s=tools.stall_timeout_s, file_size=20_000)


def test_a_published_segment_that_does_not_decode_is_found(tools: Tools, tmp_path: Path, transcode: Transcode) -> None:
    made = transcode(make_clip(tools, tmp_path / "in.mp4", audio=None, options=FAST_H264, seconds=5))
    folder, parts = made.folder / "120p", made.parts["120p"]
    check_decodes(tools, "120p", parts, folder)
    path = folder / parts[-1].segments[-1].name
    data = bytearray(path.read_bytes())
    data[-len(data) // 2 :] = bytes(len(data) // 2 + len(data) % 2)
    path.write_bytes(data)
    with pytest.raises(Transient) as caught:
        check_decodes(tools, "120p", parts, folder)
    assert caught.value.code == "check.failed"
    assert {entry.name for entry in folder.iterdir() if entry.name.startswith("check-")} == set()
