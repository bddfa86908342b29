"""Reads of quizzes, questions and assignments, as their authors see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, Lesson, Question, Quiz


@dataclass(frozen=True, slots=True)
class QuizRow:
    """A quiz in a list."""

    id: UUID
    course_id: UUID
    title: str
    revision: int
    updated_at: datetime
    questions: int
    points: Decimal


async def quiz(session: AsyncSession, quiz_id: UUID, *, fresh: bool = False) -> Quiz | None:
    """The quiz with this id; `fresh`: as it stands, whatever this session has seen."""
    return await session.get(Quiz, quiz_id, populate_existing=fresh)


async def quizzes(session: AsyncSession, course_id: UUID, *, before: UUID | None, limit: int) -> list[QuizRow]:
    """The quizzes of a course, newest first, older than `before`, with what they hold."""
    questions, points = func.count(Question.id), func.coalesce(func.sum(Question.points), 0)
    columns = (Quiz.id, Quiz.course_id, Quiz.title, Quiz.revision, Quiz.updated_at)
    query = select(*columns, questions, points).outerjoin(Question, Question.quiz_id == Quiz.id)
    query = query.where(Quiz.course_id == course_id).group_by(Quiz.id).order_by(Quiz.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Quiz.id < before)
    return [QuizRow(*row) for row in await session.execute(query)]


async def question(session: AsyncSession, question_id: UUID, *, fresh: bool = False) -> Question | None:
    """The question with this id."""
    return await session.get(Question, question_id, populate_existing=fresh)


async def questions(session: AsyncSession, quiz_id: UUID) -> Sequence[Question]:
    """The questions of a quiz, in order."""
    return (await session.scalars(select(Question).where(Question.quiz_id == quiz_id).order_by(Question.position))).all()


async def question_positions(session: AsyncSession, quiz_id: UUID) -> list[tuple[UUID, str]]:
    """Id and key of each question of a quiz, in order."""
    query = select(Question.id, Question.position).where(Question.quiz_id == quiz_id).order_by(Question.position)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def assignment(session: AsyncSession, assignment_id: UUID, *, fresh: bool = False) -> Assignment | None:
    """The assignment with this id."""
    return await session.get(Assignment, assignment_id, populate_existing=fresh)


async def assignments(session: AsyncSession, course_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Assignment]:
    """The assignments of a course, newest first, older than `before`."""
    query = select(Assignment).where(Assignment.course_id == course_id).order_by(Assignment.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Assignment.id < before)
    return (await session.scalars(query)).all()


async def lesson_with_quiz(session: AsyncSession, quiz_id: UUID) -> str | None:
    """The title of a lesson that asks the quiz; None: there is none."""
    found: str | None = await session.scalar(select(Lesson.title).where(Lesson.quiz_id == quiz_id).limit(1))
    return found


async def lesson_with_assignment(session: AsyncSession, assignment_id: UUID) -> str | None:
    """The title of a lesson that sets the assignment; None: there is none."""
    found: str | None = await session.scalar(select(Lesson.title).where(Lesson.assignment_id == assignment_id).limit(1))
    return found
