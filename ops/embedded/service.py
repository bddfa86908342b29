"""What the supervisor needs of anything it keeps running: launch, ask whether it answers, stop."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from threading import Event

from core.errors import AulaError
from ops.embedded import processes


class Service(ABC):
    """One supervised process. `launch`, `await_ready` and `stop` are called by one thread only."""

    stop_signal: int = signal.SIGTERM
    start_s: float = 60.0
    stop_s: float = 15.0

    def __init__(self, name: str, log: Path) -> None:
        """`name` is how people and fault tests call it."""
        self.name = name
        self.log = log
        self.process: processes.Process | None = None

    @abstractmethod
    def launch(self) -> int:
        """Start the process without waiting for it; returns its id."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work now: that a process exists is not enough."""

    def start(self) -> None:
        """Launch, and wait until it answers."""
        self.launch()
        self.await_ready()

    def await_ready(self, stop: Event | None = None) -> None:
        """Wait until it answers. Raises AulaError with the end of its log when it ends, is too slow, or `stop` is set."""
        process = self.process
        if process is not None and processes.wait_until(
            lambda: process.poll() is not None or self.answers(), self.start_s, stop=stop
        ):
            if process.poll() is None:
                return
            why = f"it ended with status {process.poll()}"
        else:
            why = "told to stop" if stop and stop.is_set() else f"it did not answer within {self.start_s:.0f} s"
        self.stop()
        message = f"{self.name} did not start: {why}. {self.log} ends with:\n{processes.tail(self.log)}"
        raise AulaError("embedded.start", message)

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Stop it, by force after `stop_s`; harmless when it does not run."""
        if self.process is not None:
            processes.end(self.process, self.stop_signal, self.stop_s)
            self.process = None
