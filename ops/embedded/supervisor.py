"""Keeps services running: started stage by stage, restarted with back-off when they die, stopped in reverse order.

One thread does it all, because a child dies with the thread that started it (`processes.die_with_parent`); a short-lived
thread per child waits for its end and tells.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from core.errors import AulaError
from core.logging import get_logger
from ops.embedded.processes import Process
from ops.embedded.service import Service

log = get_logger(__name__)

_BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
# A service that stayed up this long has recovered: its next death starts the back-off anew.
_RECOVERED_S = 60.0
_SIGNALS_SEEN_S = 0.5


@dataclass(frozen=True)
class Stage:
    """Services that start together and stop together; `prepare` runs before they start, `meanwhile` while they do."""

    services: Sequence[Service]
    prepare: Callable[[], None] = lambda: None
    meanwhile: Callable[[], None] = lambda: None


@dataclass
class _Restart:
    """When a dead service is due, and how often it died in a row."""

    service: Service
    deaths: int = 0
    started_at: float = field(default_factory=time.monotonic)
    due_at: float | None = None


class Supervisor:
    """`start` returns when every service answers; afterwards only `stop` and `processes` matter."""

    def __init__(self, stages: Sequence[Stage], on_death: Callable[[Service, int], None]) -> None:
        """`on_death(service, pid)` is told about each unexpected death, before the restart."""
        self._stages = stages
        self._on_death = on_death
        self._deaths: SimpleQueue[tuple[Service, Process] | None] = SimpleQueue()
        self._restarts = {service.name: _Restart(service) for stage in stages for service in stage.services}
        self._up = Event()
        self._stopping = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="supervisor", daemon=True)

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by service name, of those that run now."""
        running = ((name, restart.service.process) for name, restart in self._restarts.items())
        return {name: process.pid for name, process in running if process is not None and process.returncode is None}

    def start(self) -> None:
        """Start everything. Raises what went wrong, after stopping what had been started."""
        self._thread.start()
        try:
            # Not one endless wait: the kernel may hand a signal to another thread, and Python runs handlers in this one only.
            while not self._up.wait(_SIGNALS_SEEN_S):
                pass
        except BaseException:
            # A Ctrl-C during the start: nothing may stay behind.
            self.stop()
            raise
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop everything and wait for its end; harmless when nothing runs."""
        self._stopping.set()
        self._deaths.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            for stage in self._stages:
                self._start(stage)
        except BaseException as error:  # noqa: BLE001 (handed to the thread that called start)
            self._failure = error
        else:
            self._up.set()
            self._watch()
        finally:
            self._stop_all()
            self._up.set()

    def _start(self, stage: Stage) -> None:
        self._leave_if_stopping()
        stage.prepare()
        for service in stage.services:
            self._launch(service)
        stage.meanwhile()
        for service in stage.services:
            self._leave_if_stopping()
            service.await_ready(self._stopping)

    def _leave_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise AulaError("embedded.stopped", "Stopped during the start.")

    def _launch(self, service: Service) -> None:
        service.launch()
        self._restarts[service.name].started_at = time.monotonic()
        process = service.process
        if process is not None:
            Thread(target=self._await_end, args=(service, process), name=f"wait-{service.name}", daemon=True).start()

    def _await_end(self, service: Service, process: Process) -> None:
        process.wait()
        self._deaths.put((service, process))

    def _watch(self) -> None:
        while not self._stopping.is_set():
            due = [restart.due_at for restart in self._restarts.values() if restart.due_at is not None]
            try:
                death = self._deaths.get(timeout=max(0.0, min(due) - time.monotonic()) if due else None)
            except Empty:
                death = None
            if death is not None:
                self._bury(*death)
            # In the order of the start: what others lean on comes back first.
            for restart in self._restarts.values():
                if not self._stopping.is_set() and restart.due_at is not None and restart.due_at <= time.monotonic():
                    self._restart(restart)

    def _bury(self, service: Service, process: Process) -> None:
        if service.process is not process:
            return
        restart = self._restarts[service.name]
        service.process = None
        log.warning("service_died", service=service.name, pid=process.pid, status=process.returncode)
        self._on_death(service, process.pid)
        self._schedule(restart)

    def _schedule(self, restart: _Restart) -> None:
        if time.monotonic() - restart.started_at > _RECOVERED_S:
            restart.deaths = 0
        restart.due_at = time.monotonic() + _BACK_OFF_S[min(restart.deaths, len(_BACK_OFF_S) - 1)]
        restart.deaths += 1

    def _restart(self, restart: _Restart) -> None:
        restart.due_at = None
        try:
            # Not waited for: one that comes up slowly must not hold back another's restart, and if it ends again, that is told.
            self._launch(restart.service)
        except (AulaError, OSError) as error:
            log.error("service_restart_failed", service=restart.service.name, error=str(error))
            self._schedule(restart)
        else:
            log.info("service_restarted", service=restart.service.name)

    def _stop_all(self) -> None:
        for stage in reversed(self._stages):
            for service in stage.services:
                service.ask_to_stop()
            for service in stage.services:
                service.stop()
