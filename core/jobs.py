"""Kinds of job as data: what a job is called, where it runs, how urgent it is and how often it may fail."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Queue(StrEnum):
    """Queues by cost class, so that heavy work never blocks light work."""

    ENCODE = "encode"
    MEDIA = "media"
    DEFAULT = "default"
    MAIL = "mail"


# How many due jobs may lie in Redis beyond those that run: late binding keeps priority, pause and cancel in PostgreSQL.
QUEUE_BUFFER = {Queue.ENCODE: 0, Queue.MEDIA: 2, Queue.DEFAULT: 64, Queue.MAIL: 64}


class JobState(StrEnum):
    """States of a job row; drawn in docs/states.md."""

    WAITING = "waiting"
    AVAILABLE = "available"
    RUNNING = "running"
    RETRYABLE = "retryable"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


FINAL_STATES = frozenset({JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED})


class EdgeCondition(StrEnum):
    """When a predecessor lets its successor go.

    `on_success` and `on_end` edges must all be met (an unmet `on_success` cancels the successor); of the `on_failure` edges
    the first predecessor that is discarded is enough, and when all have ended without one, the successor is cancelled.
    """

    ON_SUCCESS = "on_success"
    ON_END = "on_end"
    ON_FAILURE = "on_failure"


class PauseScope(StrEnum):
    """What a pause holds back."""

    QUEUE = "queue"
    KIND = "kind"
    OWNER = "owner"
    PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job. `priority`: smaller goes first, from 1000 on it is background. `time_limit_s`: of one attempt."""

    name: str
    queue: Queue
    payload: type[msgspec.Struct]
    priority: int = 100
    max_attempts: int = 5
    time_limit_s: float = 600.0


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job to be added. `unique_key` is unique among jobs not yet started, and two jobs with one key never run at once."""

    kind: JobKind
    payload: msgspec.Struct
    pipeline_id: UUID | None = None
    owner_id: UUID | None = None
    unique_key: str | None = None
    priority: int | None = None
    run_at: datetime | None = None
    after: tuple[tuple[UUID, EdgeCondition], ...] = field(default=())
    """Predecessors that this job waits for; they must belong to one pipeline."""
