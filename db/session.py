"""Engines and sessions: one engine per process and event loop, short statements, and a bell for the dispatcher.

A session that touched jobs is marked (`db.jobs.wake`); after its commit the process sends at most one NOTIFY per 10 ms.
The bell may get lost: the dispatcher polls as well. A session that touched what the public sees (`db.caches`) tells so after
its commit, before whoever committed goes on: their next request, to any process, sees what they wrote.
"""

import asyncio
from collections import Counter
from time import monotonic
from typing import Any, Literal

import asyncpg
from sqlalchemy import Engine, PoolProxiedConnection, event, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

from core.logging import get_logger
from core.metrics import JOBS_ENQUEUED
from core.settings import DatabaseSettings
from db.caches import Areas
from db.redis import BriefRedis

SessionFactory = async_sessionmaker[AsyncSession]

JOBS_CHANNEL = "aula_jobs"
_BELL_INTERVAL_S = 0.010
_TRUSTED_S = 5.0
"""A connection that was in use so lately is taken to work, unless the driver knows better."""
_STATEMENT_TIMEOUT_S = {"api": 15, "jobs": 60}

log = get_logger(__name__)


def driver_url(database_url: str) -> str:
    """`database_url` with the asyncpg driver named, as SQLAlchemy wants it."""
    return make_url(database_url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def server_settings(settings: DatabaseSettings, application_name: str, statement_timeout_s: int) -> dict[str, str]:
    """What every session of ours asks of the server."""
    return {
        "application_name": application_name,
        "statement_timeout": str(statement_timeout_s * 1000),
        "lock_timeout": str(settings.db_lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(settings.db_idle_in_transaction_timeout_ms),
        # Plans of short statements gain nothing from JIT and pay for it.
        "jit": "off",
    }


def make_engine(
    settings: DatabaseSettings, *, application_name: str, profile: Literal["api", "jobs"], durable: bool = True
) -> AsyncEngine:
    """An engine for the running event loop. Make it after any fork; dispose of it on the same loop.

    `api` answers people: statements end after 15 s, and connections that broke in the pool are replaced. `jobs` may take 60 s
    and does without, because every job transaction is repeated anyway when the database was away. `durable=False`: commits
    don't wait for the disk, for work that is simply done again when the server crashes.
    """
    timeout_s = _STATEMENT_TIMEOUT_S[profile]
    engine = create_async_engine(
        driver_url(settings.database_url),
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_pool_overflow,
        pool_timeout=10,
        connect_args={
            "timeout": 10,
            # The client's own limit catches a server that no longer answers, so it lies above the server's.
            "command_timeout": max(settings.db_command_timeout_s, timeout_s + 5.0),
            "server_settings": server_settings(settings, application_name, timeout_s)
            | ({} if durable else {"synchronous_commit": "off"}),
        },
    )
    if profile == "api":
        _try_before_use(engine.sync_engine)
    return _RingingEngine(engine.sync_engine)


def _try_before_use(engine: Engine) -> None:
    """Connections that broke while they lay in the pool are replaced when they are taken from it.

    The driver hears at once of a server that ended; only what has lain longer is asked, which costs three round trips.
    """

    def lay_down(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = monotonic()

    def take(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        since = record.info.get("idle_since")
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if since is not None and monotonic() - since > _TRUSTED_S:
            try:
                connection.ping()
            except Exception as error:
                raise DisconnectionError from error

    event.listen(engine, "checkin", lay_down)
    event.listen(engine, "checkout", take)


def make_session_factory(engine: AsyncEngine, redis: BriefRedis | None = None) -> SessionFactory:
    """Sessions over `engine` that ring the dispatcher's bell after commits that touched jobs.

    With `redis`, which is closed with the engine, they also tell which public answers have become stale; without it other
    processes go by their age.
    """
    info: dict[str, Any] = {"bell": _bell_of(engine)}
    if redis is not None:
        info["areas"] = Areas(redis)
        if isinstance(engine, _RingingEngine):
            engine.redis = redis
    return async_sessionmaker(engine, expire_on_commit=False, sync_session_class=_RingingSession, info=info)


def areas_of(sessions: SessionFactory) -> Areas | None:
    """What tells of changes after the commits of these sessions."""
    found: Areas | None = sessions.kw["info"].get("areas")
    return found


class _RingingEngine(AsyncEngine):
    """An engine with a bell, which falls silent before the connections are closed."""

    def __init__(self, sync_engine: Engine) -> None:
        super().__init__(sync_engine)
        self.bell = _Bell(self)
        self.redis: BriefRedis | None = None

    async def dispose(self, close: bool = True) -> None:
        """Wait for the last ring, then close every connection."""
        await self.bell.silence()
        if self.redis is not None:
            await self.redis.close()
        await super().dispose(close)


class _RingingSession(Session):
    """A session whose commits are watched; a class of its own keeps the listeners off other sessions."""


class _Bell:
    """Sends NOTIFY, at most once per interval; a ring within the interval is heard at its end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._next_at = 0.0
        self._pending: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def silence(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        await asyncio.gather(*self._sending)

    def ring(self) -> None:
        if self._pending is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._next_at - loop.time()
        if wait <= 0:
            self._send(loop)
        else:
            self._pending = loop.call_later(wait, self._send, loop)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pending = None
        self._next_at = loop.time() + _BELL_INTERVAL_S
        # The loop keeps only weak references to tasks.
        task = loop.create_task(self._notify())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _notify(self) -> None:
        try:
            async with self._engine.connect() as connection:
                # Past SQLAlchemy: a transaction around it would cost two more round trips, a hundred times a second.
                await _driver_of(await connection.get_raw_connection()).execute(f"NOTIFY {JOBS_CHANNEL}")
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.debug("bell_lost", error=str(error))


def _driver_of(pooled: PoolProxiedConnection) -> Any:
    return pooled.driver_connection


def ring(engine: AsyncEngine) -> None:
    """Ring the dispatcher's bell for a commit that went past the sessions of `engine`."""
    _bell_of(engine).ring()


def _bell_of(engine: AsyncEngine) -> _Bell:
    return engine.bell if isinstance(engine, _RingingEngine) else _Bell(engine)


@event.listens_for(_RingingSession, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    enqueued: Counter[str] = session.info.pop("enqueued", Counter())
    for kind, count in enqueued.items():
        JOBS_ENQUEUED.labels(kind).inc(count)
    if session.info.pop("touched_jobs", False):
        session.info["bell"].ring()
    touched: set[str] = session.info.pop("touched_areas", set())
    areas: Areas | None = session.info.get("areas")
    if touched and areas is not None:
        # The commit runs in SQLAlchemy's greenlet, from which one may wait.
        await_only(areas.renew(touched))


@event.listens_for(_RingingSession, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop("enqueued", None)
    session.info.pop("touched_jobs", None)
    session.info.pop("touched_areas", None)
