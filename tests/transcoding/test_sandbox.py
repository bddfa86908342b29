"""What holds every ffmpeg in: limits of the kernel, a quota for scratch, bubblewrap where it is demanded, ends for outputs."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import AulaError, ErrorKind, OutOfResources
from core.media import MediaInfo
from core.settings import MediaSettings, Settings
from ops.diagnosis import Level, examine
from tests.transcoding.samples import sample_info
from transcoding import commands, remux
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan
from transcoding.quota import allowance
from transcoding.spawn import Limits, run
from transcoding.tools import Tools, find_tools

Script = Callable[[str], Path]


@pytest.fixture
def plain(tools: Tools) -> Tools:
    """Tools without bubblewrap, so that a script can stand in for ffmpeg."""
    return find_tools(MediaSettings(sandbox="plain", ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Makes a program of shell commands."""

    def make(text: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o700)
        return path

    return make


@pytest.mark.parametrize("sandbox", ["plain", "auto"])
def test_the_kernel_limits_what_a_process_may_take(tools: Tools, tmp_path: Path, sandbox: str) -> None:
    chosen = find_tools(MediaSettings(sandbox=sandbox, ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))
    shell = Path("/bin/sh").resolve()
    limits = Limits(wall_s=10, address_space=2**30, file_size=2**20)
    asked = "for what in v f c n t; do ulimit -$what; done"
    finished = run(chosen, [str(shell), "-c", asked], limits, writes=tmp_path)
    memory, file_size, core, files, cpu = finished.stdout.split()
    assert (int(memory) * 1024, int(file_size) * 512, int(core), int(files)) == (2**30, 2**20, 0, 256)
    assert 10 <= int(cpu) <= 10 * max(os.cpu_count() or 1, 2) + 60


def test_the_whole_of_a_scratch_folder_is_limited_not_only_each_file(plain: Tools, tmp_path: Path, script: Script) -> None:
    work = tmp_path / "work"
    (work / "deep").mkdir(parents=True)
    (work / "before").write_bytes(bytes(2_000_000))
    small = dataclasses.replace(plain, scratch_quota=1_000_000)
    flood = script("i=0; while :; do i=$((i+1)); head -c 100000 /dev/zero > deep/$i; done")
    with pytest.raises(OutOfResources) as caught:
        run(small, [str(flood)], Limits(wall_s=60, file_size=200_000), writes=work)
    assert (caught.value.code, caught.value.kind) == ("media.scratch_quota", ErrorKind.TRANSIENT)


def test_what_lay_in_scratch_before_does_not_count(
    plain: Tools, tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcoding.spawn._QUOTA_TICK_S", 0.0)
    work = tmp_path / "work"
    work.mkdir()
    (work / "before").write_bytes(bytes(2_000_000))
    modest = script("head -c 100000 /dev/zero > a; sleep 0.3")
    finished = run(dataclasses.replace(plain, scratch_quota=1_000_000), [str(modest)], Limits(wall_s=60), writes=work)
    assert finished.returncode == 0


def test_a_large_input_may_be_copied_whatever_the_quota(plain: Tools, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(1000))
    assert allowance(dataclasses.replace(plain, scratch_quota=10, scratch_factor=3.0), (source,)) == 3000
    assert allowance(dataclasses.replace(plain, scratch_quota=5000, scratch_factor=3.0), (source,)) == 5000


def test_a_process_that_can_not_be_watched_is_killed(
    plain: Tools, tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def no_descriptors(pid: int) -> int:
        started.append(pid)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("transcoding.spawn.os.pidfd_open", no_descriptors)
    with pytest.raises(OSError, match="Too many open files"):
        run(plain, [str(script("exec sleep 600"))], Limits(wall_s=60), writes=tmp_path)
    assert not Path(f"/proc/{started[0]}").exists()


def test_every_command_bounds_its_output(tools: Tools) -> None:
    """A timestamp gap of hours must not become hours of frames: each output has its own end, whatever the input says."""
    info = sample_info(640, 360, duration_s=10.0)
    plan = make_plan(info, KeyFrames((0.0, 4.0, 8.0), 10.0))
    source = Path("/nowhere/source.mp4")
    chunk = plan.chunks[0]
    assert f"trim=end_frame={chunk.frames}" in _line(commands.encode_chunk(tools, source, plan, chunk, plan.rungs, "c"))
    for sound in plan.sounds:
        assert "atrim=end_sample=" in _line(commands.encode_audio(tools, source, plan, sound, "audio", "a"))
    copy = _output_options(remux.command(tools, source, info))
    assert copy[copy.index("-t") + 1] == str(tools.max_duration_s)


def test_every_command_takes_the_flags_of_a_hostile_input(tools: Tools) -> None:
    info: MediaInfo = sample_info(640, 360, duration_s=10.0)
    plan = make_plan(info, KeyFrames((0.0, 4.0, 8.0), 10.0))
    source = Path("/nowhere/source.mp4")
    lines = [
        commands.encode_chunk(tools, source, plan, plan.chunks[0], plan.rungs, "c"),
        *(commands.encode_audio(tools, source, plan, sound, "audio", "a") for sound in plan.sounds),
        commands.copy_stretch(tools, source, plan, commands.CopyRun("V:0", "360p", "c"), []),
        remux.command(tools, source, info),
    ]
    for argv in lines:
        before = argv[: argv.index("-i")]
        assert {"-nostdin", "-protocol_whitelist", "-format_whitelist", "-max_pixels", "-max_streams"} <= set(before), argv
        assert argv[argv.index("-i") + 1] == f"file:{source}"


def _line(argv: list[str]) -> str:
    return " ".join(argv)


def _output_options(argv: list[str]) -> list[str]:
    return argv[argv.index("-i") + 2 :]


@pytest.fixture
def no_bwrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without bubblewrap."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_bwrap")
def test_bubblewrap_that_is_demanded_and_missing_is_an_error(tools: Tools) -> None:
    assert find_tools(MediaSettings(sandbox="auto", ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe)).sandbox == "plain"
    with pytest.raises(AulaError) as caught:
        find_tools(MediaSettings(sandbox="bwrap", ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe))
    assert caught.value.code == "tools.no_sandbox"


@pytest.mark.usefixtures("no_bwrap")
def test_the_doctor_names_the_missing_sandbox(settings_with: Callable[..., Settings], tools: Tools) -> None:
    for sandbox, level in (("auto", Level.WARNING), ("bwrap", Level.FAILED)):
        settings = settings_with(sandbox=sandbox, ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe)
        found = {finding.topic: finding for finding in examine(settings, settings.data_dir, lambda: "16")}
        assert found["sandbox"].level is level
        assert "bubblewrap" in found["sandbox"].detail


def test_a_worker_does_not_start_without_the_sandbox_that_is_demanded(settings: Settings, tmp_path: Path) -> None:
    environment = {
        "PATH": str(tmp_path),
        "AULA_SANDBOX": "bwrap",
        "AULA_DATA_DIR": str(tmp_path),
        "AULA_DATABASE_URL": settings.database.database_url,
        "AULA_REDIS_URL": settings.redis.redis_url,
        "AULA_STORAGE_URL": settings.storage.storage_url,
        "AULA_SECRET_KEY": settings.secrets.secret_key.get_secret_value(),
        "AULA_SIGNING_KEYS": settings.secrets.signing_keys.get_secret_value(),
    }
    command = [sys.executable, "-m", "ops.cli", "worker", "--queue", "encode"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "bubblewrap" in ended.stderr
    assert "tools.no_sandbox" in ended.stderr
