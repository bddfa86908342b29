"""What is no video, or not a harmless one, is refused with its code, and reads nothing but itself on the way."""

import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadMedia, ErrorKind, OutOfResources
from tests.support.clips import AAC, FAST_H264, ffmpeg, make_clip
from transcoding.encode_chunk import encode_chunk
from transcoding.failure import blame
from transcoding.prepare import prepare
from transcoding.probe import Limits, inspect
from transcoding.spawn import Finished
from transcoding.tools import Tools

Maker = Callable[[Tools, Path], None]


def _cut(keep: float, suffix: str, *options: str) -> Maker:
    """A clip of six seconds of which only a share is there."""

    def make(tools: Tools, path: Path) -> None:
        whole = make_clip(tools, path.with_suffix(f".whole.{suffix}"), seconds=6, options=(*FAST_H264, *AAC, *options))
        data = whole.read_bytes()
        path.write_bytes(data[: int(len(data) * keep)])

    return make


def _text(text: str) -> Maker:
    def make(_tools: Tools, path: Path) -> None:
        path.write_text(text)

    return make


def _clip(**values: Any) -> Maker:
    def make(tools: Tools, path: Path) -> None:
        make_clip(tools, path, **values)

    return make


def _picture(*arguments: str) -> Maker:
    def make(tools: Tools, path: Path) -> None:
        ffmpeg(tools, "-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", *arguments, str(path))

    return make


def _noise(_tools: Tools, path: Path) -> None:
    path.write_bytes(bytes(range(7, 250)) * 40)


def _nothing(_tools: Tools, path: Path) -> None:
    path.touch()


def _no_stream(_tools: Tools, path: Path) -> None:
    path.write_bytes(b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom" + struct.pack(">I4s", 8, b"moov"))


def _many_streams(tools: Tools, path: Path) -> None:
    tone = path.with_suffix(".tone.mka")
    make_clip(tools, tone, video=None, options=("-c:a", "pcm_s16le"), seconds=0.6)
    ffmpeg(tools, "-i", str(tone), *["-map", "0:a"] * 40, "-c", "copy", "-f", "matroska", str(path))


def _hours_apart(tools: Tools, path: Path) -> None:
    clip = make_clip(tools, path.with_suffix(".clip.mp4"), audio=None, options=FAST_H264, seconds=1)
    ffmpeg(tools, "-i", str(clip), "-c", "copy", "-bsf:v", "setts=ts=TS*18000", str(path))


BAD: dict[str, tuple[Maker, str]] = {
    "empty": (_nothing, "media.empty"),
    "noise": (_noise, "media.not_a_video"),
    "plain text": (_text("I am not a video.\n" * 50), "media.not_a_video"),
    "page": (_text("<!DOCTYPE html><html><body>404</body></html>"), "media.not_a_video"),
    "picture": (_picture("-c:v", "mjpeg", "-f", "image2"), "media.not_a_video"),
    "animation": (_picture("-f", "gif"), "media.unsupported_container"),
    "mp4 without its index": (_cut(0.7, "mp4"), "media.truncated"),
    "mp4 whose media is cut": (_cut(0.7, "mp4", "-movflags", "+faststart"), "media.truncated"),
    "fragmented mp4 cut": (_cut(0.7, "mp4", "-movflags", "+frag_keyframe+empty_moov", "-g", "25"), "media.truncated"),
    "mkv cut": (_cut(0.6, "mkv"), "media.truncated"),
    "avi cut": (_cut(0.6, "avi"), "media.truncated"),
    "flv cut": (_cut(0.5, "flv"), "media.truncated"),
    "no streams": (_no_stream, "media.no_streams"),
    "too short": (_clip(seconds=0.2), "media.too_short"),
    "too long": (_clip(seconds=6 * 3600 + 10, video="color=s=32x32:r=0.1", audio=None, options=FAST_H264), "media.too_long"),
    "hours of nothing": (_hours_apart, "media.timestamp_gaps"),
    "too many pixels": (
        _clip(video="color=s=1100x1000:r=5", audio=None, options=FAST_H264, seconds=1),
        "media.too_many_pixels",
    ),
    "too many frames a second": (
        _clip(video="color=s=32x32:r=240", audio=None, options=FAST_H264, seconds=1),
        "media.frame_rate_too_high",
    ),
    "too many streams": (_many_streams, "media.too_many_streams"),
    "unknown codec": (
        _clip(video="testsrc2=s=64x64:r=25", audio=None, options=("-c:v", "asv1", "-f", "matroska")),
        "media.unsupported_codec",
    ),
}
LIMITS = Limits(max_duration_s=6 * 3600, max_pixels=1_000_000)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_for_good(tools: Tools, tmp_path: Path, name: str) -> None:
    make, code = BAD[name]
    path = tmp_path / "upload.mp4"
    hidden = tmp_path / "made.mp4"
    make(tools, hidden)
    hidden.rename(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadMedia) as caught:
        inspect(tools, path, LIMITS)
    assert caught.value.code == code, caught.value.detail
    assert caught.value.kind is ErrorKind.BAD_MEDIA
    assert caught.value.message.endswith(".")
    assert sorted(tmp_path.iterdir()) == before


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{uri}\n#EXT-X-ENDLIST\n"
MPD = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"><Period>'
    '<AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>{uri}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>"
)
CONCAT = "ffconcat version 1.0\nfile '{uri}'\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"


