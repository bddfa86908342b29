"""The job engine's statements. Callers write `from db import jobs`, then `jobs.add(session, ...)`.

Every function works inside the caller's transaction and never commits. docs/states.md draws the states, docs/engine.md tells
the rest.
"""

from db.jobs.cancel import cancel_job, cancel_pipeline
from db.jobs.claim import claim, renew, unhint
from db.jobs.dispatch import census, depths, pick, promote
from db.jobs.edges import Edge, add_edges
from db.jobs.enqueue import add, add_many, add_pipeline
from db.jobs.express import Express
from db.jobs.finish import backoff_s, cancel, complete, discard, give_back, retry, snooze
from db.jobs.fleet import beat, forget_silent, sign_off
from db.jobs.locks import fence, wake
from db.jobs.pauses import PauseInfo, list_pauses, pause, resume
from db.jobs.prune import prune
from db.jobs.redrive import redrive
from db.jobs.rescue import expire_leases, expired, rescue
from db.jobs.schedule import fire_due, put_schedule
from db.jobs.types import Census, ClaimedJob, Fence, Hint, Hold, JobError

__all__ = [
    "Census",
    "ClaimedJob",
    "Edge",
    "Express",
    "Fence",
    "Hint",
    "Hold",
    "JobError",
    "PauseInfo",
    "add",
    "add_edges",
    "add_many",
    "add_pipeline",
    "backoff_s",
    "beat",
    "cancel",
    "cancel_job",
    "cancel_pipeline",
    "census",
    "claim",
    "complete",
    "depths",
    "discard",
    "expire_leases",
    "expired",
    "fence",
    "fire_due",
    "forget_silent",
    "give_back",
    "list_pauses",
    "pause",
    "pick",
    "promote",
    "prune",
    "put_schedule",
    "redrive",
    "renew",
    "rescue",
    "resume",
    "retry",
    "sign_off",
    "snooze",
    "unhint",
    "wake",
]
