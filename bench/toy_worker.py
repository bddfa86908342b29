"""A worker unit whose only kind of job does nothing: `python -m bench.toy_worker SLOTS`, settings from the environment.

A job with a number says on standard output when it began (the machine's monotonic clock), others are silent.
"""

import json
import sys
import time

import msgspec

from core.jobs import JobKind, Queue
from core.logging import configure_logging
from core.settings import load_settings
from pipelines.context import StepContext
from pipelines.step import step
from workers import unit


class Nothing(msgspec.Struct, frozen=True):
    """`number` 0: keep silent."""

    number: int = 0


NOTHING = JobKind("bench.nothing", Queue.DEFAULT, Nothing)


def _work(_: StepContext, payload: Nothing) -> None:
    if payload.number:
        print(json.dumps({"number": payload.number, "at": time.monotonic()}), flush=True)


STEPS = (step(NOTHING, _work),)

if __name__ == "__main__":
    # Standard output belongs to the jobs.
    configure_logging("WARNING")
    sys.exit(unit.run(load_settings(), queues=[Queue.DEFAULT], slots=int(sys.argv[1]), registry=STEPS))
