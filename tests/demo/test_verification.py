"""The verification passes a sound stream and catches each way in which a stream can be wrong."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ops.demo.lecture.render import render_lecture
from ops.demo.lecture.slides import LECTURE
from ops.demo.verification.check import Findings, Subject, verify
from ops.demo.verification.probe import Programs, source_facts

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def programs(tools: Any) -> Programs:
    return Programs(tools.ffmpeg, tools.ffprobe)


@pytest.fixture(scope="module")
def lecture(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_lecture(programs.ffmpeg, tmp_path_factory.mktemp("clip") / "clip.mp4", slides=LECTURE[:2], slide_s=3.0)


def package(programs: Programs, source: Path, folder: Path, *filters: str) -> None:
    """A two-rung stream of `source`, made by ffmpeg's own muxer, so that nothing of the platform is involved."""
    command = [str(programs.ffmpeg), "-v", "error", "-i", str(source), "-map", "0:v", "-map", "0:v", "-map", "0:a"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-g", "50", "-sc_threshold", "0", "-bf", "0"]
    command += ["-s:v:0", "320x180", "-s:v:1", "160x90", "-b:v", "200k", "-c:a", "aac", "-b:a", "64k", *filters]
    command += ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    command += ["-master_pl_name", "master.m3u8", "-var_stream_map", "v:0,agroup:a v:1,agroup:a a:0,agroup:a"]
    subprocess.run([*command, "-hls_segment_filename", f"{folder}/%v/s%d.m4s", f"{folder}/%v/index.m3u8"], check=True)


class _Handler(SimpleHTTPRequestHandler):
    """Serves below /signed; anything else is refused."""

    def do_GET(self) -> None:
        if not self.path.startswith("/signed/"):
            self.send_error(403)
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/signed"))

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def whole(programs: Programs, lecture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    package(programs, lecture, folder)
    return folder


@pytest.fixture
def stream(whole: Path, tmp_path: Path) -> Path:
    """A copy of a sound stream that the test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "stream"))


@pytest.fixture
def check(programs: Programs, lecture: Path, stream: Path, tmp_path: Path) -> Iterator[Callable[..., Findings]]:
    """Serves `stream` and verifies it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(stream)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"

    def run(unsigned: str = "/master.m3u8") -> Findings:
        subject = Subject(f"{base}/signed/master.m3u8", base + unsigned, lecture, source_facts(programs, lecture))
        work = tmp_path / "work"
        work.mkdir()
        return verify(programs, subject, work)

    yield run
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_sound_stream_passes(check: Callable[..., Findings]) -> None:
    found = check()
    assert found.problems == []
    assert found.unsigned_status == 403
    assert [(r.width, r.height, r.frames) for r in found.rungs] == [(320, 180, 150), (160, 90, 150)]
    assert len(found.audio) == 1
    assert found.av_offset_ms is not None
    # ffmpeg's own packaging leaves up to one AAC frame (21.3 ms) of priming in place.
    assert abs(found.av_offset_ms) < 25


def test_an_open_manifest_is_caught(check: Callable[..., Findings]) -> None:
    found = check(unsigned="/signed/master.m3u8")
    assert found.unsigned_status == 200
    assert any("without a signature" in problem for problem in found.problems)


def _damage_bytes(stream: Path) -> None:
    segment = stream / "0" / "s1.m4s"
    data = bytearray(segment.read_bytes())
    start = data.index(b"mdat") + 16
    data[start : start + 400] = b"\xff" * 400
    segment.write_bytes(data)


def _empty_segment(stream: Path) -> None:
    (stream / "1" / "s1.m4s").write_bytes(b"")


def _missing_segment(stream: Path) -> None:
    (stream / "2" / "s1.m4s").unlink()


def _edit(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text())
    assert count, f"nothing to damage in {path.name}"
    path.write_text(text)


def _lost_tail(stream: Path) -> None:
    _edit(stream / "1" / "index.m3u8", r"#EXTINF:[^\n]*\ns2.m4s\n", "")


def _wrong_codecs(stream: Path) -> None:
    _edit(stream / "master.m3u8", r"avc1\.....", "avc1.6400")


def _wrong_resolution(stream: Path) -> None:
    _edit(stream / "master.m3u8", "320x180", "640x360")


def _no_end(stream: Path) -> None:
    _edit(stream / "0" / "index.m3u8", "#EXT-X-ENDLIST", "")


def _segment_above_target(stream: Path) -> None:
    _edit(stream / "0" / "index.m3u8", r"#EXT-X-TARGETDURATION:\d+", "#EXT-X-TARGETDURATION:1")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(_damage_bytes, "decode", id="damaged bytes"),
        pytest.param(_empty_segment, "empty", id="an empty segment"),
        pytest.param(_missing_segment, "404", id="a missing segment"),
        pytest.param(_lost_tail, "differ in frames", id="a rung without its tail"),
        pytest.param(_wrong_codecs, "CODECS", id="codecs that lie"),
        pytest.param(_wrong_resolution, "RESOLUTION", id="a resolution that lies"),
        pytest.param(_no_end, "ENDLIST", id="no end"),
        pytest.param(_segment_above_target, "target duration", id="a segment above the target duration"),
    ],
)
def test_damage_is_caught(damage: Callable[[Path], None], complaint: str, stream: Path, check: Callable[..., Findings]) -> None:
    damage(stream)
    assert any(complaint in problem for problem in check().problems)


def test_sound_that_is_late_is_measured(
    programs: Programs, lecture: Path, stream: Path, check: Callable[..., Findings]
) -> None:
    shutil.rmtree(stream)
    stream.mkdir()
    package(programs, lecture, stream, "-af", "adelay=100:all=1")
    found = check()
    assert found.av_offset_ms is not None
    assert 75 < found.av_offset_ms < 125
    assert any("apart" in problem for problem in found.problems)


def test_the_verification_imports_nothing_of_the_platform() -> None:
    program = (
        "import sys, ops.demo.verification.check\n"
        "ours = {'api', 'core', 'db', 'domain', 'pipelines', 'storage', 'transcoding', 'workers'}\n"
        "print(sorted(ours & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
