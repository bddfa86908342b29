"""How long work talks to whoever runs it: may I go on, and how far am I."""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import AulaError


def _never() -> AulaError | None:
    return None


def _nobody(_fraction: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Watch:
    """Hooks of one piece of work. Both are called in the thread that does the work, several times a second at most."""

    should_stop: Callable[[], AulaError | None] = _never
    """Returns the error to stop with (`core.errors.Interrupted`), or None to go on."""
    on_progress: Callable[[float], None] = _nobody
    """Takes the done fraction, 0 to 1, never falling."""

    def scaled(self, low: float, high: float) -> "Watch":
        """The same hooks for a part of the work that covers `low` to `high` of the whole."""
        return Watch(self.should_stop, lambda fraction: self.on_progress(low + (high - low) * fraction))
