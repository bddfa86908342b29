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
from db.queries import versions as queries
from domain import media
from pipelines.context import StepContext
from pipelines.media import flow, source
from pipelines.media.growing import Keeper
from pipelines.media.subject import Subject
from storage import keys
from transcoding.check import is_damaged
from transcoding.copy import OnPart
from transcoding.playlists import complete
from transcoding.tools import Tools
from transcoding.verify import BadOutput
from transcoding.watch import Watch

_log = get_logger(__name__)
_TRIES = 2

Copy = Callable[[Tools, Path, Plan, Path, str, OnPart, Watch], None]


class Outcome(msgspec.Struct, frozen=True):
    """Why the source does not fit the fast lane; None: it does."""

    asset_id: UUID
    version_id: UUID
    unfit: str | None = None


def copy(ctx: StepContext, subject: Subject, run: Copy, *, to_end: bool) -> Outcome:
    """Run one of the two copies; with the one `to_end` all copied tracks are there."""
    version, keeper = subject.version, Keeper(ctx, subject.version)
    prefix = keys.chunk_file_prefix(0, ctx.job.token)
    try:
        with source.planned(ctx, subject.source, subject.plan) as path:
            run(ctx.tools, path, subject.plan, ctx.scratch, prefix, keeper.keep, ctx.watch)
            if to_end:
                _demand_whole(ctx, subject, path)
    except (BadOutput, BadMedia, Transient) as bad:
        if isinstance(bad, Transient) and not _is_sources_fault(bad, ctx.job.attempt):
            raise
        return Outcome(version.asset_id, version.version_id, str(bad))
    return Outcome(version.asset_id, version.version_id)


def _is_sources_fault(bad: Transient, attempt: int) -> bool:
    """ffmpeg may fail once for reasons of the machine's; a source that it can't copy twice may still be encoded."""
    return bad.code == "media.init_mismatch" or (bad.code == "transcode.failed" and attempt >= _TRIES)


def copied_tracks(plan: Plan) -> list[str]:
    """The names of the tracks whose packets are the source's."""
    return [rung.name for rung in plan.rungs if rung.copied] + [sound.name for sound in plan.sounds if sound.copied]


def _demand_whole(ctx: StepContext, subject: Subject, path: Path) -> None:
    """Raise BadOutput when a copied track ends early, or when nothing else will find out that the source is damaged."""
    plan, version_id = subject.plan, subject.version.version_id
    facts = ctx.transaction(lambda session: queries.version_facts(session, version_id))
    if facts is not None and not complete({name: facts.parts[name] for name in copied_tracks(plan)}, plan):
        raise BadOutput("a copied track ends before the source does")
    if all(rung.copied for rung in plan.rungs) and is_damaged(ctx.tools, path, plan.duration_s, ctx.watch):
        raise BadOutput("the source is damaged")


async def record(session: AsyncSession, job: ClaimedJob, result: Outcome) -> None:
    """Nothing more, or the other way: a version without a copied rung."""
    if result.unfit is not None:
        await leave_fast_lane(session, job, result.unfit)


async def leave_fast_lane(session: AsyncSession, job: ClaimedJob, why: str = "the source is damaged") -> bool:
    """Begin again with everything encoded; False when the version of the job has no copied rung."""
    asset_id, version_id = UUID(str(job.payload["asset_id"])), UUID(str(job.payload["version_id"]))
    plan = await queries.version_plan(session, version_id)
    if plan is None or plan.copied_rung is None:
        return False
    _log.warning("fast lane left", asset_id=str(asset_id), why=why)
    await media.replan(session, asset_id, pipeline_id=flow.pipeline_of(job), by=job.id)
    return True
