"""What the two jobs of the fast lane share: copying, and leaving the lane when the source turns out not to fit it.

The plan comes from the source's own index. Where the packets contradict it (another resolution in mid-stream, a key frame that
is none, a damaged stretch), the copied rung can't be finished: the asset gets a new version with that rung encoded. Whoever
watches the old one goes on with what there is of it.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadMedia, Transient
from core.logging import get_logger
from core.media import Plan
from db.jobs import ClaimedJob
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.growing import Keeper
from pipelines.media.subject import Subject
from storage import keys
from transcoding.copy import OnPart
from transcoding.tools import Tools
from transcoding.verify import BadOutput
from transcoding.watch import Watch

_log = get_logger(__name__)

Copy = Callable[[Tools, Path, Plan, Path, str, OnPart, Watch], None]


class Outcome(msgspec.Struct, frozen=True):
    """Why the source does not fit the fast lane; None: it does."""

    asset_id: UUID
    version_id: UUID
    unfit: str | None = None


def copy(ctx: StepContext, subject: Subject, run: Copy) -> Outcome:
    """Run one of the two copies."""
    version, keeper = subject.version, Keeper(ctx, subject.version)
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    try:
        with source.planned(ctx, subject.source, subject.plan) as path:
            run(ctx.tools, path, subject.plan, ctx.scratch, prefix, keeper.keep, ctx.watch)
    except (BadOutput, BadMedia, Transient) as bad:
        if isinstance(bad, Transient) and bad.code != "media.init_mismatch":
            raise
        _log.warning("fast lane left", asset_id=str(version.asset_id), why=str(bad))
        return Outcome(version.asset_id, version.version_id, str(bad))
    return Outcome(version.asset_id, version.version_id)


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """Nothing more, or the other way: a version without a copied rung."""
    if result.unfit is not None:
        await media.replan(session, result.asset_id, pipeline_id=flow.pipeline_of(job), by=job.id)
