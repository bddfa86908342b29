"""Values that the job statements take and give."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class ClaimedJob(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of one job. `token` names the attempt: whoever no longer holds it can't change the job."""

    id: UUID
    kind: str
    queue: str
    payload: dict[str, Any]
    attempt: int
    max_attempts: int
    token: UUID
    pipeline_id: UUID | None
    owner_id: UUID | None
    trace_id: str
    unique_key: str | None
    waited_s: float = 0.0
    """From due to claimed."""


class Fence(StrEnum):
    """What the fence in front of a job's transaction says."""

    HELD = "held"
    """The attempt is still ours; pipeline and job are locked until the end of the transaction."""
    CANCELLED = "cancelled"
    """Ours, but somebody asked for it to be cancelled."""
    STALE = "stale"
    """The job was rescued, finished or cancelled meanwhile: nothing may be written."""


class Hold(msgspec.Struct, frozen=True):
    """A running attempt whose lease is to be renewed, with its progress (0 to 1)."""

    id: UUID
    token: UUID
    progress: float = 0.0


class JobError(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a job's `errors`."""

    kind: str
    code: str
    message: str
    detail: dict[str, Any] = {}


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """One queue as the dispatcher sees it."""

    queue: str
    free_slots: int
    hinted: frozenset[UUID]
    """Available jobs whose hint has been sent and not been taken up yet."""
    due: bool
    """There are available jobs without a hint, and the queue is not paused."""
    orphaned: bool
    """A worker was seen to die with jobs of this queue in its hands."""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be announced to the workers."""

    id: UUID
    kind: str
    queue: str
    owner_id: UUID | None
