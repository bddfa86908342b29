"""Gives a course the modules, lessons, quizzes and assignments of a document, at once and in few statements."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Text, cast, delete, func, insert, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import positions
from core.assessments import kind_of, to_stored
from core.course_document import (
    AssignmentDocument,
    CourseDocument,
    LessonDocument,
    MediaReference,
    ModuleDocument,
    QuestionDocument,
    QuizDocument,
    uuid_of,
)
from core.ids import new_id
from db.models import Assignment, Course, Lesson, LessonPrerequisite, Module, Question, Quiz
from db.queries import course_documents as queries
from db.queries import curriculum

Row = TypeVar("Row", Module, Lesson, Quiz, Question, Assignment)


@dataclass(slots=True)
class Media:
    """Which videos and files a document's references stand for; what is not there is left open."""

    assets: dict[UUID, UUID] = field(default_factory=dict)
    files: dict[UUID, UUID] = field(default_factory=dict)
    by_name: Mapping[str, UUID] = field(default_factory=dict)
    """Videos by the names of their files, where a reference has no id."""

    def asset(self, reference: MediaReference | None) -> UUID | None:
        """The video that is meant."""
        if reference is None:
            return None
        return self.by_name.get(reference.filename) if reference.id is None else self.assets.get(reference.id)

    def file(self, reference: MediaReference | None) -> UUID | None:
        """The file that is meant."""
        return None if reference is None or reference.id is None else self.files.get(reference.id)


class _Rows:
    """The rows that the parts of a document become, by the parts' handles.

    Where the document is the course's own (`own`), handles are ids: rows that are there are changed, others come back under
    the id that they had.
    """

    def __init__(self, session: AsyncSession, *, own: bool) -> None:
        self._session = session
        self._own = own

    def place(self, model: Callable[..., Row], there: Mapping[UUID, Row], handle: str | None, values: Mapping[str, Any]) -> Row:
        """The row of one part, with these values."""
        identifier = uuid_of(handle) if self._own else None
        row = there.get(identifier) if identifier is not None else None
        if row is None:
            row = model(id=identifier or new_id(), **values)
            self._session.add(row)
        else:
            for name, value in values.items():
                setattr(row, name, value)
        return row


async def settle(session: AsyncSession, course: Course, document: CourseDocument, media: Media, *, own: bool) -> None:
    """Make the content of the locked course what `document` says. `own`: the document was written from this very course."""
    rows = _Rows(session, own=own)
    quizzes = await _settle_quizzes(session, course, document.quizzes, rows)
    assignments = await _settle_assignments(session, course, document.assignments, rows)
    await session.flush()
    modules, lessons = await _there(session, course) if own else ({}, {})
    placed = [
        rows.place(Module, modules, part.id, {"course_id": course.id, "position": position, **_module(part)})
        for part, position in zip(document.modules, positions.spread(len(document.modules)), strict=True)
    ]
    # Nothing tells the session that lessons come after their modules.
    await session.flush()
    kept: dict[str, Lesson] = {}
    staying = {module.id for module in placed}
    for module, part in zip(placed, document.modules, strict=True):
        for each, position in zip(part.lessons, positions.spread(len(part.lessons)), strict=True):
            values = {
                "course_id": course.id,
                "module_id": module.id,
                "position": position,
                **_lesson(each, media),
                "quiz_id": quizzes[each.quiz] if each.quiz else None,
                "assignment_id": assignments[each.assignment] if each.assignment else None,
            }
            lesson = rows.place(Lesson, lessons, each.id, values)
            staying.add(lesson.id)
            if each.id is not None:
                kept[each.id] = lesson
    await session.flush()
    await _drop(session, (*lessons.values(), *modules.values()), staying)
    await _settle_prerequisites(session, course, document.lessons, kept)


async def _there(session: AsyncSession, course: Course) -> tuple[dict[UUID, Module], dict[UUID, Lesson]]:
    """What the course has already, moved out of the way: no two rows may ever have one position."""
    for model in (Module, Lesson):
        aside = update(model).where(model.course_id == course.id).values(position=_aside(model.id))
        await session.execute(aside, execution_options={"synchronize_session": False})
    modules, lessons = await curriculum.modules(session, course.id), await curriculum.lessons(session, course.id)
    for row in (*modules, *lessons):
        # What the session remembers of them is what was: the same position has to be written again.
        session.expire(row, ["position"])
    return {row.id: row for row in modules}, {row.id: row for row in lessons}


def _aside(identifier: Any) -> Any:
    return func.concat(literal("!"), cast(identifier, Text))


async def _drop(session: AsyncSession, there: Iterable[Module | Lesson], staying: Collection[UUID]) -> None:
    for row in there:
        if row.id not in staying:
            await session.delete(row)
    await session.flush()


