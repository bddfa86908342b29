"""What the leading dispatcher remembers: which hints nobody takes up, and who has been served lately."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from db.jobs import Census, Hint

# A hint that younger ones have overtaken waits this many times longer: it may just lie in a busy worker's memory.
_STRAGGLER_FACTOR = 10
_FADE = 0.9
_FORGOTTEN = 0.01


class LostHints:
    """Finds hints of one queue that got lost (Redis flushed or restarted) rather than wait their turn.

    Hints wait while all slots are busy, and are then taken up in order. So they are lost when slots have been idle for a while
    and yet none was taken up; a single one, when younger ones have overtaken it long ago.
    """

    def __init__(self, resend_s: float) -> None:
        self._resend_s = resend_s
        self._first_seen: dict[UUID, float] = {}
        self._moved_at = 0.0
        self._newest_taken = 0.0

    def observe(self, queue: Census, now: float) -> list[UUID]:
        """Take a look at the queue at `now` (monotonic seconds); returns the hints to be sent again."""
        taken = self._first_seen.keys() - queue.hinted
        if taken or queue.free_slots == 0:
            self._moved_at = now
        self._newest_taken = max([self._newest_taken, *(self._first_seen[job_id] for job_id in taken)])
        self._first_seen = {job_id: self._first_seen.get(job_id, now) for job_id in queue.hinted}
        lost = [job_id for job_id, seen in self._first_seen.items() if self._is_lost(seen, now)]
        for job_id in lost:
            del self._first_seen[job_id]
        return lost

    def _is_lost(self, seen: float, now: float) -> bool:
        if now - self._moved_at > self._resend_s:
            return now - seen > self._resend_s
        return seen < self._newest_taken and now - seen > self._resend_s * _STRAGGLER_FACTOR


class Shares:
    """How many jobs of each owner a queue was given lately; every job that is sent lets the older ones fade.

    With the running jobs alone a queue of one slot would always find everybody level, and serve the longest backlog first.
    """

    def __init__(self) -> None:
        self._shares: dict[str, dict[UUID | None, float]] = defaultdict(dict)

    def of(self, queue: str) -> Mapping[UUID | None, float]:
        """The shares in a queue; owners not named have none."""
        return self._shares[queue]

    def count(self, hints: Sequence[Hint]) -> None:
        """These have been sent."""
        for hint in hints:
            faded = {owner: share * _FADE for owner, share in self._shares[hint.queue].items() if share > _FORGOTTEN}
            faded[hint.owner_id] = faded.get(hint.owner_id, 0.0) + 1.0
            self._shares[hint.queue] = faded
