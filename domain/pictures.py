"""Posters that owners bring or choose: the only writer of pictures and of an asset's poster.

A new picture shows once a job has rendered it; until then, and when that fails, the one before stays. An asset has at most one
poster that shows and one that is on its way.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.image_jobs import NORMALISE, TAKE_FRAME, OfFrame, OfPicture, Outcome
from core.jobs import JobRequest
from core.media_jobs import CLEANUP, PICTURES, REMOVE_OBJECTS, Removal
from db import jobs
from db.models import Asset, Picture, PictureState, Version
from db.queries import pictures as queries

POSTER = "poster"

# Lists show addresses of a poster for so long.
_STILL_SHOWN = timedelta(hours=1)


async def upload_poster(session: AsyncSession, asset_id: UUID, owner_id: UUID, picture_id: UUID, original_key: str) -> Picture:
    """A picture lies in storage at `original_key`: have it rendered, to be the asset's poster.

    Raises Refused `asset.not_found`.
    """
    asset = await _lock(session, asset_id)
    picture = await _announce(session, asset, Picture(id=picture_id, owner_id=owner_id, original_key=original_key))
    pipeline_id = await jobs.add_pipeline(session, PICTURES, subject_id=asset_id, owner_id=owner_id)
    await jobs.add(session, JobRequest(NORMALISE, OfPicture(picture.id, asset_id), pipeline_id=pipeline_id))
    return picture


async def pick_poster(session: AsyncSession, asset_id: UUID, owner_id: UUID, at_s: float) -> Picture:
    """Have the frame that is shown `at_s` seconds after the start made the asset's poster.

    Raises Refused `asset.not_found`, `poster.beyond_end`, and (CONFLICT) `asset.not_playable`, `poster.no_original`,
    `poster.no_video`.
    """
    asset = await _lock(session, asset_id)
    version = await session.get(Version, asset.playable_version_id) if asset.playable_version_id else None
    if version is None:
        raise Refused("asset.not_playable", "There is nothing to play yet.", kind=ErrorKind.CONFLICT)
    if asset.original_key is None:
        raise Refused("poster.no_original", "The uploaded file is gone.", kind=ErrorKind.CONFLICT)
    if not version.plan["rungs"]:
        raise Refused("poster.no_video", "There is no picture in this asset.", kind=ErrorKind.CONFLICT)
    if not 0 <= at_s <= version.plan["duration_s"]:
        raise Refused("poster.beyond_end", "There is nothing at this time.")
    picture = await _announce(session, asset, Picture(id=new_id(), owner_id=owner_id))
    pipeline_id = await jobs.add_pipeline(session, PICTURES, subject_id=asset_id, owner_id=owner_id)
    of = OfFrame(picture.id, asset_id, version.id, at_s)
    await jobs.add(session, JobRequest(TAKE_FRAME, of, pipeline_id=pipeline_id))
    return picture


async def automatic_poster(session: AsyncSession, asset_id: UUID) -> None:
    """Go back to the poster that was found in the video. Raises Refused `asset.not_found`."""
    asset = await _lock(session, asset_id)
    asset.poster_id = None
    await session.flush()
    await _forget(session, asset, await queries.of_subject(session, POSTER, asset_id))


async def rendered(session: AsyncSession, asset_id: UUID, picture_id: UUID, outcome: Outcome) -> None:
    """The job is done: the picture shows from now on, or it is known why not. One that nobody wants any more goes."""
    asset = await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    if asset is None:
        # Deleting it has cancelled the job and will remove what was stored.
        return
    picture = await session.get(Picture, picture_id, populate_existing=True)
    if picture is None:
        await _remove_objects(session, asset, [picture_id], timedelta())
    elif outcome.files:
        picture.state, picture.files = PictureState.READY, msgspec.to_builtins(outcome.files)
        asset.poster_id = picture_id
        await session.flush()
        found = await queries.of_subject(session, POSTER, asset_id)
        await _forget(session, asset, [other for other in found if other.id < picture_id])
    else:
        picture.state, picture.failure_code, picture.failure_message = PictureState.FAILED, outcome.code, outcome.message
    await session.flush()


async def _announce(session: AsyncSession, asset: Asset, picture: Picture) -> Picture:
    """Keep a picture that is to be rendered, in place of those that never came to show."""
    found = await queries.of_subject(session, POSTER, asset.id)
    await _forget(session, asset, [other for other in found if other.id != asset.poster_id])
    picture.purpose, picture.subject_id, picture.state = POSTER, asset.id, PictureState.UPLOADED
    session.add(picture)
    await session.flush()
    return picture


async def _forget(session: AsyncSession, asset: Asset, pictures: Sequence[Picture]) -> None:
    if not pictures:
        return
    for picture in pictures:
        await session.delete(picture)
    await session.flush()
    await _remove_objects(session, asset, [picture.id for picture in pictures], _STILL_SHOWN)


async def _remove_objects(session: AsyncSession, asset: Asset, picture_ids: Sequence[UUID], delay: timedelta) -> None:
    removal = Removal(asset.id, "pictures", tuple(picture_ids))
    pipeline_id = await jobs.add_pipeline(session, CLEANUP, subject_id=asset.id, owner_id=asset.owner_id)
    run_at = utc_now() + delay if delay else None
    await jobs.add(session, JobRequest(REMOVE_OBJECTS, removal, pipeline_id=pipeline_id, run_at=run_at))


async def _lock(session: AsyncSession, asset_id: UUID) -> Asset:
    asset = await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    if asset is None:
        raise Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    return asset
