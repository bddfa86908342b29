"""The beat of a worker process: renews leases, writes progress, learns of cancels, says that the process lives."""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Interrupted
from core.ids import new_id
from core.logging import get_logger
from core.metrics import LEASES_LOST
from core.settings import JobSettings
from db import jobs
from db.patience import brief, is_passing
from db.session import SessionFactory
from pipelines.attempt import Attempt, Attempts

log = get_logger(__name__)

# More often than leases need: progress is shown live, and a cancel should reach ffmpeg soon.
_LONGEST_BEAT_S = 2.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a worker process is."""

    queues: Sequence[str]
    slots: int
    id: UUID = field(default_factory=new_id)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)


class Keeper:
    """Beats on the event loop until it is cancelled."""

    def __init__(self, identity: Identity, attempts: Attempts, sessions: SessionFactory, settings: JobSettings) -> None:
        self._identity = identity
        self._attempts = attempts
        self._sessions = sessions
        self._lease_s = settings.lease_s
        self._every_s = min(settings.lease_renew_s, _LONGEST_BEAT_S)

    async def keep(self) -> None:
        """Beat for ever. While the database is away the work goes on: its tokens hold until somebody takes the jobs back."""
        while True:
            try:
                await self.beat()
            except Exception as error:
                if not is_passing(error):
                    log.exception("beat_failed")
                else:
                    log.warning("beat_missed", error=brief(error))
            await asyncio.sleep(self._every_s)

    async def beat(self) -> None:
        """One beat, one transaction."""
        attempts = self._attempts.all()
        async with self._sessions.begin() as session:
            await self.announce(session)
            kept = await jobs.renew(session, [attempt.hold for attempt in attempts], self._lease_s) if attempts else {}
        still_here = set(self._attempts.all())
        for attempt in attempts:
            if attempt in still_here:
                _tell(attempt, kept.get(attempt.job.id))

    async def announce(self, session: AsyncSession) -> None:
        """Write the process's row."""
        me = self._identity
        await jobs.beat(
            session, me.id, host=me.host, pid=me.pid, queues=me.queues, slots=me.slots, stopping=self._attempts.stopping
        )


def _tell(attempt: Attempt, cancelled: bool | None) -> None:
    if cancelled is None:
        LEASES_LOST.labels(attempt.job.kind).inc()
        attempt.interrupt(Interrupted("jobs.lease_lost", "Another attempt has taken over.", kind=ErrorKind.LEASE_LOST))
    elif cancelled:
        attempt.interrupt(Interrupted("jobs.cancelled", "The job was cancelled.", kind=ErrorKind.CANCELLED))
