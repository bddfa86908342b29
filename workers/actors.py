"""One thin Dramatiq actor per kind of job, so that Dramatiq's own tools show the work by name."""

from collections.abc import Callable, Iterable
from uuid import UUID

import dramatiq

from core.jobs import JobKind, Queue
from workers.broker import HintBroker

# In a unit that serves several queues, light work goes before heavy work among the hints that it has fetched.
_PRIORITY = {Queue.MAIL: 0, Queue.DEFAULT: 1, Queue.MEDIA: 2, Queue.ENCODE: 3}
_STRANGER = "aula.unknown_kind"
# Dramatiq's own limit is the last resort behind the step's, which ends ffmpeg in an orderly way.
_SLACK_S = 60.0


def make_actors(broker: HintBroker, kinds: Iterable[JobKind], run: Callable[[UUID], None]) -> None:
    """Declare an actor per kind on `broker`, and one for unknown kinds; each calls `run` with the job's id."""

    def play(job_id: str) -> None:
        run(UUID(job_id))

    for kind in kinds:
        limit_ms = int((kind.time_limit_s + _SLACK_S) * 1000)
        _declare(broker, play, kind.name, queue=kind.queue, time_limit=limit_ms)
    queues = broker.get_declared_queues()
    if queues:
        broker.stranger = _declare(broker, play, _STRANGER, queue=Queue(min(queues)))


def _declare(
    broker: HintBroker, play: Callable[[str], None], name: str, *, queue: Queue, **options: int
) -> dramatiq.Actor[[str], None]:
    return dramatiq.Actor(
        play,
        broker=broker,
        actor_name=name,
        queue_name=queue.value,
        priority=_PRIORITY[queue],
        options={"max_retries": 0, **options},
    )
