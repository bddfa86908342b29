"""Single statements for the hottest reads: no transaction around them, and no trial of the connection before them.

A request in a transaction of its own, on a connection that is tried first, costs six round trips to the database, of which one
brings the answer. Here it is that one; a connection that turns out to be broken is replaced, and the statement sent again.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.settings import DatabaseSettings
from db.session import driver_url, server_settings

T = TypeVar("T")

_STATEMENT_TIMEOUT_S = 15


class Reader:
    """Connections of their own, half as many as there are for transactions, each statement in autocommit."""

    def __init__(self, settings: DatabaseSettings, application_name: str) -> None:
        """Nothing is contacted before the first question. Close it on the loop that it is used on."""
        own = server_settings(settings, application_name, _STATEMENT_TIMEOUT_S) | {"default_transaction_read_only": "on"}
        self.engine = create_async_engine(
            driver_url(settings.database_url),
            isolation_level="AUTOCOMMIT",
            pool_size=max(1, settings.db_pool_size // 2),
            max_overflow=settings.db_pool_overflow,
            pool_timeout=10,
            connect_args={
                "timeout": 10,
                "command_timeout": max(settings.db_command_timeout_s, _STATEMENT_TIMEOUT_S + 5.0),
                "server_settings": own,
            },
        )

    async def ask(self, question: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """The answer to one statement, which may be sent twice. Two statements may see different states of the database."""
        try:
            return await self._asked(question)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # The server was restarted since; all connections of then have been given up by now.
            return await self._asked(question)

    async def _asked(self, question: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.engine.connect() as connection:
            return await question(connection)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