@pytest.mark.parametrize("prefix", ["", "\n\n", "\ufeff", "# a comment\n"], ids=["bare", "blank lines", "bom", "comment"])
@pytest.mark.parametrize("dress", [HLS, MPD, CONCAT, SDP], ids=["m3u8", "mpd", "concat", "sdp"])
@pytest.mark.parametrize("where", ["file", "socket"])
def test_playlists_in_disguise_reach_neither_files_nor_the_network(
    tools: Tools, tmp_path: Path, listener: socket.socket, dress: str, prefix: str, where: str
) -> None:
    canary = make_clip(tools, tmp_path / "canary.mp4", seconds=0.6)
    port = listener.getsockname()[1]
    uri = str(canary) if where == "file" else f"http://127.0.0.1:{port}/canary.mp4"
    path = tmp_path / "upload.mp4"
    path.write_text(prefix + dress.format(uri=uri, port=port))
    with pytest.raises(BadMedia) as caught:
        prepare(tools, path, Limits(), tmp_path)
    assert caught.value.code == "media.not_a_video"
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("dress", [HLS, CONCAT], ids=["m3u8", "concat"])
def test_the_format_whitelist_alone_stops_them_too(
    tools: Tools, tmp_path: Path, listener: socket.socket, dress: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcoding.sniff.refuse_text", lambda _path: None)
    path = tmp_path / "upload.mp4"
    path.write_text(dress.format(uri=f"http://127.0.0.1:{listener.getsockname()[1]}/x.mp4"))
    with pytest.raises(BadMedia) as caught:
        inspect(tools, path, Limits())
    assert caught.value.code == "media.not_a_video"
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_picture_that_grows_half_way_is_bounded(tools: Tools, tmp_path: Path) -> None:
    """The head passes the probe; what comes later is larger than the decoder may take."""
    encoded = (*FAST_H264[:4], "-pix_fmt", "yuv422p")
    small = make_clip(tools, tmp_path / "a.h264", video="testsrc2=s=64x64:r=25", audio=None, options=encoded, seconds=1)
    large = tmp_path / "b.h264"
    ffmpeg(tools, "-f", "lavfi", "-i", "color=s=8192x4608:r=25", "-frames:v", "2", *encoded, str(large))
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    path = tmp_path / "upload.mp4"
    ffmpeg(tools, "-framerate", "25", "-i", str(both), "-c", "copy", str(path))
    ready = prepare(tools, path, Limits(), tmp_path)
    assert [rung.name for rung in ready.plan.rungs] == ["64p"]
    (part,) = encode_chunk(tools, ready.source, ready.plan, ready.plan.chunks[0], ready.plan.rungs, tmp_path / "out", "c")
    assert part.frames == ready.plan.chunks[0].frames


def test_an_index_without_pictures_is_undecodable(tools: Tools, tmp_path: Path) -> None:
    clip = make_clip(tools, tmp_path / "clip.mp4", audio=None, options=(*FAST_H264, "-movflags", "+faststart"), seconds=1)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    clip.write_bytes(data)
    ready = prepare(tools, clip, Limits(), tmp_path)
    with pytest.raises(BadMedia) as caught:
        encode_chunk(tools, ready.source, ready.plan, ready.plan.chunks[0], ready.plan.rungs, tmp_path / "out", "c")
    assert caught.value.code == "media.undecodable"


@pytest.mark.parametrize(
    ("returncode", "stderr"),
    [
        (1, "Error submitting packet: Cannot allocate memory\nInvalid data found when processing input"),
        (1, "av_interleaved_write_frame(): No space left on device"),
        (-9, ""),
    ],
    ids=["memory", "disk", "killed"],
)
def test_a_lack_of_resources_is_not_held_against_the_file(
    returncode: int, stderr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcoding.failure._memory_short", lambda: True)
    error = blame(Finished(("ffmpeg",), returncode, b"", stderr))
    assert isinstance(error, OutOfResources)
    assert error.code == "media.resources"
    assert error.kind is ErrorKind.RESOURCES


@pytest.mark.parametrize(
    ("returncode", "stderr"), [(-25, ""), (1, "av_write_frame(): File too large"), (1, "Cannot allocate memory")]
)
def test_hitting_our_own_limit_uses_up_an_attempt(returncode: int, stderr: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcoding.failure._memory_short", lambda: False)
    assert blame(Finished(("ffmpeg",), returncode, b"", stderr)).kind is ErrorKind.TRANSIENT
