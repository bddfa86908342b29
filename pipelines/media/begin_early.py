"""Begins with an upload before its last byte has arrived: its head is planned and segmented by copy.

Only for sources that take the fast lane and whose index comes first. All others wait for the whole file and lose nothing.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AulaError, Interrupted
from core.logging import get_logger
from core.media_jobs import OfUpload
from db.jobs import ClaimedJob
from db.models import Upload
from db.queries import uploads as queries
from db.queries import versions
from domain import early
from pipelines.context import StepContext
from pipelines.media.growing import Keeper
from storage import keys
from transcoding.copy import copy_head
from transcoding.early import NotYet, demand_head, look
from transcoding.probe import Limits
from transcoding.verify import BadOutput

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the next bytes should bring another look."""

    of: OfUpload
    again: bool


async def load(session: AsyncSession, job: ClaimedJob) -> Upload:
    """The upload as it stands."""
    upload = await queries.by_id(session, msgspec.convert(job.payload, OfUpload).upload_id)
    if upload is None or upload.completed_at is not None:
        raise Interrupted("media.not_wanted", "The upload has ended; the whole file is worked on.")
    return upload


def work(ctx: StepContext, upload: Upload) -> Outcome:
    """Look, plan, copy the head; parts are committed one by one and wait for the whole file."""
    of = msgspec.convert(ctx.job.payload, OfUpload)
    path = ctx.storage.partial_path(upload.key, upload.storage_state)
    if path is None:
        return Outcome(of, again=False)
    try:
        prepared = look(ctx.tools, path, upload.length, Limits.of(ctx.settings.media), ctx.scratch, ctx.watch)
        if prepared is None:
            return Outcome(of, again=False)
        demand_head(path, prepared.plan, upload.length)
    except (NotYet, FileNotFoundError):
        return Outcome(of, again=True)
    version_id = ctx.transaction(lambda session: early.planned(session, of.asset_id, prepared.info, prepared.plan))
    facts = ctx.transaction(lambda session: versions.version_facts(session, version_id))
    if facts is None:
        raise Interrupted("media.not_wanted", "The version is gone.")
    keeper = Keeper(ctx, facts, publish=False)
    try:
        copy_head(ctx.tools, path, prepared.plan, ctx.scratch, keys.chunk_file_prefix(0, ctx.job.token), keeper.keep, ctx.watch)
    except (BadOutput, AulaError) as error:
        if isinstance(error, Interrupted):
            raise
        # Whoever looks at the whole file will find that the head is not whole, and begin anew.
        _log.warning("early head not kept", asset_id=str(of.asset_id), why=str(error))
    return Outcome(of, again=False)


async def record(session: AsyncSession, _: ClaimedJob, result: Outcome) -> None:
    """Too early: look again with the next bytes."""
    if result.again:
        await early.look_again(session, result.of.upload_id)
