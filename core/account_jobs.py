"""The kinds of job about accounts, as data."""

import msgspec

from core.jobs import JobKind, Queue


class OfAddress(msgspec.Struct, frozen=True):
    """A job about an address that somebody has typed; nobody may have it."""

    email: str


# The same row is written whether there is such an account or not: so the answer tells nothing, and takes as long.
SEND_RESET = JobKind("users.send_reset", Queue.MAIL, OfAddress, priority=20, max_attempts=5, time_limit_s=60.0)

KINDS = (SEND_RESET,)
