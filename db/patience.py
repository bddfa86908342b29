"""Repeats a transaction while the database is away or the transaction fell victim to others, so that no result is lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.logging import get_logger

T = TypeVar("T")

log = get_logger(__name__)

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0

# Connection trouble, too many connections, shutdown and start-up; deadlock, serialisation, lock timeout.
_PASSING_CLASSES = ("08", "53", "57P")
_PASSING_STATES = frozenset({"40001", "40P01", "55P03", "25P03", "25P04"})


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed a little later."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError):
            return True
        return error.orig is not None and is_passing(error.orig)
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError | asyncpg.InterfaceError):
        return True
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    return state in _PASSING_STATES or state.startswith(_PASSING_CLASSES)


def brief(error: BaseException) -> str:
    """The error in one line, without the statement that SQLAlchemy appends."""
    return (str(error) or type(error).__name__).splitlines()[0]


async def insist(transaction: Callable[[], Awaitable[T]], *, until: Callable[[], bool] | None = None) -> T:
    """Run `transaction` (which begins and commits on its own) until it gets through, or `until()` says that it is no use.

    A connection that breaks in the middle of a COMMIT leaves it open whether it was committed: the transaction must be one
    that finds its own traces (a stale token, a row that exists) when it runs again.
    """
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return await transaction()
        except Exception as error:
            if not is_passing(error) or (until is not None and until()):
                raise
            log.warning("database_away", error=brief(error))
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE_S)
