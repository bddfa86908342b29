"""Leadership of one process among many: an advisory lock on a direct connection, which also hears the bell.

The lock goes with the connection, so a dead leader is followed at once. A frozen one (SIGSTOP, a hung host) stops touching its
session, and PostgreSQL ends sessions that were idle for too long.
"""

import asyncio

import asyncpg

from db.session import JOBS_CHANNEL

# Any number that nothing else locks on; advisory locks are per database.
_DISPATCHER_LOCK = 4_170_002
_FROZEN_MS = 15_000


class Leadership:
    """A held lock. `rung` is set whenever somebody has committed something about jobs."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", rung: asyncio.Event) -> None:
        self._connection = connection
        self.rung = rung

    async def check(self) -> None:
        """Say that this process lives; raises asyncpg or OS errors when leadership is lost. Due more often than every 15 s."""
        await self._connection.execute("SELECT 1")

    async def resign(self) -> None:
        """Let the next one lead."""
        try:
            await self._connection.close(timeout=2)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            self._connection.terminate()


async def campaign(database_url: str, application_name: str) -> Leadership | None:
    """Try once to lead; None while another does. Raises asyncpg or OS errors when the database is away."""
    connection = await asyncpg.connect(
        database_url,
        timeout=10,
        command_timeout=10,
        server_settings={"application_name": application_name, "idle_session_timeout": str(_FROZEN_MS)},
    )
    rung = asyncio.Event()
    # Something may have become due before anybody listened.
    rung.set()
    try:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _DISPATCHER_LOCK):
            await connection.add_listener(JOBS_CHANNEL, lambda *_: rung.set())
            # A connection that ends wakes the leader, so that it notices.
            connection.add_termination_listener(lambda *_: rung.set())
            return Leadership(connection, rung)
    except BaseException:
        connection.terminate()
        raise
    await connection.close(timeout=2)
    return None
