"""Tells a person what the demo is doing; says nothing at all under --json."""

from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Narrator(AbstractContextManager["Narrator"]):
    """Steps as lines, long work as bars. With `quiet`, both are swallowed."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(quiet=quiet, highlight=False)
        self._bars = Progress(
            TextColumn("  {task.description:<34}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=quiet,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "Narrator":
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def step(self, text: str) -> None:
        """Begin a new step: a line of its own; the bar of the step before goes away."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self.console.print(f"[bold]>[/] {text}")

    def bar(self, text: str, fraction: float) -> None:
        """Move the bar of this step to `fraction` (0 to 1)."""
        if self._task is None:
            self._task = self._bars.add_task(text, total=1.0)
        self._bars.update(self._task, description=text, completed=fraction)
