"""The rows of worker processes: queues, slots, and when each was last heard of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.jobs.locks import wake

# A beat brings back a row that was removed while the process was cut off.
_BEAT = text("""
    INSERT INTO workers (id, host, pid, queues, slots, stopping)
    VALUES (:id, :host, :pid, CAST(:queues AS text[]), :slots, :stopping)
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), stopping = excluded.stopping
""")
_SIGN_OFF = text("DELETE FROM workers WHERE id = :id")
_FORGET_SILENT = text("DELETE FROM workers WHERE heartbeat_at < now() - make_interval(secs => :silent_s)")


async def beat(
    session: AsyncSession, worker_id: UUID, *, host: str, pid: int, queues: Sequence[str], slots: int, stopping: bool = False
) -> None:
    """Say that this process lives. A stopping one gets no more jobs."""
    row = {"id": worker_id, "host": host, "pid": pid, "queues": list(queues), "slots": slots, "stopping": stopping}
    await session.execute(_BEAT, row)


async def sign_off(session: AsyncSession, worker_id: UUID) -> None:
    """Remove the row of a process that ends in order."""
    await session.execute(_SIGN_OFF, {"id": worker_id})
    wake(session)


async def forget_silent(session: AsyncSession, silent_s: float) -> None:
    """Remove the rows of processes not heard of for `silent_s`."""
    await session.execute(_FORGET_SILENT, {"silent_s": silent_s})
