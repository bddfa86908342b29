"""Tells the world that an asset is ready; until there are search and notifications, the world is the log."""

from core.logging import get_logger
from core.media_jobs import OfVersion
from pipelines.context import StepContext

_log = get_logger(__name__)


def work(ctx: StepContext, payload: OfVersion) -> None:
    """One line, for whoever watches."""
    _log.info("asset ready", asset_id=str(payload.asset_id), version_id=str(payload.version_id), trace_id=ctx.job.trace_id)
