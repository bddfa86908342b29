"""Locks by name across all processes, held by one connection per process: who dies, lets go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class NamedLocks:
    """Advisory locks that are only ever tried, never waited for.

    A long upload must not hold a pooled connection or an open transaction, so all locks of a process live on one connection in
    autocommit. Should that connection break, PostgreSQL frees them all; writers therefore compare what they found when they
    record what they did. Needs a direct connection or a pooler in session mode.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._held: set[int] = set()

    @asynccontextmanager
    async def attempt(self, name: str) -> AsyncIterator[bool]:
        """Hold the lock `name` inside the block; False at once when someone else holds it."""
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        # Advisory locks are re-entrant within a connection: inside this process the set decides.
        if key in self._held:
            yield False
            return
        self._held.add(key)
        try:
            if not await asyncio.shield(self._lock(key)):
                yield False
                return
            try:
                yield True
            finally:
                await asyncio.shield(self._unlock(key))
        finally:
            self._held.discard(key)

    async def _lock(self, key: int) -> bool:
        async with self._turn:
            try:
                return await self._ask(key)
            except DBAPIError:
                # The connection was lost while idle; a new one is worth one try.
                await self._drop()
                return await self._ask(key)

    async def _ask(self, key: int) -> bool:
        if self._connection is None:
            connection = await self._engine.connect()
            self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        return bool(await self._connection.scalar(select(func.pg_try_advisory_lock(key))))

    async def _unlock(self, key: int) -> None:
        async with self._turn:
            if self._connection is None:
                return
            try:
                await self._connection.scalar(select(func.pg_advisory_unlock(key)))
            except DBAPIError:
                await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def close(self) -> None:
        """Give everything back."""
        async with self._turn:
            await self._drop()
