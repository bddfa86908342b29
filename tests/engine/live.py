"""Starts and stops dispatchers and worker units within a test, and keeps a diary of what the toy steps did."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event, Lock
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadMedia, OutOfResources, Transient
from core.jobs import JobKind, JobRequest
from core.settings import Settings
from db import jobs
from db.jobs import ClaimedJob
from db.session import SessionFactory
from pipelines.context import StepContext
from pipelines.step import Step, step
from storage.base import Storage
from tests.engine.toys import ENCODE_TOY, TOY, Toy, states
from tests.support.wait import eventually
from transcoding.tools import Tools
from workers.dispatcher import Dispatcher
from workers.unit import Unit

_BY_STATE = text("SELECT state::text AS state, count(*) AS jobs FROM jobs GROUP BY state")
_DEADLINE_S = 60.0

NO_TOOLS = Tools(ffmpeg=Path("/nonexistent/ffmpeg"), ffprobe=Path("/nonexistent/ffprobe"))


class Diary:
    """What the steps did, in order, and the gates they wait at."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.lines: list[tuple[str, int]] = []
        self.entered = Event()
        self.gate = Event()

    def write(self, ctx: StepContext, name: str) -> None:
        with self._lock:
            self.lines.append((name, ctx.job.attempt))

    def play(self, ctx: StepContext, toy: Toy) -> dict[str, str]:
        """Do what the toy's name says."""
        self.write(ctx, toy.name)
        match toy.name:
            case "fail once" if ctx.job.attempt == 1:
                raise Transient("toy.tired", "Not now.")
            case "bad":
                raise BadMedia("toy.bad", "It will never work.")
            case "bug":
                raise ZeroDivisionError("a mistake")
            case "shortage" if len(self.lines) == 1:
                raise OutOfResources("toy.full", "No room.", delay_s=0.05)
            case "wait":
                self._wait(ctx)
            case "deaf":
                self.entered.set()
                self.gate.wait(_DEADLINE_S)
            case "halfway":
                ctx.progress(0.5)
                ctx.transaction(_add_note)
                self._wait(ctx)
        return {"played": toy.name}

    def _wait(self, ctx: StepContext) -> None:
        self.entered.set()
        while not self.gate.wait(0.02):
            ctx.check()


async def _add_note(session: AsyncSession) -> None:
    await jobs.add(session, JobRequest(TOY, Toy("note"), unique_key="note"))


async def record(session: AsyncSession, job: ClaimedJob, result: dict[str, str]) -> None:
    """A toy called `parent` has a child, one called `clumsy` fails to write."""
    if result["played"] == "parent":
        await jobs.add(session, JobRequest(TOY, Toy("child")))
    if result["played"] == "clumsy":
        await jobs.add(session, JobRequest(TOY, Toy("child")))
        raise BadMedia("toy.clumsy", "Dropped it.")


async def soon(check: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until the coroutine function says yes."""
    probe: Callable[[], bool | Awaitable[bool]] = check
    await eventually(probe, what, _DEADLINE_S)


class LiveEngine:
    """Dispatchers and units of one test."""

    def __init__(
        self, settings_with: Callable[..., Settings], sessions: SessionFactory, storage: Storage, tmp_path: Path
    ) -> None:
        self.settings_with = settings_with
        self.sessions = sessions
        self.diary = Diary()
        self.tmp_path = tmp_path
        self._storage = storage
        self._units: list[Unit] = []
        self._dispatchers: dict[Dispatcher, asyncio.Task[None]] = {}

    @property
    def steps(self) -> tuple[Step[Toy, dict[str, str]], ...]:
        return step(TOY, self.diary.play, record=record), step(ENCODE_TOY, self.diary.play)

    async def dispatcher(self, **settings: object) -> Dispatcher:
        """Start a dispatcher on the test's loop."""
        dispatcher = Dispatcher(self.settings_with(**settings), [TOY])
        self._dispatchers[dispatcher] = asyncio.ensure_future(dispatcher.run())
        return dispatcher

    async def unit(self, slots: int = 2, queues: tuple[str, ...] = ("default", "encode"), **settings: object) -> Unit:
        """Start a worker unit in threads of this process."""
        made = self.settings_with(**settings)
        unit = Unit(made, queues=queues, slots=slots, registry=self.steps, storage=self._storage, tools=NO_TOOLS)
        await asyncio.to_thread(unit.start)
        self._units.append(unit)
        return unit

    async def unit_of(self, kind: JobKind) -> Unit:
        """Start a unit for one kind of toy alone."""
        steps = [step(kind, self.diary.play)]
        unit = Unit(
            self.settings_with(), queues=(kind.queue.value,), slots=1, registry=steps, storage=self._storage, tools=NO_TOOLS
        )
        await asyncio.to_thread(unit.start)
        self._units.append(unit)
        return unit

    async def start(self, slots: int = 2) -> None:
        """One of each."""
        await self.dispatcher()
        await self.unit(slots)

    async def stop_unit(self, unit: Unit) -> None:
        """Stop a unit as SIGTERM does."""
        self._units.remove(unit)
        await asyncio.to_thread(unit.stop)

    async def stop_dispatcher(self, dispatcher: Dispatcher) -> None:
        """Stop a dispatcher as SIGTERM does."""
        dispatcher.stop.set()
        await self._dispatchers.pop(dispatcher)

    async def stop(self) -> None:
        """Stop everything that was started."""
        self.diary.gate.set()
        for unit in list(self._units):
            await self.stop_unit(unit)
        for dispatcher in list(self._dispatchers):
            await self.stop_dispatcher(dispatcher)

    async def entered(self) -> None:
        """Wait until a step has reached its gate."""
        await eventually(self.diary.entered.is_set, "a step reaches its gate", _DEADLINE_S)

    async def until(self, wanted: str, *job_ids: UUID) -> None:
        """Wait until all these jobs are in the state."""

        async def there() -> bool:
            return set(await states(self.sessions, *job_ids)) == {wanted}

        await soon(there, f"{len(job_ids)} jobs are {wanted}")

    async def all_done(self, count: int) -> None:
        """Wait until there are `count` jobs and all have been completed."""

        async def done() -> bool:
            async with self.sessions() as session:
                rows = await session.execute(_BY_STATE)
                return {row.state: row.jobs for row in rows} == {"completed": count}

        await soon(done, f"{count} jobs are completed")
