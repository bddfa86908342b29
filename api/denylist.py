"""Revoked playback sessions, held in memory so that no segment waits for the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from uuid import UUID

from core.logging import get_logger

_log = get_logger(__name__)

LoadRevoked = Callable[[], Awaitable[Collection[UUID]]]
"""Asks the database for the revoked sessions whose signatures have not expired by themselves."""


class DenyList:
    """What PostgreSQL said last: that stands while it can't be asked; before the first answer nobody is let in."""

    def __init__(self, load: LoadRevoked, refresh_s: float) -> None:
        """`load` is called every `refresh_s` seconds by the task that `running` keeps."""
        self._load = load
        self._refresh_s = refresh_s
        self._revoked: frozenset[UUID] | None = None
        # Revoked by this process: known here at once, and kept until a load that began afterwards has told of them.
        self._own: set[UUID] = set()

    @property
    def known(self) -> bool:
        """Whether the database has been asked with success: a restart must not restore access."""
        return self._revoked is not None

    def __contains__(self, session_id: UUID) -> bool:
        return session_id in self._own or (self._revoked is not None and session_id in self._revoked)

    def add(self, session_id: UUID) -> None:
        """Refuse a session from now on in this process; call it once the revocation is committed."""
        self._own.add(session_id)

    async def refresh(self) -> None:
        """Ask the database once. Whatever goes wrong is logged, and the last known list stands."""
        own = frozenset(self._own)
        try:
            self._revoked = frozenset(await self._load())
        except Exception as error:  # noqa: BLE001 -- any failure to ask means the same: go on with what is known
            _log.warning("denylist_refresh_failed", error=type(error).__name__, known=self.known)
            return
        self._own -= own

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the list fresh while the context lasts; it has been asked for once when the context begins."""
        await self.refresh()
        task = asyncio.create_task(self._keep_fresh(), name="denylist")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_s)
            await self.refresh()
