"""Bare Dramatiq, for comparison: `python -m bench.bare REDIS_URL COUNT THREADS` drains COUNT messages and prints what it took.

The messages do nothing, nothing is recorded, nothing survives a crash: the upper limit for anything built on Dramatiq here.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker

_QUEUE = "bench-bare"


def _broker(redis_url: str) -> RedisBroker:
    # Without middleware: nothing but fetch, call, ack.
    return RedisBroker(url=redis_url, middleware=[], namespace="aula-bench")  # type: ignore[no-untyped-call]


def _message() -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=_QUEUE, actor_name="nothing", args=(), kwargs={}, options={})


def drain_rate(redis_url: str, count: int, threads: int) -> float:
    """Messages per second that a fresh worker process takes out of a queue holding `count` of them."""
    broker = _broker(redis_url)
    broker.declare_queue(_QUEUE)
    for _ in range(count):
        broker.enqueue(_message())
    broker.close()
    command = [sys.executable, "-m", "bench.bare", redis_url, str(count), str(threads)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return count / float(json.loads(done.stdout)["seconds"])


def _drain(redis_url: str, count: int, threads: int) -> float:
    broker = _broker(redis_url)
    began: list[float] = []
    left = threading.Semaphore(0)

    def nothing() -> None:
        if not began:
            began.append(time.monotonic())
        left.release()

    broker.declare_actor(
        dramatiq.Actor(nothing, broker=broker, actor_name="nothing", queue_name=_QUEUE, priority=0, options={})
    )
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=20)
    worker.start()
    for _ in range(count):
        left.acquire()
    seconds = time.monotonic() - began[0]
    worker.stop()
    broker.close()
    return seconds


if __name__ == "__main__":
    url, how_many, how_wide = sys.argv[1:]
    print(json.dumps({"seconds": _drain(url, int(how_many), int(how_wide))}))
