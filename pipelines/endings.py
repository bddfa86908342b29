"""How an attempt ends: one table from the kind of an error to the ending of the job."""

import errno
from enum import StrEnum

from core.errors import AulaError, ErrorKind, OutOfResources
from db.jobs import JobError


class Ending(StrEnum):
    """The named endings of an attempt; docs/states.md says what each does to the row."""

    COMPLETE = "complete"
    RETRY = "retry"
    SNOOZE = "snooze"
    CANCEL = "cancel"
    DISCARD = "discard"
    GIVE_BACK = "give_back"
    DROP = "drop"
    """Nothing is written: the job is no longer ours."""


ENDINGS: dict[ErrorKind, Ending] = {
    # The input is at fault, now and later: no retry of permanent failures.
    ErrorKind.INVALID: Ending.DISCARD,
    ErrorKind.UNPROCESSABLE: Ending.DISCARD,
    ErrorKind.UNAUTHENTICATED: Ending.DISCARD,
    ErrorKind.FORBIDDEN: Ending.DISCARD,
    ErrorKind.NOT_FOUND: Ending.DISCARD,
    ErrorKind.CONFLICT: Ending.DISCARD,
    ErrorKind.GONE: Ending.DISCARD,
    ErrorKind.TOO_LARGE: Ending.DISCARD,
    ErrorKind.UNSUPPORTED: Ending.DISCARD,
    ErrorKind.PRECONDITION: Ending.DISCARD,
    ErrorKind.BAD_MEDIA: Ending.DISCARD,
    # May work at another attempt. A checksum may have been broken on the way.
    ErrorKind.CHECKSUM: Ending.RETRY,
    ErrorKind.TRANSIENT: Ending.RETRY,
    ErrorKind.TIMED_OUT: Ending.RETRY,
    ErrorKind.CRASHED: Ending.RETRY,
    ErrorKind.INTERNAL: Ending.RETRY,
    # Not the job's fault: later, without counting.
    ErrorKind.LOCKED: Ending.SNOOZE,
    ErrorKind.TOO_MANY: Ending.SNOOZE,
    ErrorKind.RESOURCES: Ending.SNOOZE,
    # Told to stop.
    ErrorKind.CANCELLED: Ending.CANCEL,
    ErrorKind.SHUTDOWN: Ending.GIVE_BACK,
    ErrorKind.LEASE_LOST: Ending.DROP,
}

_SHORTAGES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
_SNOOZE_S = 30.0


def as_error(error: BaseException) -> AulaError:
    """Any exception as one of ours: shortages of the machine by their errno, everything unforeseen as INTERNAL."""
    if isinstance(error, AulaError):
        return error
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _SHORTAGES):
        return OutOfResources("jobs.out_of_resources", str(error) or "Out of memory.")
    return AulaError("jobs.unexpected", f"{type(error).__name__}: {error}"[:2000])


def job_error(error: AulaError) -> JobError:
    """The error as the job's row keeps it."""
    detail = {key: _plain(value) for key, value in error.detail.items()}
    return JobError(kind=error.kind.value, code=error.code, message=error.message, detail=detail)


def snooze_s(error: AulaError) -> float:
    """When to try again after a shortage: as the error says, else in 30 s."""
    delay = error.detail.get("delay_s")
    return float(delay) if isinstance(delay, int | float) else _SNOOZE_S


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool | None):
        return value
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else str(value)
