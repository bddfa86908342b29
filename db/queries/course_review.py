"""Reads for the review: whether lessons are complete, and what waits for a reviewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import LessonKind
from db.models import Asset, File, Lesson, Module, Question


@dataclass(frozen=True, slots=True)
class LessonParts:
    """Whether a lesson has what its kind takes."""

    id: UUID
    title: str
    kind: LessonKind
    written: bool
    playable: bool
    file_ready: bool
    questions: bool
    assignment: bool


async def lesson_parts(session: AsyncSession, course_id: UUID) -> Sequence[LessonParts]:
    """What the lessons of a course are made of, in order."""
    query = (
        select(
            Lesson.id,
            Lesson.title,
            Lesson.kind,
            func.btrim(Lesson.body, " \t\r\n") != "",
            Asset.playable_version_id.is_not(None),
            func.coalesce(File.state == "ready", False),
            exists().where(Question.quiz_id == Lesson.quiz_id),
            Lesson.assignment_id.is_not(None),
        )
        .join(Module, Module.id == Lesson.module_id)
        .outerjoin(Asset, Asset.id == Lesson.asset_id)
        .outerjoin(File, File.id == Lesson.file_id)
        .where(Lesson.course_id == course_id)
        .order_by(Module.position, Lesson.position)
    )
    return [LessonParts(*row) for row in await session.execute(query)]
