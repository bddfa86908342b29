"""The injectable clock. Leases and due times use the database's clock instead; this one is for the rest."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, timezone-aware."""
    return datetime.now(UTC)
