"""Pictures that people bring or choose: the poster of an asset, the avatar of a user, the cover of a course.

A new picture shows once a job has rendered it; until then, and when that fails, the one before stays. Each thing has at most
one picture that shows and one on its way. Avatars and covers are public once they are rendered; what was uploaded never is.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.image_jobs import NORMALISE, TAKE_FRAME, OfFrame, OfPicture, Outcome
from core.jobs import JobRequest
from core.media_jobs import CLEANUP, PICTURES, REMOVE_OBJECTS, Removal
from db import caches, jobs
from db.models import Asset, Course, Picture, PictureState, User, Version
from db.queries import pictures as queries

POSTER, AVATAR, COVER = "poster", "avatar", "cover"

Subject = Asset | User | Course

# What a picture may be of, and the column that says which one shows.
_SUBJECTS: dict[str, tuple[type[Subject], str]] = {
    POSTER: (Asset, "poster_id"),
    AVATAR: (User, "avatar_id"),
    COVER: (Course, "cover_id"),
}

# Lists show addresses of a picture for so long.
_STILL_SHOWN = timedelta(hours=1)


async def upload_picture(
    session: AsyncSession, purpose: str, subject_id: UUID, owner_id: UUID, picture_id: UUID, original_key: str
) -> Picture:
    """A picture lies in storage at `original_key`: have it rendered, to be the subject's poster, avatar or cover.

    Raises Refused `asset.not_found`, `user.not_found`, `course.not_found`.
    """
    subject = await _lock(session, purpose, subject_id)
    picture = Picture(id=picture_id, owner_id=owner_id, original_key=original_key)
    await _announce(session, purpose, subject, picture)
    pipeline_id = await jobs.add_pipeline(session, PICTURES, subject_id=subject_id, owner_id=owner_id)
    of = OfPicture(picture.id, subject_id, purpose)
    await jobs.add(session, JobRequest(NORMALISE, of, pipeline_id=pipeline_id))
    return picture


async def upload_poster(session: AsyncSession, asset_id: UUID, owner_id: UUID, picture_id: UUID, original_key: str) -> Picture:
    """The same for a poster. Raises Refused `asset.not_found`."""
    return await upload_picture(session, POSTER, asset_id, owner_id, picture_id, original_key)


async def pick_poster(session: AsyncSession, asset_id: UUID, owner_id: UUID, at_s: float) -> Picture:
    """Have the frame that is shown `at_s` seconds after the start made the asset's poster.

    Raises Refused `asset.not_found`, `poster.beyond_end`, and (CONFLICT) `asset.not_playable`, `poster.no_original`,
    `poster.no_video`.
    """
    asset = await _lock(session, POSTER, asset_id)
    assert isinstance(asset, Asset)
    version = await session.get(Version, asset.playable_version_id) if asset.playable_version_id else None
    if version is None:
        raise Refused("asset.not_playable", "There is nothing to play yet.", kind=ErrorKind.CONFLICT)
    if asset.original_key is None:
        raise Refused("poster.no_original", "The uploaded file is gone.", kind=ErrorKind.CONFLICT)
    if not version.plan["rungs"]:
        raise Refused("poster.no_video", "There is no picture in this asset.", kind=ErrorKind.CONFLICT)
    if not 0 <= at_s <= version.plan["duration_s"]:
        raise Refused("poster.beyond_end", "There is nothing at this time.", kind=ErrorKind.UNPROCESSABLE)
    picture = await _announce(session, POSTER, asset, Picture(id=new_id(), owner_id=owner_id))
    pipeline_id = await jobs.add_pipeline(session, PICTURES, subject_id=asset_id, owner_id=owner_id)
    of = OfFrame(picture.id, asset_id, version.id, at_s)
    await jobs.add(session, JobRequest(TAKE_FRAME, of, pipeline_id=pipeline_id))
    return picture


async def automatic_poster(session: AsyncSession, asset_id: UUID) -> None:
    """Go back to the poster that was found in the video. Raises Refused `asset.not_found`."""
    await remove_picture(session, POSTER, asset_id)


async def remove_picture(session: AsyncSession, purpose: str, subject_id: UUID, *, at_once: bool = False) -> None:
    """Show none, and forget those that are on their way; `at_once`: also where pages still show the address.

    Raises Refused as `upload_picture`. Whoever deletes a subject calls this first.
    """
    subject = await _lock(session, purpose, subject_id)
    await _show(session, purpose, subject, None)
    found = await queries.of_subject(session, purpose, subject_id)
    await _forget(session, subject, found, timedelta() if at_once else _STILL_SHOWN)


async def rendered(session: AsyncSession, purpose: str, subject_id: UUID, picture_id: UUID, outcome: Outcome) -> None:
    """The job is done: the picture shows from now on, or it is known why not. One that nobody wants any more goes."""
    subject = await _found(session, purpose, subject_id)
    picture = await session.get(Picture, picture_id, populate_existing=True)
    if subject is None:
        # Deleting an asset has cancelled the job and will remove what was stored; what is public lies elsewhere.
        if purpose != POSTER:
            await _remove_objects(session, subject_id, None, [picture_id], timedelta())
        return
    if picture is None:
        await _remove_objects(session, subject_id, _owner(subject), [picture_id], timedelta())
    elif outcome.files:
        picture.state, picture.files = PictureState.READY, msgspec.to_builtins(outcome.files)
        await _show(session, purpose, subject, picture_id)
        found = await queries.of_subject(session, purpose, subject_id)
        await _forget(session, subject, [other for other in found if other.id < picture_id])
    else:
        picture.state, picture.failure_code, picture.failure_message = PictureState.FAILED, outcome.code, outcome.message
    await session.flush()


async def _announce(session: AsyncSession, purpose: str, subject: Subject, picture: Picture) -> Picture:
    """Keep a picture that is to be rendered, in place of those that never came to show."""
    found = await queries.of_subject(session, purpose, subject.id)
    shown = getattr(subject, _SUBJECTS[purpose][1])
    await _forget(session, subject, [other for other in found if other.id != shown])
    picture.purpose, picture.subject_id, picture.state = purpose, subject.id, PictureState.UPLOADED
    session.add(picture)
    await session.flush()
    return picture


async def _show(session: AsyncSession, purpose: str, subject: Subject, picture_id: UUID | None) -> None:
    column = _SUBJECTS[purpose][1]
    if getattr(subject, column) == picture_id:
        return
    setattr(subject, column, picture_id)
    if isinstance(subject, Course):
        subject.revision += 1
        subject.updated_at = utc_now()
    if purpose != POSTER:
        # Courses show their covers and the faces of those who teach them.
        caches.touch(session, caches.CATALOG)
    await session.flush()


async def _forget(
    session: AsyncSession, subject: Subject, pictures: Sequence[Picture], delay: timedelta = _STILL_SHOWN
) -> None:
    if not pictures:
        return
    for picture in pictures:
        await session.delete(picture)
    await session.flush()
    await _remove_objects(session, subject.id, _owner(subject), [picture.id for picture in pictures], delay)


async def _remove_objects(
    session: AsyncSession, subject_id: UUID, owner_id: UUID | None, picture_ids: Sequence[UUID], delay: timedelta
) -> None:
    removal = Removal(subject_id, "pictures", tuple(picture_ids))
    pipeline_id = await jobs.add_pipeline(session, CLEANUP, subject_id=subject_id, owner_id=owner_id)
    run_at = utc_now() + delay if delay else None
    await jobs.add(session, JobRequest(REMOVE_OBJECTS, removal, pipeline_id=pipeline_id, run_at=run_at))


def _owner(subject: Subject) -> UUID:
    return subject.id if isinstance(subject, User) else subject.owner_id


async def _lock(session: AsyncSession, purpose: str, subject_id: UUID) -> Subject:
    subject = await _found(session, purpose, subject_id)
    if subject is None:
        name = _SUBJECTS[purpose][0].__name__.lower()
        raise Refused(f"{name}.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    return subject


async def _found(session: AsyncSession, purpose: str, subject_id: UUID) -> Subject | None:
    """The subject, its row locked and as it is after the wait."""
    model, _ = _SUBJECTS[purpose]
    found: Any = await session.get(model, subject_id, with_for_update={"key_share": True}, populate_existing=True)
    return cast("Subject | None", found)
