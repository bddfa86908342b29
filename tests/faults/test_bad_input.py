"""Files that can't become a video: each ends in a stable code and a sentence, at once, and leaves nothing behind."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.demo.client import RequestRefused
from ops.demo.verification.probe import Programs
from tests.faults.world import World, make_clip
from tests.support.wait import wait_for

pytestmark = pytest.mark.xdist_group("faults")

Maker = Callable[[Programs, Path], None]

_M3U8 = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
_MPD = '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>file:///etc/</BaseURL></MPD>'
_CONCAT = "ffconcat version 1.0\nfile /etc/passwd\n"


def _text(content: str) -> Maker:
    def make(_: Programs, path: Path) -> None:
        path.write_text(content)

    return make


def _noise(_: Programs, path: Path) -> None:
    path.write_bytes(bytes(i * 7919 % 251 for i in range(50_000)))


def _picture(programs: Programs, path: Path) -> None:
    command = [str(programs.ffmpeg), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1", "-frames:v", "1"]
    subprocess.run([*command, "-f", "image2", "-c:v", "mjpeg", str(path)], check=True)


def _truncated(programs: Programs, path: Path) -> None:
    whole = make_clip(programs, path.with_name("whole.mp4"), 3, size="320x180", arguments=("-movflags", "+faststart"))
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _without_index(programs: Programs, path: Path) -> None:
    whole = make_clip(programs, path.with_name("whole.mp4"), 3, size="320x180")
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _too_long(programs: Programs, path: Path) -> None:
    make_clip(programs, path, 61, size="64x36")


def _too_short(programs: Programs, path: Path) -> None:
    make_clip(programs, path, 0.2, size="320x180")


def _too_many_pixels(programs: Programs, path: Path) -> None:
    make_clip(programs, path, 1, size="1920x1080")


@pytest.mark.parametrize(
    ("make", "codes"),
    [
        pytest.param(_text("This is not a video.\n" * 50), {"media.not_a_video"}, id="text"),
        pytest.param(_noise, {"media.not_a_video"}, id="noise"),
        pytest.param(_picture, {"media.not_a_video"}, id="a picture"),
        pytest.param(_text(_M3U8), {"media.not_a_video", "media.unsupported_container"}, id="m3u8 dressed as MP4"),
        pytest.param(_text(_MPD), {"media.not_a_video", "media.unsupported_container"}, id="MPD dressed as MP4"),
        pytest.param(_text(_CONCAT), {"media.not_a_video", "media.unsupported_container"}, id="concat dressed as MP4"),
        pytest.param(_truncated, {"media.truncated"}, id="truncated"),
        pytest.param(_without_index, {"media.truncated"}, id="truncated before its index"),
        pytest.param(_too_long, {"media.too_long"}, id="too long"),
        pytest.param(_too_short, {"media.too_short"}, id="too short"),
        pytest.param(_too_many_pixels, {"media.too_many_pixels"}, id="too many pixels"),
    ],
)
def test_a_bad_file_is_refused_with_a_reason(
    make: Maker, codes: set[str], world: World, programs: Programs, tmp_path: Path
) -> None:
    file = tmp_path / "lecture.mp4"
    make(programs, file)
    workers = dict(world.platform.processes)
    asset_id = world.upload(file)
    end = world.outcome(asset_id, 30)
    assert end["state"] == "failed"
    assert end["error"]["code"] in codes
    assert end["error"]["message"].endswith(".")
    assert not end["playable"]
    inspections = world.jobs(asset_id, "media.inspect_source")
    assert [job.attempt for job in inspections] == [1] * len(inspections)
    wait_for(lambda: not world.objects(asset_id), "its objects to go", 20)
    wait_for(lambda: not world.scratch(), "scratch to be empty", 20)
    assert world.platform.processes == workers


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [pytest.param(0, 400, "upload.empty", id="empty"), pytest.param(33_554_433, 413, "upload.too_large", id="too large")],
)
def test_a_size_that_can_not_be_is_refused_before_anything_is_sent(size: int, status: int, code: str, world: World) -> None:
    before = len(world.instructor.call("GET", "assets").json()["items"])
    with pytest.raises(RequestRefused) as refusal:
        world.instructor.begin_upload("lecture.mp4", size)
    assert (refusal.value.status, refusal.value.code) == (status, code)
    assert len(world.instructor.call("GET", "assets").json()["items"]) == before


def test_a_wrong_extension_does_not_matter(world: World, programs: Programs, tmp_path: Path) -> None:
    clip = make_clip(programs, tmp_path / "clip.mp4", 2, size="320x180")
    asset_id = world.upload(clip, "notes.txt")
    assert world.outcome(asset_id)["state"] == "ready"
