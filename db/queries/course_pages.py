"""Reads for machines that look at the site: previews, and every published course for the sitemap."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState
from db.models import Course, Lesson


async def previewed(session: AsyncSession, lesson_id: UUID) -> Row[Any] | None:
    """A lesson that anyone may see: `title`, `body`, and its course's `slug`, `course_title`, `language`."""
    query = (
        select(Lesson.title, Lesson.body, Course.slug, Course.title.label("course_title"), Course.language)
        .join(Course, Course.id == Lesson.course_id)
        .where(Lesson.id == lesson_id, Lesson.preview.is_(True), Course.state == CourseState.PUBLISHED)
    )
    return (await session.execute(query)).one_or_none()


async def published(session: AsyncSession, *, begin: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """`slug` and `updated_at` of published courses, oldest first, from the course `begin` on."""
    query = select(Course.slug, Course.updated_at).where(Course.state == CourseState.PUBLISHED)
    if begin is not None:
        query = query.where(Course.id >= begin)
    return (await session.execute(query.order_by(Course.id).limit(limit))).all()


async def beginnings(session: AsyncSession, size: int) -> Sequence[UUID]:
    """The first course of every `size` published ones, oldest first."""
    place = func.row_number().over(order_by=Course.id).label("place")
    numbered = select(Course.id, place).where(Course.state == CourseState.PUBLISHED).subquery()
    query = select(numbered.c.id).where(numbered.c.place % size == 1).order_by(numbered.c.id)
    return (await session.scalars(query)).all()
