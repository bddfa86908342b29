"""The dispatcher: one leads, and sends hints of due jobs to Redis as late as possible.

Only a small buffer per queue lies in Redis beyond what idle slots can take, so that priority, fairness, pauses and cancels are
decided by PostgreSQL at the last moment.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterable
from uuid import UUID

import redis

from core.all_jobs import KINDS
from core.jobs import QUEUE_BUFFER, JobKind, Queue
from core.logging import get_logger
from core.metrics import DISPATCH_SECONDS, HINTS_RESENT, HINTS_SENT, IS_LEADER, QUEUE_SLOTS, serve_metrics
from core.settings import Settings
from db import jobs
from db.jobs import Census, Hint
from db.leadership import Leadership, campaign
from db.patience import brief, is_passing
from db.session import make_engine, make_session_factory
from workers.broker import make_broker
from workers.chores import Chores
from workers.hints import LostHints, Shares

log = get_logger(__name__)

_APPLICATION = "aula-dispatcher"
_CAMPAIGN_S = 1.0
# A worker not heard of for so long has no idle slots. Longer than a few beats, so that a busy host does not look dead.
_ALIVE_S = 10.0
# Rings in quick succession share a round, more of them while every queue that was served has hints enough to go on with.
_BREATH_S = 0.005
_LONG_BREATH_S = 0.025
_ENOUGH = 32
# Each owner offers its next few jobs only; a few helpings fill the room.
_HELPINGS = 4


class Dispatcher:
    """One candidate; `run` until `stop` is set."""

    def __init__(self, settings: Settings, kinds: Iterable[JobKind]) -> None:
        self._settings = settings
        self._kinds = {kind.name: kind for kind in kinds}
        # Whatever of its commits a crash of the server undoes is simply due again.
        self._engine = make_engine(settings.database, application_name=_APPLICATION, profile="jobs", durable=False)
        self._sessions = make_session_factory(self._engine)
        self._broker = make_broker(settings.redis.redis_url)
        self._redis_away = False
        self.stop = asyncio.Event()
        self.leading = asyncio.Event()
        """Set while this candidate leads."""

    async def run(self) -> None:
        """Campaign, lead, and campaign again until told to stop."""
        try:
            while not self.stop.is_set():
                leadership = await self._campaign()
                if leadership is not None:
                    await self._lead(leadership)
                else:
                    await _first_of(self.stop, timeout_s=_CAMPAIGN_S)
        finally:
            await self._engine.dispose()
            self._broker.close()

    async def _campaign(self) -> Leadership | None:
        try:
            return await campaign(self._settings.database.database_url, _APPLICATION)
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("database_away", error=brief(error))
            return None

    async def _lead(self, leadership: Leadership) -> None:
        log.info("leading")
        IS_LEADER.set(1)
        self.leading.set()
        try:
            await self._term(leadership)
        except Exception as error:
            if not is_passing(error):
                log.exception("term_failed")
            log.warning("leadership_lost", error=brief(error))
            await _first_of(self.stop, timeout_s=_CAMPAIGN_S / 4)
        finally:
            self.leading.clear()
            IS_LEADER.set(0)
            await leadership.resign()

    async def _term(self, leadership: Leadership) -> None:
        loop, poll_s = asyncio.get_running_loop(), self._settings.jobs.dispatch_poll_s
        chores = Chores(self._sessions, self._settings.jobs, self._kinds)
        lost = {queue.value: LostHints(self._settings.jobs.hint_resend_s) for queue in Queue}
        shares = Shares()
        poll_at = 0.0
        while not self.stop.is_set():
            leadership.rung.clear()
            if loop.time() >= poll_at:
                poll_at = loop.time() + poll_s
                await leadership.check()
                await chores.do_due()
            with DISPATCH_SECONDS.time():
                supplied = await self._round(chores, lost, shares)
            await _first_of(self.stop, timeout_s=_LONG_BREATH_S if supplied else _BREATH_S)
            await _first_of(self.stop, leadership.rung, timeout_s=max(0.0, poll_at - loop.time()))

    async def _round(self, chores: Chores, lost: dict[str, LostHints], shares: Shares) -> bool:
        """Serve every queue; True when there was something to serve, and what was served has enough for a while."""
        async with self._sessions() as session:
            queues = await jobs.census(session, _ALIVE_S)
        if any(queue.orphaned for queue in queues):
            await chores.rescue(orphans_only=True)
        now = asyncio.get_running_loop().time()
        supplies = []
        for queue in queues:
            QUEUE_SLOTS.labels(queue.queue).set(queue.free_slots)
            again = lost[queue.queue].observe(queue, now)
            if again or queue.due:
                supplies.append(len(queue.hinted) + await self._serve(queue, again, shares))
        return bool(supplies) and min(supplies) >= _ENOUGH

    async def _serve(self, queue: Census, again: list[UUID], shares: Shares) -> int:
        """Fill the queue's room, beginning with the hints to be sent `again`; returns how many were sent."""
        sent = 0
        room = queue.free_slots + QUEUE_BUFFER[Queue(queue.queue)] - len(queue.hinted) + len(again)
        if room <= 0 or (self._redis_away and not await self._redis_answers()):
            return sent
        for helping in range(_HELPINGS):
            async with self._sessions.begin() as session:
                if again and helping == 0:
                    await jobs.unhint(session, again)
                    HINTS_RESENT.labels(queue.queue).inc(len(again))
                hints = await jobs.pick(session, queue.queue, room - sent, shares.of(queue.queue))
            if not hints or not await self._send(hints):
                break
            shares.count(hints)
            sent += len(hints)
            if sent >= room:
                break
        return sent

    async def _send(self, hints: list[Hint]) -> bool:
        """Send after the commit, so that no claim has to wait for it; what can't be sent is due again."""
        try:
            await asyncio.to_thread(self._broker.send, hints)
        except (redis.RedisError, OSError) as error:
            log.warning("redis_away", error=brief(error))
            self._redis_away = True
            async with self._sessions.begin() as session:
                await jobs.unhint(session, [hint.id for hint in hints])
            return False
        HINTS_SENT.labels(hints[0].queue).inc(len(hints))
        return True

    async def _redis_answers(self) -> bool:
        try:
            await asyncio.to_thread(self._broker.client.ping)
        except (redis.RedisError, OSError):
            return False
        self._redis_away = False
        return True


async def _first_of(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of the events is set, or the time is up."""
    if any(event.is_set() for event in events):
        return
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        for wait in waits:
            with contextlib.suppress(asyncio.CancelledError):
                await wait


def run(settings: Settings, kinds: Iterable[JobKind] = KINDS) -> int:
    """Run a dispatcher in this process until SIGTERM or SIGINT; returns the exit code. `kinds`: what schedules may add."""
    serve_metrics(settings.metrics_port)
    asyncio.run(_run(settings, kinds))
    return 0


async def _run(settings: Settings, kinds: Iterable[JobKind]) -> None:
    dispatcher = Dispatcher(settings, kinds)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, dispatcher.stop.set)
    await dispatcher.run()
