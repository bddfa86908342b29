"""The supervisor's view of the database: the schema, which workers have been heard of, the end of a dead one's leases."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.logging import get_logger
from core.settings import DatabaseSettings
from db import jobs
from db.migrate import upgrade
from db.queries import ops as queries
from db.session import make_engine, make_session_factory

log = get_logger(__name__)

T = TypeVar("T")


class DatabaseView:
    """Short transactions on an event loop of its own; used by the supervisor's thread alone."""

    def __init__(self, database_url: str) -> None:
        """Nothing is opened before the first use."""
        self._settings = DatabaseSettings(database_url=database_url, db_pool_size=1, db_pool_overflow=0)
        self._host = socket.gethostname()

    def migrate(self) -> None:
        """Bring the schema to this release's."""
        upgrade(self._settings.database_url)

    def has_worker(self, pid: int) -> bool:
        """Whether the worker process `pid` of this machine has registered and is alive."""
        try:
            views = self._run(queries.workers)
        except (SQLAlchemyError, OSError):
            return False
        return any(view.pid == pid and view.host == self._host and view.alive for view in views)

    def expire_leases(self, pid: int) -> None:
        """Make the jobs of a worker process that was seen dead available now; the rescuer would do it a lease later."""
        try:
            self._run(lambda session: jobs.expire_leases(session, host=self._host, pid=pid))
        except (SQLAlchemyError, OSError) as error:
            log.warning("leases_not_expired", pid=pid, error=str(error))

    def _run(self, use: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async def work() -> T:
            engine = make_engine(self._settings, application_name="aula-supervisor", profile="api")
            try:
                async with make_session_factory(engine)() as session, session.begin():
                    return await use(session)
            finally:
                await engine.dispose()

        return asyncio.run(work())
