"""The Dramatiq broker: hints over Redis that may get lost or come twice, and survive Redis going away."""

from collections import Counter
from collections.abc import Iterable
from threading import Event
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import Retries, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.logging import get_logger
from db.jobs import Hint

log = get_logger(__name__)

NAMESPACE = "aula"

# An idle consumer blocks on its queue's bell, which every hint rings, and looks by itself this often in case a ring got lost.
# Dramatiq's own way is to poll: every 20 ms it cost 2.5 % of a core per queue, a tenth of what an encode takes.
_BLOCK_S = 0.5
_POLL_MS = 1
# Rings that nobody waits for: while all slots are busy nobody needs more than to be told to look.
_MOST_RINGS = 64
_REDIS_AWAY_PAUSE_S = 0.25


class HintBroker(RedisBroker):
    """Redis without delayed messages (nothing here is ever delayed) and with consumers that outlive an outage."""

    stranger: dramatiq.Actor[..., Any] | None = None
    """Takes the messages of kinds that this process does not know (another release's), instead of Dramatiq's dead letters."""

    def get_actor(self, actor_name: str) -> dramatiq.Actor[..., Any]:
        """The kind's actor, else the one for strangers."""
        if self.stranger is not None and actor_name not in self.actors:
            return self.stranger
        return super().get_actor(actor_name)

    def declare_queue(self, queue_name: str) -> None:
        """Declare the queue alone: each delay queue would be one more poller."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def close(self) -> None:
        """Close the connections to Redis, which Dramatiq leaves to the end of the process."""
        self.client.close()

    def send(self, hints: Iterable[Hint]) -> None:
        """Enqueue many hints in one round trip. Raises redis errors; some may have arrived then."""
        # Asked for by every enqueue, and kept by the class after the first time: a pipeline could not answer it.
        self._max_unpack_size()  # type: ignore[no-untyped-call]
        with self.client.pipeline(transaction=False) as pipeline:
            batch = HintBroker(client=pipeline, namespace=self.namespace, middleware=[])  # type: ignore[no-untyped-call]
            queues = Counter[str]()
            for hint in hints:
                batch.enqueue(hint_message(hint))
                queues[hint.queue] += 1
            for queue, count in queues.items():
                pipeline.rpush(self._bell(queue), *["1"] * min(count, _MOST_RINGS))
                pipeline.ltrim(self._bell(queue), -_MOST_RINGS, -1)
            pipeline.execute()

    def wait_for_ring(self, queue_name: str) -> None:
        """Block until a hint is sent to the queue, or for a while."""
        self.client.blpop([self._bell(queue_name)], timeout=_BLOCK_S)

    def _bell(self, queue_name: str) -> str:
        return f"{self.namespace}:bell:{queue_name}"

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> "HintConsumer":
        """A consumer that waits for the bell."""
        return HintConsumer(self, queue_name, prefetch, min(timeout, _POLL_MS))


class HintConsumer(_RedisConsumer):
    """A consumer to whom a Redis error is a pause. Dramatiq's own would block actor threads on a lost acknowledgement."""

    def __init__(self, broker: HintBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        self._closed = Event()
        self._hints = broker
        self._acknowledged = Event()

    def __next__(self) -> Any:
        self._acknowledged.clear()
        try:
            message = super().__next__()  # type: ignore[no-untyped-call]
            if message is None:
                self._wait()
            return message
        except (redis.RedisError, BrokerConnectionError) as error:
            log.warning("redis_away", queue=self.queue_name, error=str(error))
            self._closed.wait(_REDIS_AWAY_PAUSE_S)
            return None

    def _wait(self) -> None:
        """For the next hint; with all hands full, for one of them."""
        if self.outstanding_message_count < self.prefetch:
            self._hints.wait_for_ring(self.queue_name)
        else:
            self._acknowledged.wait(_BLOCK_S)

    def ack(self, message: Any) -> None:
        """Acknowledge if possible: an unacknowledged hint is delivered again at worst, and then claims nothing."""
        self._try(super().ack, message)
        self._acknowledged.set()

    def nack(self, message: Any) -> None:
        """Reject if possible."""
        self._try(super().nack, message)
        self._acknowledged.set()

    def requeue(self, messages: Any) -> None:
        """Put fetched hints back if possible: lost ones are sent again by the dispatcher."""
        self._try(super().requeue, messages)

    def close(self) -> None:
        """End a pause."""
        self._closed.set()
        self._acknowledged.set()

    def _try(self, command: Any, argument: Any) -> None:
        try:
            command(argument)
        except (redis.RedisError, BrokerConnectionError) as error:
            log.warning("redis_away", queue=self.queue_name, error=str(error))


def make_broker(redis_url: str) -> HintBroker:
    """A broker over its own connections. The row is the one retry authority, so Dramatiq never retries."""
    # JSON alone: whoever can write to Redis could run code through pickle.
    dramatiq.set_encoder(dramatiq.JSONEncoder())
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=5,
        socket_connect_timeout=2,
        # One more try at once finds out that a pooled connection was to a Redis that has been restarted.
        retry=Retry(NoBackoff(), 1),
    )
    # Without Retries a failed message counts as done; with it, as dead. No Prometheus middleware: it listens on all addresses.
    middleware = [TimeLimit(), Retries(max_retries=0)]
    return HintBroker(client=client, namespace=NAMESPACE, middleware=middleware)  # type: ignore[no-untyped-call]


def hint_message(hint: Hint) -> dramatiq.Message[None]:
    """The message for a job, built by hand so that the dispatcher needs no actor code: an id and nothing else."""
    return dramatiq.Message(queue_name=hint.queue, actor_name=hint.kind, args=(str(hint.id),), kwargs={}, options={})
