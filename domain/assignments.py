"""Assignments, as their authors write them: their only writer. Whoever changes one locks its course first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.assessment_rules import Fault, rubric_faults
from core.assessments import Criterion, LatePolicy
from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Assignment, Course
from db.queries import assessments as queries
from domain import audit, courses
from domain.policies import Actor
from domain.quizzes import refusal

_JSON = ("rubric", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentDraft:
    """What a new assignment is to be: due at a date, days after enrolment, or never; without a rubric it is marked freely."""

    title: str
    instructions: str = ""
    takes: str = "both"
    max_files: int = 5
    max_points: Decimal = Decimal(100)
    rubric: Sequence[Criterion] = ()
    due_at: datetime | None = None
    due_days: int | None = None
    late: LatePolicy = field(default_factory=LatePolicy)


def rubric_of(assignment: Assignment) -> tuple[Criterion, ...]:
    """The rubric, out of its column."""
    return msgspec.convert(assignment.rubric, tuple[Criterion, ...])


def late_of(assignment: Assignment) -> LatePolicy:
    """The late policy, out of its column."""
    return msgspec.convert(assignment.late, LatePolicy)


async def seen(session: AsyncSession, actor: Actor, assignment_id: UUID) -> Assignment:
    """The assignment, to an author of its course. Raises Refused `assignment.not_found`, `course.not_yours` (FORBIDDEN)."""
    assignment = await queries.assignment(session, assignment_id)
    if assignment is None:
        raise _not_found()
    await _course(session, actor, assignment.course_id, lock=False)
    return assignment


async def editable(session: AsyncSession, actor: Actor, assignment_id: UUID) -> tuple[Course, Assignment]:
    """The assignment and its locked course. Raises as `seen`."""
    assignment = await queries.assignment(session, assignment_id)
    if assignment is None:
        raise _not_found()
    course = await _course(session, actor, assignment.course_id)
    # As it is under the lock: meanwhile somebody may have deleted it.
    assignment = await queries.assignment(session, assignment_id, fresh=True)
    if assignment is None:
        raise _not_found()
    return course, assignment


async def create(session: AsyncSession, actor: Actor, course: Course, draft: AssignmentDraft) -> Assignment:
    """A new assignment of the locked course.

    Raises Refused (UNPROCESSABLE) `assignment.two_due_dates`, `.points`, `.rubric_sum`, `.rubric_ids`.
    """
    values = {name: getattr(draft, name) for name in AssignmentDraft.__dataclass_fields__}
    _check(values)
    assignment = Assignment(id=new_id(), course_id=course.id, revision=1, updated_at=utc_now(), **_columns(values))
    session.add(assignment)
    await courses.changed(session, course)
    await _note(session, actor, "assignment.created", assignment)
    return assignment


async def change(
    session: AsyncSession, actor: Actor, course: Course, assignment: Assignment, values: Mapping[str, Any]
) -> None:
    """Give an assignment of the locked course new values. Raises as `create`."""
    now = {name: getattr(assignment, name) for name in ("max_points", "due_at", "due_days")}
    _check({**now, "rubric": rubric_of(assignment), **values})
    for name, value in _columns(values).items():
        setattr(assignment, name, value)
    assignment.revision += 1
    assignment.updated_at = utc_now()
    await courses.changed(session, course)
    await _note(session, actor, "assignment.changed", assignment, fields=sorted(values))


async def remove(session: AsyncSession, actor: Actor, course: Course, assignment: Assignment) -> None:
    """Delete an assignment of the locked course. Raises Refused `assignment.in_use` (CONFLICT)."""
    title = await queries.lesson_with_assignment(session, assignment.id)
    if title is not None:
        raise Refused("assignment.in_use", f"The lesson {title!r} uses this assignment.", kind=ErrorKind.CONFLICT)
    await session.delete(assignment)
    await courses.changed(session, course)
    await _note(session, actor, "assignment.deleted", assignment)


def _check(values: Mapping[str, Any]) -> None:
    faults = rubric_faults(values["rubric"], values["max_points"])
    if values["max_points"] <= 0:
        faults.insert(0, Fault("assignment.points", "maxPoints", "An assignment is worth something."))
    if values["due_at"] is not None and values["due_days"] is not None:
        message = "It is due at a date or days after enrolment, not both."
        faults.insert(0, Fault("assignment.two_due_dates", "dueDays", message))
    if faults:
        raise refusal(faults)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: msgspec.to_builtins(value) if name in _JSON else value for name, value in values.items()}


async def _course(session: AsyncSession, actor: Actor, course_id: UUID, lock: bool = True) -> Course:
    try:
        return await courses.editable_course(session, actor, course_id, lock=lock)
    except Refused as refused:
        # What belongs to a course that may not be seen is not there either.
        raise _not_found() if refused.kind is ErrorKind.NOT_FOUND else refused from None


async def _note(session: AsyncSession, actor: Actor, action: str, assignment: Assignment, **detail: Any) -> None:
    subject = {"course": str(assignment.course_id), "title": assignment.title}
    await audit.note(session, actor, action, "assignment", assignment.id, **subject, **detail)


def _not_found() -> Refused:
    return Refused("assignment.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
