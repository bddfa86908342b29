"""What the leading dispatcher remembers: which hints nobody takes up, and who has been served lately."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from db.jobs import Census, Hint

# A hint is lost among others that do get taken up: it waits this many times longer.
_STRAGGLER_FACTOR = 10
_FADE = 0.9
_FORGOTTEN = 0.01


class LostHints:
    """Finds hints of one queue that got lost (Redis flushed or restarted) rather than wait their turn.

    Hints wait while all slots are busy, and are then taken up in order. So they are lost when slots are idle and yet none has
    been taken up for a while; single ones among others that move, when they are far too old.
    """

    def __init__(self, resend_s: float) -> None:
        self._resend_s = resend_s
        self._first_seen: dict[UUID, float] = {}
        self._moved_at = 0.0

    def observe(self, queue: Census, now: float) -> list[UUID]:
        """Take a look at the queue at `now` (monotonic seconds); returns the hints to be sent again."""
        if queue.free_slots == 0 or self._first_seen.keys() - queue.hinted:
            self._moved_at = now
        self._first_seen = {job_id: self._first_seen.get(job_id, now) for job_id in queue.hinted}
        if queue.free_slots == 0:
            return []
        stuck = now - self._moved_at > self._resend_s
        patience = self._resend_s if stuck else self._resend_s * _STRAGGLER_FACTOR
        lost = [job_id for job_id, seen in self._first_seen.items() if now - seen > patience]
        for job_id in lost:
            del self._first_seen[job_id]
        return lost


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
