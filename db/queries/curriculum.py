"""Reads of modules and lessons: in their order, and of what lessons are made of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, File, Lesson, LessonPrerequisite, Module, Quiz


async def modules(session: AsyncSession, course_id: UUID) -> Sequence[Module]:
    """The modules of a course, in order."""
    return (await session.scalars(select(Module).where(Module.course_id == course_id).order_by(Module.position))).all()


async def lessons(session: AsyncSession, course_id: UUID) -> Sequence[Lesson]:
    """The lessons of a course, in order."""
    query = select(Lesson).join(Module, Module.id == Lesson.module_id).where(Lesson.course_id == course_id)
    return (await session.scalars(query.order_by(Module.position, Lesson.position))).all()


async def module_positions(session: AsyncSession, course_id: UUID) -> list[tuple[UUID, str]]:
    """Id and key of each module of a course, in order."""
    query = select(Module.id, Module.position).where(Module.course_id == course_id).order_by(Module.position)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def lesson_positions(session: AsyncSession, module_id: UUID) -> list[tuple[UUID, str]]:
    """Id and key of each lesson of a module, in order."""
    query = select(Lesson.id, Lesson.position).where(Lesson.module_id == module_id).order_by(Lesson.position)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def count_lessons(session: AsyncSession, course_id: UUID) -> int:
    """How many lessons the course has; no course has so many that counting would be slow."""
    return await session.scalar(select(func.count()).where(Lesson.course_id == course_id)) or 0


async def uses_asset(session: AsyncSession, course_id: UUID, asset_id: UUID) -> bool:
    """Whether a lesson of the course shows the asset already."""
    return bool(await session.scalar(select(exists().where(Lesson.course_id == course_id, Lesson.asset_id == asset_id))))


async def has_quiz(session: AsyncSession, course_id: UUID, quiz_id: UUID) -> bool:
    """Whether the quiz is the course's."""
    return bool(await session.scalar(select(exists().where(Quiz.id == quiz_id, Quiz.course_id == course_id))))


async def has_assignment(session: AsyncSession, course_id: UUID, assignment_id: UUID) -> bool:
    """Whether the assignment is the course's."""
    found = exists().where(Assignment.id == assignment_id, Assignment.course_id == course_id)
    return bool(await session.scalar(select(found)))


async def locked_file(session: AsyncSession, file_id: UUID) -> File | None:
    """The file with this id, which nobody else gives to a course or deletes until the transaction ends."""
    return await session.get(File, file_id, with_for_update={"key_share": True}, populate_existing=True)


async def lesson_prerequisites(session: AsyncSession, course_id: UUID) -> dict[UUID, list[UUID]]:
    """What each lesson of the course requires, by its id."""
    query = (
        select(LessonPrerequisite.lesson_id, LessonPrerequisite.required_id)
        .join(Lesson, Lesson.id == LessonPrerequisite.lesson_id)
        .where(Lesson.course_id == course_id)
        .order_by(LessonPrerequisite.lesson_id, LessonPrerequisite.required_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for lesson_id, required_id in await session.execute(query):
        found.setdefault(lesson_id, []).append(required_id)
    return found
