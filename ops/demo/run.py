"""Runs the demo: an isolated platform of its own, the story, the report; then everything is taken down again."""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import AulaError
from core.settings import MediaSettings
from ops.demo.accounting import count_jobs
from ops.demo.lecture.render import render_lecture
from ops.demo.narrator import Narrator
from ops.demo.report import Report, print_report
from ops.demo.story import Cast, Story, Until, cast
from ops.demo.verification.probe import Programs
from ops.embedded.platform import Platform
from transcoding.tools import find_tools

EXIT_VERIFIED, EXIT_NOT_VERIFIED, EXIT_NOT_RUN = 0, 1, 2


@contextmanager
def _home(data: Path | None) -> Iterator[Path]:
    """The data directory: the given one, which stays, or a temporary one, which does not."""
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="aula-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Programs:
    tools = find_tools(MediaSettings())
    return Programs(tools.ffmpeg, tools.ffprobe)


def _wait_for_interrupt() -> None:
    stop = threading.Event()
    previous = [(number, signal.signal(number, lambda *_: stop.set())) for number in (signal.SIGINT, signal.SIGTERM)]
    stop.wait()
    for number, handler in previous:
        signal.signal(number, handler)


def _print(report: Report, narrator: Narrator, *, json_output: bool) -> None:
    if json_output:
        print(report.as_json(), flush=True)
    else:
        print_report(narrator.console, report)


def _say_how_to_sign_in(base_url: str, people: Cast, *, json_output: bool) -> None:
    # Under --json standard output holds nothing but the object.
    stream = sys.stderr if json_output else sys.stdout
    lines = [f"\nThe platform stays up at {base_url} until it is interrupted (Ctrl-C). Sign in as"]
    lines += [f"  {person.email}  {person.password}" for person in (people.instructor, people.learner)]
    print("\n".join(lines), file=stream, flush=True)


def _tell(report: Report, video: Path | None, folder: Path, until: Until, keep: bool, json_output: bool) -> None:
    programs = _programs()
    with Narrator(quiet=json_output) as narrator:
        if video is None:
            narrator.step("Rendering a lecture of one minute")
            video = render_lecture(programs.ffmpeg, folder / "lecture.mp4")
        narrator.step("Starting PostgreSQL, Redis, the API, the dispatcher and the workers")
        with Platform(folder) as platform:
            people = cast(platform.base_url)
            with people.instructor, people.learner:
                Story(platform.base_url, programs, video, until, narrator, report).tell(people)
            if report.asset_id is not None:
                report.jobs_total, report.jobs_attempts = count_jobs(platform.env["AULA_DATABASE_URL"], report.asset_id)
            _print(report, narrator, json_output=json_output)
            if keep:
                _say_how_to_sign_in(platform.base_url, people, json_output=json_output)
                _wait_for_interrupt()
            narrator.step("Stopping everything")


def run(video: Path | None, json_output: bool, data: Path | None, until: Until, keep: bool) -> int:
    """Run the main job once, end to end. Returns 0 when all was verified, 1 when not, 2 when it could not run at all."""
    report = Report()
    try:
        if video is not None and not video.is_file():
            raise AulaError("demo.no_such_file", f"There is no file {video}.")
        with _home(data) as folder:
            _tell(report, video, folder, until, keep, json_output)
    except (AulaError, OSError, subprocess.SubprocessError) as error:
        code = error.code if isinstance(error, AulaError) else "demo.platform"
        report.fail(code, error.message if isinstance(error, AulaError) else str(error))
        print(f"aula demo: {report.error_message}", file=sys.stderr)
        if json_output:
            print(report.as_json(), flush=True)
        return EXIT_NOT_RUN
    return EXIT_VERIFIED if report.ok else EXIT_NOT_VERIFIED