async def _settle_quizzes(
    session: AsyncSession, course: Course, documents: Sequence[QuizDocument], rows: _Rows
) -> dict[str, UUID]:
    there = {quiz.id: quiz for quiz in await queries.quizzes(session, course.id)}
    known = [quiz.id for document in documents if (quiz := _before(there, document.id)) is not None]
    if known:
        aside = update(Question).where(Question.quiz_id.in_(known)).values(position=_aside(Question.id))
        await session.execute(aside, execution_options={"synchronize_session": False})
    asked = [question for question in await queries.questions(session, course.id) if question.quiz_id in known]
    by_quiz: dict[UUID, dict[UUID, Question]] = {}
    for question in asked:
        by_quiz.setdefault(question.quiz_id, {})[question.id] = question
    made = {}
    for document in documents:
        made[document.id] = rows.place(Quiz, there, document.id, _quiz(course, document, _before(there, document.id))).id
    # Nothing tells the session that questions come after their quizzes.
    await session.flush()
    staying: set[UUID] = set()
    for document in documents:
        quiz_id = made[document.id]
        for part, position in zip(document.questions, positions.spread(len(document.questions)), strict=True):
            values = {"quiz_id": quiz_id, "position": position, **_question(part)}
            staying.add(rows.place(Question, by_quiz.get(quiz_id, {}), part.id, values).id)
    await session.flush()
    for question in asked:
        if question.id not in staying:
            await session.delete(question)
    return made


async def _settle_assignments(
    session: AsyncSession, course: Course, documents: Sequence[AssignmentDocument], rows: _Rows
) -> dict[str, UUID]:
    there = {assignment.id: assignment for assignment in await queries.assignments(session, course.id)}
    made = {}
    for document in documents:
        before = _before(there, document.id)
        made[document.id] = rows.place(Assignment, there, document.id, _assignment(course, document, before)).id
    return made


async def _settle_prerequisites(
    session: AsyncSession, course: Course, documents: Sequence[LessonDocument], kept: Mapping[str, Lesson]
) -> None:
    ours = [lesson.id for lesson in await curriculum.lessons(session, course.id)]
    await session.execute(delete(LessonPrerequisite).where(LessonPrerequisite.lesson_id.in_(ours)))
    pairs = {(kept[each.id].id, kept[required].id) for each in documents if each.id for required in each.requires}
    if pairs:
        values = [{"lesson_id": lesson, "required_id": required} for lesson, required in sorted(pairs)]
        await session.execute(insert(LessonPrerequisite), values)


def _module(part: ModuleDocument) -> dict[str, Any]:
    return {name: getattr(part, name) for name in ("title", "summary", "opens_at", "opens_after_days")}


def _lesson(part: LessonDocument, media: Media) -> dict[str, Any]:
    plain = ("title", "kind", "body", "preview", "opens_at", "opens_after_days", "minutes")
    linked = {"asset_id": media.asset(part.asset), "file_id": media.file(part.file)}
    return {name: getattr(part, name) for name in plain} | linked


def _quiz(course: Course, part: QuizDocument, before: Quiz | None) -> dict[str, Any]:
    return {
        "course_id": course.id,
        "title": part.title,
        "instructions": part.instructions,
        "rules": msgspec.to_builtins(part.rules),
        **_renewed(before),
    }


def _question(part: QuestionDocument) -> dict[str, Any]:
    return {
        "kind": kind_of(part.content),
        "prompt": part.prompt,
        "content": to_stored(part.content),
        "points": Decimal(part.points),
        "penalty": Decimal(part.penalty),
        "pool": part.pool,
        "feedback": msgspec.to_builtins(part.feedback),
        "at_s": part.at_s,
        "tags": list(part.tags),
    }


def _assignment(course: Course, part: AssignmentDocument, before: Assignment | None) -> dict[str, Any]:
    return {
        "course_id": course.id,
        "title": part.title,
        "instructions": part.instructions,
        "takes": part.takes,
        "max_files": part.max_files,
        "max_points": Decimal(part.max_points),
        "rubric": msgspec.to_builtins(part.rubric),
        "due_at": part.due_at,
        "due_days": part.due_days,
        "late": msgspec.to_builtins(part.late),
        **_renewed(before),
    }


def _before(there: Mapping[UUID, Row], handle: str) -> Row | None:
    identifier = uuid_of(handle)
    return None if identifier is None else there.get(identifier)


def _renewed(before: Quiz | Assignment | None) -> dict[str, Any]:
    return {} if before is None else {"revision": before.revision + 1, "updated_at": func.now()}
