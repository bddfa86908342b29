"""Reads of files of lessons: whose they are, what uses them, and what is delivered of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import File, Lesson, Upload


@dataclass(frozen=True, slots=True)
class Delivered:
    """What delivery has to know of a file that is ready."""

    key: str
    filename: str
    media_type: str
    inline: bool


async def by_id(session: AsyncSession, file_id: UUID) -> File | None:
    """The file with this id."""
    return await session.get(File, file_id)


async def locked(session: AsyncSession, file_id: UUID) -> File | None:
    """The same, its row locked until the transaction ends."""
    return await session.get(File, file_id, with_for_update=True, populate_existing=True)


async def listed(
    session: AsyncSession, *, owner_id: UUID | None = None, course_id: UUID | None = None, before: UUID | None, limit: int
) -> Sequence[File]:
    """Files of this owner, of this course, or both; newest first, older than `before`."""
    query = select(File).order_by(File.id.desc()).limit(limit)
    if owner_id is not None:
        query = query.where(File.owner_id == owner_id)
    if course_id is not None:
        query = query.where(File.course_id == course_id)
    if before is not None:
        query = query.where(File.id < before)
    return (await session.scalars(query)).all()


async def used_by(session: AsyncSession, file: File) -> Sequence[Lesson]:
    """The lessons that are made of the file or show it in their text."""
    shown = Lesson.body.ilike(f"%file:{file.id}%")
    in_course = (Lesson.course_id == file.course_id) & shown
    return (await session.scalars(select(Lesson).where(or_(Lesson.file_id == file.id, in_course)).order_by(Lesson.id))).all()


async def pictures(session: AsyncSession, course_id: UUID, file_ids: Collection[UUID]) -> Sequence[File]:
    """Those of the files that belong to the course and can be shown in place."""
    if not file_ids:
        return []
    shown = File.inline.is_(True) & File.key.is_not(None)
    return (await session.scalars(select(File).where(File.id.in_(file_ids), File.course_id == course_id, shown))).all()


async def delivered(session: AsyncSession, file_id: UUID) -> Delivered | None:
    """What is served of the file; None unless it is ready."""
    query = select(File.key, File.filename, File.media_type, File.inline).where(File.id == file_id, File.key.is_not(None))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Delivered(*row)


async def open_uploads(session: AsyncSession, file_id: UUID) -> Sequence[Upload]:
    """Uploads of the file that were never completed."""
    return (await session.scalars(select(Upload).where(Upload.file_id == file_id, Upload.completed_at.is_(None)))).all()
