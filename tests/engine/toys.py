"""Toy kinds of job and the few verbs that the engine's tests are told in."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.jobs import EdgeCondition, JobKind, JobRequest, JobState, Queue
from db import jobs
from db.jobs import ClaimedJob
from db.models import Job
from db.session import SessionFactory

WORKER = UUID("00000000-0000-7000-8000-000000000001")


class Toy(msgspec.Struct, frozen=True):
    """Payload of all toy kinds."""

    name: str = ""


TOY = JobKind("toy.play", Queue.DEFAULT, Toy, max_attempts=5)
ENCODE_TOY = JobKind("toy.encode", Queue.ENCODE, Toy, max_attempts=5)
FRAGILE = JobKind("toy.fragile", Queue.DEFAULT, Toy, max_attempts=1)


async def put(sessions: SessionFactory, *names: str, kind: JobKind = TOY, **values: Any) -> list[UUID]:
    """Add one job per name and commit."""
    async with sessions.begin() as session:
        added = await jobs.add_many(session, [JobRequest(kind, Toy(name), **values) for name in names])
    return [job_id for job_id in added if job_id is not None]


async def put_pipeline(sessions: SessionFactory, **values: Any) -> UUID:
    """Add a pipeline and commit."""
    async with sessions.begin() as session:
        return await jobs.add_pipeline(session, "toy", **values)


async def link(sessions: SessionFactory, *edges: tuple[UUID, UUID, EdgeCondition]) -> None:
    """Add edges and commit."""
    async with sessions.begin() as session:
        await jobs.add_edges(session, edges)


async def take(sessions: SessionFactory, job_id: UUID, worker_id: UUID = WORKER, lease_s: float = 60.0) -> ClaimedJob | None:
    """Claim and commit."""
    async with sessions() as session:
        claimed = await jobs.claim(session, job_id, worker_id, lease_s)
        await session.commit()
    return claimed


async def start(sessions: SessionFactory, job_id: UUID, worker_id: UUID = WORKER, lease_s: float = 60.0) -> ClaimedJob:
    """Claim a job that must be there to be claimed."""
    claimed = await take(sessions, job_id, worker_id, lease_s)
    assert claimed is not None
    return claimed


async def end(sessions: SessionFactory, claimed: ClaimedJob, how: str = "complete") -> JobState | None:
    """End the attempt by the ending of that name and commit."""
    error = jobs.JobError(kind="internal", code="toy.broken", message="It broke.")
    async with sessions.begin() as session:
        match how:
            case "complete":
                return await jobs.complete(session, claimed)
            case "retry":
                return await jobs.retry(session, claimed, error, 0.0)
            case "snooze":
                return await jobs.snooze(session, claimed, error, 0.0)
            case "cancel":
                return await jobs.cancel(session, claimed)
            case "discard":
                return await jobs.discard(session, claimed, error)
            case "give_back":
                return await jobs.give_back(session, claimed)
    raise AssertionError(how)


async def finish(sessions: SessionFactory, job_id: UUID, how: str = "complete") -> JobState | None:
    """Claim the job and end it."""
    return await end(sessions, await start(sessions, job_id), how)


async def row(sessions: SessionFactory, job_id: UUID) -> Job:
    """The job's row as it is now."""
    async with sessions() as session:
        return (await session.execute(select(Job).where(Job.id == job_id))).scalar_one()


async def states(sessions: SessionFactory, *job_ids: UUID) -> list[str]:
    """The states of jobs, in order."""
    return [(await row(sessions, job_id)).state.value for job_id in job_ids]


async def expire(session: AsyncSession, job_id: UUID) -> None:
    """Let the job's lease run out."""
    await session.execute(text("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id"), {"id": job_id})


async def crash(sessions: SessionFactory, job_id: UUID, max_crashes: int = 3) -> JobState | None:
    """Claim the job, lose its worker, and have it rescued."""
    await start(sessions, job_id)
    async with sessions.begin() as session:
        await expire(session, job_id)
    async with sessions.begin() as session:
        ((expired, pipeline_id),) = await jobs.expired(session)
        assert expired == job_id
        return await jobs.rescue(session, expired, pipeline_id, max_crashes=max_crashes)


async def sent(sessions: SessionFactory, room: int, queue: Queue = Queue.DEFAULT) -> list[UUID]:
    """What the dispatcher would send next."""
    async with sessions.begin() as session:
        return [hint.id for hint in await jobs.pick(session, queue.value, room, {})]


def somebody() -> UUID:
    """A new owner."""
    return new_id()
