"""Removes the objects of a retired version, once its grace is over and nobody plays it any more."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.jobs import JobRequest
from core.logging import get_logger
from core.media_jobs import RETIRE_VERSION, OfVersion
from db import jobs
from db.jobs import ClaimedJob
from domain import retirement
from pipelines.context import StepContext
from storage import keys

_log = get_logger(__name__)
_PREFIXES = (keys.version_prefix, keys.stills_prefix, keys.downloads_prefix)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`again_s`: seconds until the version is to be looked at again; None: its objects are gone."""

    of: OfVersion
    again_s: float | None


def work(ctx: StepContext, of: OfVersion) -> Outcome:
    """Remove what nobody can ask for any more."""
    grace_s = ctx.settings.media.version_grace_s
    again_s = ctx.transaction(lambda session: retirement.release(session, of.version_id, grace_s))
    if again_s is None:
        removed = 0
        for prefix in (make(of.asset_id, of.version_id) for make in _PREFIXES):
            ctx.check()
            removed += ctx.storage.delete_prefix(prefix)
        _log.info("version removed", asset_id=str(of.asset_id), version_id=str(of.version_id), objects=removed)
    return Outcome(of, again_s)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """Forget its parts; or look again later, as a job of its own: no wait is too long for it."""
    if result.again_s is None:
        await retirement.removed(session, result.of.version_id)
        return
    run_at = utc_now() + timedelta(seconds=result.again_s)
    await jobs.add(session, JobRequest(RETIRE_VERSION, result.of, pipeline_id=job.pipeline_id, run_at=run_at))
