"""Services for tests: they do nothing, and tell what is done to them."""

import sys
from pathlib import Path

from ops.embedded import processes
from ops.embedded.service import Service


class Toy(Service):
    """A process that sleeps; `said` hears about launches and stops."""

    stop_s = 5.0
    start_s = 5.0

    def __init__(self, name: str, folder: Path, said: list[str], code: str = "import signal; signal.pause()") -> None:
        super().__init__(name, folder / f"{name}.log")
        self.said = said
        self.code = code
        self.is_up = True

    def launch(self) -> int:
        self.said.append(f"{self.name} launched")
        self.process = processes.spawn([sys.executable, "-c", self.code], log=self.log)
        return self.process.pid

    def answers(self) -> bool:
        return self.is_up

    def stop(self) -> None:
        super().stop()
        self.said.append(f"{self.name} stopped")
