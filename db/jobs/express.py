"""The two statements that every job costs, in one round trip each: claims, and endings of jobs that nobody waits for.

Measured: a session with BEGIN, statement and COMMIT costs the worker about 1 ms of its one core, the same statement on a bare
asyncpg connection a tenth. Everything that happens once per pipeline rather than once per job goes through sessions.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from core.jobs import JobState
from core.settings import DatabaseSettings
from db.jobs.claim import CLAIM, UNHINT, claimed_from
from db.jobs.finish import COMPLETE, encoded
from db.jobs.types import ClaimedJob
from db.session import server_settings

_CONNECTIONS = 4
_STATEMENT_TIMEOUT_S = 60


class _Raw:
    """A `text()` statement for asyncpg itself: `$n` instead of names."""

    def __init__(self, statement: TextClause) -> None:
        compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = str(compiled)
        self._order: list[str] = compiled.positiontup or []

    def values(self, **named: Any) -> list[Any]:
        """The values in the statement's order."""
        return [named[name] for name in self._order]


_RAW_CLAIM, _RAW_UNHINT, _RAW_COMPLETE = _Raw(CLAIM), _Raw(UNHINT), _Raw(COMPLETE)


class Express:
    """A small pool of bare connections in autocommit, on the loop that first uses it. `ring`: tell the dispatcher."""

    def __init__(self, settings: DatabaseSettings, *, application_name: str, ring: Callable[[], None]) -> None:
        self._settings = settings
        self._application_name = application_name
        self._ring = ring
        self._pool: Any = None

    async def claim(self, job_id: UUID, worker_id: UUID, lease_s: float) -> ClaimedJob | None:
        """As `jobs.claim`, committed."""
        pool = await self._ready()
        values = _RAW_CLAIM.values(id=job_id, worker_id=worker_id, lease_s=lease_s)
        try:
            row = await pool.fetchrow(_RAW_CLAIM.sql, *values)
        except asyncpg.UniqueViolationError:
            # uq_jobs_running_key: the other job with this key was claimed in the same instant.
            row = None
        if row is None:
            await pool.execute(_RAW_UNHINT.sql, *_RAW_UNHINT.values(ids=[job_id]))
            return None
        return claimed_from(dict(row))

    async def complete(self, claimed: ClaimedJob, result: dict[str, Any] | None) -> JobState | None:
        """As `jobs.complete`, committed, for a job without a pipeline."""
        pool = await self._ready()
        values = _RAW_COMPLETE.values(id=claimed.id, token=claimed.token, result=encoded(result), error=None)
        state = await pool.fetchval(_RAW_COMPLETE.sql, *values)
        if state is None:
            return None
        self._ring()
        return JobState(state)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()

    async def _ready(self) -> Any:
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                self._settings.database_url,
                min_size=0,
                max_size=_CONNECTIONS,
                timeout=10,
                command_timeout=_STATEMENT_TIMEOUT_S + 5,
                # Nothing here leaves anything behind on a connection.
                reset=_no_reset,
                server_settings=server_settings(self._settings, self._application_name, _STATEMENT_TIMEOUT_S),
            )
        return await self._pool


async def _no_reset(_: Any) -> None:
    return None
