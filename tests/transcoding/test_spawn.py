"""The spawn point: limits hold, hooks are heard, and nothing of a process group is left behind."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import AulaError, ErrorKind, Interrupted
from core.settings import MediaSettings
from tests.support.wait import wait_for
from transcoding.spawn import Limits, Progress, run
from transcoding.tools import Tools, find_tools
from transcoding.watch import Watch

# Ignores SIGTERM, starts a child that does too, and says who they are.
STUBBORN = """#!/bin/sh
trap '' TERM
(trap '' TERM; exec sleep 600) &
echo "$$ $!" > pids
echo frame=1
while :; do sleep 600; done
"""


@pytest.fixture
def plain(tools: Tools) -> Tools:
    """Tools without bubblewrap, so that a script can stand in for ffmpeg."""
    return find_tools(MediaSettings(sandbox="plain", ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))


@pytest.fixture
def stubborn(tmp_path: Path) -> Path:
    script = tmp_path / "ffmpeg"
    script.write_text(STUBBORN)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def _gone(pid: int) -> bool:
    """Whether a process has ended: no entry, or one that only waits to be reaped by its new parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _stop_once_started(folder: Path) -> Watch:
    def should_stop() -> AulaError | None:
        pids = folder / "pids"
        started = pids.exists() and len(pids.read_text().split()) == 2
        return Interrupted("job.cancelled", "Cancelled.", kind=ErrorKind.CANCELLED) if started else None

    return Watch(should_stop=should_stop)


def test_a_process_that_ignores_sigterm_is_killed_with_its_children(plain: Tools, tmp_path: Path, stubborn: Path) -> None:
    with pytest.raises(Interrupted) as caught:
        run(plain, [str(stubborn)], Limits(wall_s=60, grace_s=0.2), writes=tmp_path, watch=_stop_once_started(tmp_path))
    assert caught.value.kind is ErrorKind.CANCELLED
    leader, child = map(int, (tmp_path / "pids").read_text().split())
    assert _gone(leader)
    wait_for(lambda: _gone(child), "the child to be gone")


def test_the_wall_clock_ends_a_process(plain: Tools, tmp_path: Path, stubborn: Path) -> None:
    with pytest.raises(Interrupted) as caught:
        run(plain, [str(stubborn)], Limits(wall_s=0.3, grace_s=0.1), writes=tmp_path)
    assert (caught.value.code, caught.value.kind) == ("transcode.timed_out", ErrorKind.TIMED_OUT)


def test_standing_still_ends_a_process(plain: Tools, tmp_path: Path, stubborn: Path) -> None:
    limits = Limits(wall_s=60, stall_s=0.3, grace_s=0.1)
    with pytest.raises(Interrupted) as caught:
        run(plain, [str(stubborn)], limits, writes=tmp_path, on_progress=lambda _progress: None)
    assert (caught.value.code, caught.value.kind) == ("transcode.stalled", ErrorKind.TIMED_OUT)


def test_a_hook_that_takes_long_is_not_a_stall(plain: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talkative = tmp_path / "ffmpeg"
    talkative.write_text("#!/bin/sh\necho frame=1\necho progress=continue\n")
    talkative.chmod(0o700)
    clock = [0.0]
    monkeypatch.setattr("transcoding.spawn.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def hook(_: Progress) -> None:
        clock[0] += 100.0

    finished = run(plain, [str(talkative)], Limits(wall_s=1000, stall_s=1.0), writes=tmp_path, on_progress=hook)
    assert finished.returncode == 0
    assert clock[0] >= 100.0


@pytest.mark.parametrize("sandbox", ["plain", "auto"])
def test_a_real_ffmpeg_is_stopped_and_gone(tools: Tools, tmp_path: Path, sandbox: str) -> None:
    chosen = find_tools(MediaSettings(sandbox=sandbox, ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))
    seen: list[int] = []

    def should_stop() -> AulaError | None:
        return Interrupted("job.cancelled", "Cancelled.", kind=ErrorKind.SHUTDOWN) if seen else None

    argv = [str(chosen.ffmpeg), "-nostdin", "-nostats", "-progress", "pipe:1", "-stats_period", "0.1", "-re"]
    argv += ["-f", "lavfi", "-i", "testsrc2=s=64x64", "-f", "null", "-"]

    def on_progress(progress: Progress) -> None:
        seen.append(progress.frame)

    with pytest.raises(Interrupted):
        run(chosen, argv, Limits(wall_s=60), writes=tmp_path, watch=Watch(should_stop=should_stop), on_progress=on_progress)
    assert seen
    assert not _still_running("testsrc2=s=64x64")


def _still_running(text: str) -> list[int]:
    """Children of this process whose command line holds `text`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and f"PPid:\t{os.getpid()}\n" in (entry / "status").read_text()
            if ours and text in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_the_sandbox_shows_only_what_was_named(tools: Tools, tmp_path: Path) -> None:
    if tools.bwrap is None:
        assert tools.sandbox == "plain"
        return
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    folder = tmp_path / "work"
    folder.mkdir()
    argv = [str(tools.ffmpeg), "-nostdin", "-f", "data", "-i", f"file:{secret}", "-map", "0", "-f", "data", "-c", "copy", "out"]
    hidden = run(tools, argv, Limits(wall_s=20), writes=folder)
    assert hidden.returncode != 0
    assert "No such file" in hidden.stderr
    shown = run(tools, argv, Limits(wall_s=20), reads=(secret,), writes=folder)
    assert shown.returncode == 0, shown.stderr
    assert (folder / "out").read_text() == "canary"


def test_a_flood_of_output_is_cut(plain: Tools, tmp_path: Path) -> None:
    flood = tmp_path / "ffprobe"
    flood.write_text("#!/bin/sh\nexec yes\n")
    flood.chmod(0o700)
    finished = run(plain, [str(flood)], Limits(wall_s=30, output=100_000))
    assert finished.cut
    assert len(finished.stdout) < 300_000


def test_a_failure_names_its_command_and_last_words(tools: Tools, tmp_path: Path) -> None:
    finished = run(tools, [str(tools.ffmpeg), "-nostdin", "-i", "file:/does not exist.mp4"], Limits(wall_s=20), writes=tmp_path)
    assert finished.returncode != 0
    assert "'file:/does not exist.mp4'" in finished.command
    assert "No such file or directory" in finished.stderr
