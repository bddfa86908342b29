"""The job engine's tables; the row is the truth, its states are drawn in docs/states.md."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.jobs import EdgeCondition, JobState, PauseScope
from db.models.base import Base, CreatedAt, Id, Moment


def _enum(kind: type[Any], name: str) -> Enum:
    return Enum(kind, name=name, values_callable=lambda e: [m.value for m in e])


class Pipeline(Base):
    """One process made of jobs (`media.ingest` of one asset). Its row lock serialises fan-in; its state is derived."""

    __tablename__ = "pipelines"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    owner_id: Mapped[UUID | None]
    priority: Mapped[int] = mapped_column(server_default="0")
    """Added to the priority of its jobs."""
    trace_id: Mapped[str] = mapped_column(String(64))
    cancel_requested_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class Job(Base):
    """One unit of work."""

    __tablename__ = "jobs"
    id: Mapped[Id]
    pipeline_id: Mapped[UUID | None] = mapped_column(ForeignKey("pipelines.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(32))
    priority: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    unique_key: Mapped[str | None] = mapped_column(String(200))
    trace_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[JobState] = mapped_column(_enum(JobState, "job_state"))
    attempt: Mapped[int] = mapped_column(server_default="0")
    max_attempts: Mapped[int]
    crashes: Mapped[int] = mapped_column(server_default="0")
    run_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    snoozed_since: Mapped[Moment | None]
    """Since when the job has been put off, attempt after attempt, for reasons that are not its own."""
    dispatched_at: Mapped[Moment | None]
    lease_until: Mapped[Moment | None]
    token: Mapped[UUID | None]
    worker_id: Mapped[UUID | None]
    progress: Mapped[float] = mapped_column(server_default="0")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    cancel_requested_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease_while_running"),
        CheckConstraint("(state = 'running') = (token IS NOT NULL)", name="token_while_running"),
        CheckConstraint("(state IN ('completed','cancelled','discarded')) = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("dispatched_at IS NULL OR state IN ('available','running')", name="dispatched"),
        CheckConstraint("attempt >= 0 AND attempt <= max_attempts", name="attempts"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        # Follows the order of dispatch: per queue the owners take turns, each owner's jobs by priority.
        Index(
            "ix_jobs_due",
            *("queue", "owner_id", "priority", "run_at", "id"),
            postgresql_where=text("state = 'available' AND dispatched_at IS NULL"),
        ),
        Index("ix_jobs_hinted", "queue", postgresql_where=text("state = 'available' AND dispatched_at IS NOT NULL")),
        Index("ix_jobs_retryable", "run_at", postgresql_where=text("state = 'retryable'")),
        # No index holds lease_until or progress, so that renewals are heap-only updates.
        Index("ix_jobs_running", "queue", "owner_id", postgresql_where=text("state = 'running'")),
        Index("ix_jobs_pipeline", "pipeline_id", "state"),
        Index("ix_jobs_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
        Index("ix_jobs_kind_state", "kind", "state", "id"),
        # Unique among jobs that have never been started ...
        Index(
            "uq_jobs_unique_key",
            "unique_key",
            unique=True,
            postgresql_where=text(
                "unique_key IS NOT NULL AND started_at IS NULL AND state IN ('waiting','available','retryable')"
            ),
        ),
        # ... and never two running at once, a retried one and its younger twin included.
        Index(
            "uq_jobs_running_key",
            "unique_key",
            unique=True,
            postgresql_where=text("unique_key IS NOT NULL AND state = 'running'"),
        ),
    )


class JobEdge(Base):
    """`successor` waits for `predecessor`; `open` until the predecessor has ended."""

    __tablename__ = "job_edges"
    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    condition: Mapped[EdgeCondition] = mapped_column(_enum(EdgeCondition, "edge_condition"))
    open: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="no_loop"),
        Index("ix_job_edges_open", "successor_id", postgresql_where=text("open")),
        Index("ix_job_edges_successor", "successor_id"),
    )


class Pause(Base):
    """Jobs within the scope are neither dispatched nor claimed while this row stands."""

    __tablename__ = "pauses"
    id: Mapped[Id]
    scope: Mapped[PauseScope] = mapped_column(_enum(PauseScope, "pause_scope"))
    value: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("scope", "value"),)


class Worker(Base):
    """A worker process: which queues it serves, with how many slots, and when it was last heard of."""

    __tablename__ = "workers"
    id: Mapped[Id]
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    slots: Mapped[int]
    started_at: Mapped[CreatedAt]
    heartbeat_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    stopping: Mapped[bool] = mapped_column(server_default=text("false"))


class Schedule(Base):
    """A cron row: at each slot one job of `kind` is added, once however many leaders try."""

    __tablename__ = "schedules"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    cron: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    last_slot: Mapped[Moment | None]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
