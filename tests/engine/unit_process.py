"""A worker unit in a process of its own, to be killed: `python -m tests.engine.unit_process SETTINGS.json FOLDER`.

Its toys talk through FOLDER: each run writes `<name>.<attempt>.<pid>`; `wait` waits for the file `gate` and has a child.
"""

import os
import signal
import sys
from pathlib import Path
from threading import Event

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobRequest
from db import jobs
from db.jobs import ClaimedJob
from pipelines.context import StepContext
from pipelines.step import step
from storage import open_storage
from tests.engine.toys import TOY, Toy
from tests.support.settings import make_settings
from transcoding.tools import Tools
from workers import unit


def main(values: Path, folder: Path) -> int:
    """Run the unit until SIGTERM."""

    def work(ctx: StepContext, toy: Toy) -> None:
        (folder / f"{toy.name}.{ctx.job.attempt}.{os.getpid()}").touch()
        if toy.name == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        while toy.name == "wait" and not (folder / "gate").exists():
            Event().wait(0.02)

    async def record(session: AsyncSession, job: ClaimedJob, result: None) -> None:
        if job.payload["name"] == "wait":
            await jobs.add(session, JobRequest(TOY, Toy(f"child-of-attempt-{job.attempt}")))

    settings = make_settings(folder / str(os.getpid()), **msgspec.json.decode(values.read_bytes()))
    tools = Tools(ffmpeg=Path("/nonexistent/ffmpeg"), ffprobe=Path("/nonexistent/ffprobe"))
    steps = [step(TOY, work, record=record)]
    return unit.run(settings, queues=["default"], slots=1, registry=steps, storage=open_storage(settings.storage), tools=tools)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
