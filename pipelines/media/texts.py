"""Captions on a video's way: what a version that has just been planned gets, and what its source brings along."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.media import MediaInfo
from db.jobs import ClaimedJob
from domain import captions
from pipelines.media import flow
from transcoding.subtitles import text_streams


async def after_inspection(session: AsyncSession, job: ClaimedJob, version_id: UUID, info: MediaInfo) -> None:
    """Make text tracks of the captions that are there, and extract those of the source, once in the life of an asset."""
    asset_id = UUID(str(job.payload["asset_id"]))
    await flow.texts_due(session, job, version_id, await captions.missing(session, asset_id, version_id))
    if text_streams(info) and not await captions.ever_live(session, asset_id):
        await flow.extraction_due(session, job, version_id)
