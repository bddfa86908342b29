"""Work on an upload before its last byte has arrived: a version is begun, which counts only when the whole file is there."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Interrupted
from core.jobs import JobRequest
from core.media import AssetOptions, MediaInfo, Plan
from core.media_jobs import BEGIN_EARLY, EARLY, OfUpload
from db import jobs
from db.models import Asset, AssetState, Upload, Version, VersionState
from db.queries import media as queries
from db.queries import pipelines
from domain import media

# Smaller files are there before anything of them could be made.
HEAD_BYTES = 4 * 2**20


async def begin(session: AsyncSession, upload: Upload, now: datetime) -> None:
    """Have the head of a growing upload looked at, unless that is going on already; of a file nothing is."""
    if upload.asset_id is None or upload.inspected_at is not None or not HEAD_BYTES <= upload.offset < upload.length:
        return
    upload.inspected_at = now
    pipeline_id = await jobs.add_pipeline(session, EARLY, subject_id=upload.asset_id, owner_id=upload.owner_id)
    await jobs.add(session, JobRequest(BEGIN_EARLY, OfUpload(upload.asset_id, upload.id), pipeline_id=pipeline_id))


async def look_again(session: AsyncSession, upload_id: str) -> None:
    """Too little has arrived: the next bytes bring another look."""
    upload = await session.get(Upload, upload_id, with_for_update=True)
    if upload is not None and upload.completed_at is None:
        upload.inspected_at = None


async def planned(session: AsyncSession, asset_id: UUID, info: MediaInfo, plan: Plan) -> UUID:
    """Begin a version of an asset that is still uploading, or go on with the one that an attempt before has begun.

    Raises Interrupted when the asset is not uploading any more.
    """
    asset = await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    if asset is None or asset.state is not AssetState.UPLOADING:
        raise Interrupted("media.not_wanted", "The upload has ended; the whole file is worked on.")
    await media.keep_source(session, asset, info)
    begun = await begun_version(session, asset_id)
    if begun is not None and msgspec.convert(begun.plan, Plan) == plan:
        return begun.id
    if begun is not None:
        await media.drop_building(session, asset, after=[])
    return await media.begin_version(session, asset, plan)


async def begun_version(session: AsyncSession, asset_id: UUID) -> Version | None:
    """The version that was begun early, if there is one."""
    found = await queries.versions_in(session, asset_id, VersionState.BUILDING)
    return found[0] if found else None


async def adopted(session: AsyncSession, asset_id: UUID, version_id: UUID) -> bool:
    """The whole file is what its head promised, so the version counts, with the parts that it has now.

    False when it has been given up meanwhile, or its owner has thought otherwise about encryption.
    """
    # A sound grows segment by segment: were its last part of the head still to come, the copy of the rest would miss it.
    await _stop(session, asset_id)
    asset, version = await media.lock_version(session, asset_id, version_id)
    encrypted = msgspec.convert(asset.options, AssetOptions).encrypted
    if version.state is not VersionState.BUILDING or (version.content_key is not None) != encrypted:
        return False
    if asset.state is AssetState.UPLOADED:
        asset.state = AssetState.PROCESSING
    await session.flush()
    return True


async def dropped(session: AsyncSession, asset_id: UUID) -> None:
    """What was begun early is of no use: it is worked on no longer, and its objects go."""
    if await begun_version(session, asset_id) is None:
        return
    running = await _stop(session, asset_id)
    asset = await session.get_one(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    await media.drop_building(session, asset, after=running)


async def _stop(session: AsyncSession, asset_id: UUID) -> list[UUID]:
    """Nothing more is made of what has arrived so far; returns the jobs that still run, whose work counts no longer."""
    running: list[UUID] = []
    for pipeline_id in await pipelines.open_pipelines(session, EARLY, asset_id):
        running += await jobs.cancel_pipeline(session, pipeline_id)
    return running
