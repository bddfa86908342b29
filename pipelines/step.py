"""Binds a kind of job to the functions that do it.

    async load(session, job) -> inputs       optional: what the work needs to know, in a short transaction after the claim
    work(ctx, inputs) -> result              in the actor's thread, no session, no transaction open
    async record(session, job, result)       optional: facts and next jobs, in the transaction that completes the job

Without `load` the inputs are the decoded payload. A result that is a msgspec struct or a dict is kept in the job's row.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError
from core.jobs import JobKind
from db.jobs import ClaimedJob
from pipelines.context import StepContext

I = TypeVar("I")  # noqa: E741 (inputs)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Step(Generic[I, R]):
    """What to do for a job of `kind`."""

    kind: JobKind
    work: Callable[[StepContext, I], R]
    record: Callable[[AsyncSession, ClaimedJob, R], Awaitable[None]] | None = None
    load: Callable[[AsyncSession, ClaimedJob], Awaitable[I]] | None = None

    @staticmethod
    def of(kind: JobKind, module: ModuleType) -> "Step[Any, Any]":
        """The step that `module` defines by its functions `work` and, where it has them, `load` and `record`."""
        return Step(kind, module.work, record=getattr(module, "record", None), load=getattr(module, "load", None))


def step(
    kind: JobKind,
    work: Callable[[StepContext, Any], R],
    record: Callable[[AsyncSession, ClaimedJob, R], Awaitable[None]] | None = None,
    load: Callable[[AsyncSession, ClaimedJob], Awaitable[Any]] | None = None,
) -> Step[Any, R]:
    """The same from plain functions."""
    return Step(kind, work, record=record, load=load)


def by_kind(steps: Iterable[Step[Any, Any]]) -> Mapping[str, Step[Any, Any]]:
    """Steps by the name of their kind; raises ValueError when two claim one kind."""
    table: dict[str, Step[Any, Any]] = {}
    for one in steps:
        if one.kind.name in table:
            raise ValueError(f"two steps for {one.kind.name}")
        table[one.kind.name] = one
    return table


def decode_payload(kind: JobKind, job: ClaimedJob) -> Any:
    """The typed payload; raises AulaError `jobs.bad_payload` when the row does not fit the kind."""
    try:
        return msgspec.convert(job.payload, kind.payload)
    except msgspec.ValidationError as error:
        raise AulaError("jobs.bad_payload", f"The payload of this {kind.name} can't be read: {error}") from error
