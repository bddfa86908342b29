"""The file that viewers may save: when one is made, and when it goes again."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobRequest
from core.media import AssetOptions
from core.media_jobs import CLEANUP, DOWNLOAD, MAKE_DOWNLOAD, REMOVE_OBJECTS, OfVersion, Removal
from db import jobs
from db.models import Asset, Version, VersionState
from db.queries import media as queries
from domain import media


async def version_published(session: AsyncSession, asset_id: UUID) -> None:
    """A version has become the live one."""
    await settle(session, await session.get_one(Asset, asset_id))


async def settle(session: AsyncSession, asset: Asset) -> None:
    """Have the file of the live version made, or all files removed, as the options of the asset say. The asset is locked."""
    if not _wanted(asset):
        await _remove(session, asset)
        return
    version = await session.get(Version, asset.live_version_id) if asset.live_version_id else None
    # What is encrypted is not to be saved.
    if version is None or version.content_key is not None or version.download_key is not None:
        return
    pipeline_id = await jobs.add_pipeline(session, DOWNLOAD, subject_id=asset.id, owner_id=asset.owner_id)
    of, key = OfVersion(asset.id, version.id), f"download:{version.id}"
    await jobs.add(session, JobRequest(MAKE_DOWNLOAD, of, pipeline_id=pipeline_id, unique_key=key))


async def made(session: AsyncSession, asset_id: UUID, version_id: UUID, key: str) -> None:
    """The file is in storage; unless it is wanted no longer, viewers are told. Raises Interrupted `media.not_wanted`."""
    asset, version = await media.lock_version(session, asset_id, version_id)
    version.download_key = key
    await session.flush()
    if not _wanted(asset):
        await _remove(session, asset)


def _wanted(asset: Asset) -> bool:
    return msgspec.convert(asset.options, AssetOptions).download


async def _remove(session: AsyncSession, asset: Asset) -> None:
    states = (VersionState.LIVE, VersionState.RETIRED)
    found = [version for state in states for version in await queries.versions_in(session, asset.id, state)]
    saved = [version for version in found if version.download_key is not None]
    for version in saved:
        version.download_key = None
    await session.flush()
    if saved:
        removal = Removal(asset.id, "downloads", tuple(version.id for version in saved))
        pipeline_id = await jobs.add_pipeline(session, CLEANUP, subject_id=asset.id, owner_id=asset.owner_id)
        await jobs.add(session, JobRequest(REMOVE_OBJECTS, removal, pipeline_id=pipeline_id))
