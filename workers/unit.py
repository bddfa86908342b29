"""A worker unit: one process, its actor threads, and one event-loop thread with one engine."""

import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import Any

import dramatiq

from core.logging import get_logger
from core.metrics import serve_metrics
from core.settings import Settings
from db import jobs
from db.patience import brief, insist
from db.redis import BriefRedis
from db.session import make_engine, make_session_factory, ring
from pipelines.attempt import Attempts
from pipelines.runner import Runner
from pipelines.step import Step, by_kind
from storage import open_storage
from storage.base import Storage
from transcoding.tools import Tools, find_tools
from workers.actors import make_actors
from workers.broker import make_broker
from workers.keeper import Identity, Keeper
from workers.loop import LoopThread
from workers.scratch import scratch_of

log = get_logger(__name__)

_APPLICATION = "aula-worker"
# How long the last words (jobs given back, row removed) may take.
_LAST_WORDS_S = 3.0
_SIGNALS_SEEN_S = 0.5


class Unit:
    """One unit, to be started and stopped once. `run` wraps it in a process with signals."""

    def __init__(
        self,
        settings: Settings,
        *,
        queues: Sequence[str],
        slots: int,
        registry: Iterable[Step[Any, Any]],
        storage: Storage | None = None,
        tools: Tools | None = None,
    ) -> None:
        """`slots`: actor threads, so jobs at once. Storage and tools default to those of the settings."""
        self._settings = settings
        self._steps = by_kind(registry)
        self.identity = Identity(queues=queues, slots=slots)
        self._loop = LoopThread()
        self._engine = make_engine(settings.database, application_name=_APPLICATION, profile="jobs")
        self._sessions = make_session_factory(self._engine, BriefRedis(settings.redis.redis_url))
        self._express = jobs.Express(settings.database, application_name=_APPLICATION, ring=partial(ring, self._engine))
        self._cleanup = ExitStack()
        scratch = self._cleanup.enter_context(scratch_of(self.identity.id, settings.scratch_dir / "jobs"))
        self._runner = Runner(
            settings=settings,
            steps=self._steps,
            sessions=self._sessions,
            bridge=self._loop,
            storage=storage or open_storage(settings.storage),
            tools=tools or find_tools(settings.media),
            worker_id=self.identity.id,
            scratch=scratch,
            express=self._express,
        )
        self._keeper = Keeper(self.identity, self._attempts, self._sessions, settings.jobs)
        self._worker = self._make_worker()

    @property
    def _attempts(self) -> Attempts:
        return self._runner.attempts

    def _make_worker(self) -> dramatiq.Worker:
        broker = make_broker(self._settings.redis.redis_url)
        queues, slots = self.identity.queues, self.identity.slots
        make_actors(broker, (step.kind for step in self._steps.values() if step.kind.queue in queues), self._runner.run)
        worker = dramatiq.Worker(broker, queues=set(queues), worker_threads=slots)
        # No more than can be worked on: what lies in a worker's memory has left the dispatcher's hands. Jobs at work count.
        worker.queue_prefetch = slots
        return worker

    def start(self, until: Callable[[], bool] | None = None) -> None:
        """Sign on and begin to take jobs. Waits for the database; once `until()` is true, raises what stands in the way."""
        self._loop.start()
        self._loop.call(insist(self._keeper.beat, until=until))
        self._loop.spawn(self._keeper.keep())
        self._worker.start()
        log.info("worker_started", queues=list(self.identity.queues), slots=self.identity.slots)

    def stop(self) -> None:
        """Stop within the grace: steps are told to stop and their jobs given back, those that can't stop in time too."""
        self._attempts.stop()
        self._try(self._keeper.beat())
        self._worker.stop(timeout=int(self._settings.jobs.worker_grace_s * 1000))
        self._attempts.closed = True
        self._try(self._last_words())
        self._loop.call(self._express.close())
        self._loop.call(self._engine.dispose())
        self._loop.stop()
        self._worker.broker.close()
        self._cleanup.close()
        log.info("worker_stopped")

    async def _last_words(self) -> None:
        for attempt in self._attempts.all():
            async with self._sessions.begin() as session:
                await jobs.give_back(session, attempt.job)
        async with self._sessions.begin() as session:
            await jobs.sign_off(session, self.identity.id)

    def _try(self, coroutine: Any) -> None:
        try:
            self._loop.call(coroutine, _LAST_WORDS_S)
        except Exception as error:  # noqa: BLE001 (whatever it is, the rescuer does without our words)
            log.warning("last_words_lost", error=str(error) or type(error).__name__)


def run(
    settings: Settings,
    *,
    queues: Sequence[str],
    slots: int,
    registry: Iterable[Step[Any, Any]],
    storage: Storage | None = None,
    tools: Tools | None = None,
) -> int:
    """Run a unit in this process until SIGTERM or SIGINT; returns the exit code. Call from the main thread."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve_metrics(settings.metrics_port)
    unit = Unit(settings, queues=queues, slots=slots, registry=registry, storage=storage, tools=tools)
    try:
        unit.start(stop.is_set)
    except Exception as error:
        if not stop.is_set():
            raise
        log.warning("stopped_before_start", error=brief(error))
        return 0
    # Not one endless wait: the kernel may hand the signal to another thread (it does after SIGCONT), and its handler runs
    # in this one when it next wakes.
    while not stop.wait(_SIGNALS_SEEN_S):
        continue
    unit.stop()
    return 0
