"""Courses for tests of enrolment and playback, made in the database as authors would make them over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.catalog import CourseState, LessonKind
from core.ids import new_id
from db.models import Course, Lesson, Module

Sessions = async_sessionmaker[AsyncSession]
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class MadeCourse:
    """A course with one module."""

    id: UUID
    module_id: UUID
    slug: str


async def make_course(
    sessions: Sessions, owner_id: UUID, state: CourseState = CourseState.PUBLISHED, *, module: dict[str, Any] | None = None,
    **values: Any,
) -> MadeCourse:  # fmt: skip
    """A course of `owner_id`; `values` are its columns, `module` those of its module."""
    now = datetime.now(UTC)
    slug = f"made-{next(_numbers)}-{new_id().hex[-6:]}"
    published = state in (CourseState.PUBLISHED, CourseState.ARCHIVED)
    async with sessions.begin() as session:
        facts = {
            "title": "A made course",
            "published_at": now if published else None,
            "archived_at": now if state is CourseState.ARCHIVED else None,
            **values,
        }
        course = Course(owner_id=owner_id, slug=slug, state=state, **facts)
        session.add(course)
        await session.flush()
        first = Module(course_id=course.id, **{"title": "First", "position": "a1", **(module or {})})
        session.add(first)
        await session.flush()
    return MadeCourse(course.id, first.id, slug)


async def make_lesson(sessions: Sessions, course: MadeCourse, asset_id: UUID | None = None, **values: Any) -> UUID:
    """A video lesson of the course's module; `values` are its columns."""
    async with sessions.begin() as session:
        facts = {"title": "A lesson", "kind": LessonKind.VIDEO, "position": f"a{next(_numbers):06d}", **values}
        lesson = Lesson(course_id=course.id, module_id=course.module_id, asset_id=asset_id, **facts)
        session.add(lesson)
        await session.flush()
    return lesson.id
