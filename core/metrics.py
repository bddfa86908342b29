"""Prometheus metrics of the job engine and their exporter, which listens on loopback alone."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from core.logging import get_logger

log = get_logger(__name__)

# From a few milliseconds (mail) to hours (long encodes).
_RUN_BUCKETS = (0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400)
_WAIT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600)

JOBS_ENQUEUED = Counter("aula_jobs_enqueued_total", "Jobs added and committed.", ["kind"])
JOBS_CLAIMED = Counter("aula_jobs_claimed_total", "Attempts started.", ["kind"])
JOBS_FINISHED = Counter("aula_jobs_finished_total", "Attempts ended, by the name of their ending.", ["kind", "ending"])
JOB_RUN_SECONDS = Histogram("aula_job_run_seconds", "From claim to end of an attempt.", ["kind"], buckets=_RUN_BUCKETS)
JOB_WAIT_SECONDS = Histogram("aula_job_wait_seconds", "From due to claimed.", ["kind"], buckets=_WAIT_BUCKETS)
LEASES_LOST = Counter("aula_leases_lost_total", "Attempts whose token was stale when they wanted to commit.", ["kind"])
JOBS_RESCUED = Counter("aula_jobs_rescued_total", "Running jobs taken back after their lease ran out or their worker died.")
HINTS_SENT = Counter("aula_hints_sent_total", "Wake-up hints sent to Redis.", ["queue"])
HINTS_RESENT = Counter("aula_hints_resent_total", "Hints that nobody took up and that were sent again.", ["queue"])
DISPATCH_SECONDS = Histogram("aula_dispatch_seconds", "One round of the dispatcher.", buckets=_WAIT_BUCKETS)
QUEUE_DEPTH = Gauge("aula_queue_depth", "Jobs by queue and state, as the leader counts them.", ["queue", "state"])
QUEUE_SLOTS = Gauge("aula_queue_slots_free", "Idle slots of live workers.", ["queue"])
IS_LEADER = Gauge("aula_dispatcher_leader", "1 where this process leads.")


def serve_metrics(port: int) -> None:
    """Expose this process's metrics at http://127.0.0.1:`port`/metrics from a daemon thread; 0: don't.

    A port that is taken (by another unit on this host) costs the metrics, not the process.
    """
    if not port:
        return
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        log.warning("metrics_not_served", port=port, error=str(error))
