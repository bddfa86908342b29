"""The curriculum: modules and lessons, their order, and what lessons are made of. Every change is one of the locked course."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import positions
from core.catalog import LessonKind
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Asset, Course, Lesson, LessonPrerequisite, Module
from db.queries import curriculum as queries
from domain import audit, courses, policies
from domain.policies import Actor

MAX_MODULES = 200
MAX_LESSONS = 1000


class Place(Enum):
    """Where something goes, in place of the id of what it comes after."""

    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDraft:
    """What a new module is to be."""

    title: str
    summary: str = ""
    opens_at: datetime | None = None
    opens_after_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonDraft:
    """What a new lesson is to be."""

    title: str
    kind: LessonKind
    body: str = ""
    asset_id: UUID | None = None
    file_id: UUID | None = None
    quiz_id: UUID | None = None
    assignment_id: UUID | None = None
    preview: bool = False
    opens_at: datetime | None = None
    opens_after_days: int | None = None
    minutes: int | None = None


# Which kinds of lesson may have what; the schema's checks say the same.
_PARTS: dict[str, frozenset[LessonKind]] = {
    "asset_id": frozenset({LessonKind.VIDEO}),
    "file_id": frozenset({LessonKind.FILE}),
    "quiz_id": frozenset({LessonKind.QUIZ, LessonKind.VIDEO}),
    "assignment_id": frozenset({LessonKind.ASSIGNMENT}),
}
_FIELDS = {"asset_id": "assetId", "file_id": "fileId", "quiz_id": "quizId", "assignment_id": "assignmentId"}


async def editable_module(session: AsyncSession, actor: Actor, module_id: UUID) -> tuple[Course, Module]:
    """A module and its locked course. Raises Refused `module.not_found`, `course.not_yours` (FORBIDDEN)."""
    module = await session.get(Module, module_id)
    course = await _edited(session, actor, module, "module")
    # As it is under the lock: meanwhile somebody may have moved or deleted it.
    module = await session.get(Module, module_id, populate_existing=True)
    if module is None:
        raise _not_found("module")
    return course, module


async def editable_lesson(session: AsyncSession, actor: Actor, lesson_id: UUID) -> tuple[Course, Lesson]:
    """A lesson and its locked course. Raises Refused `lesson.not_found`, `course.not_yours` (FORBIDDEN)."""
    lesson = await session.get(Lesson, lesson_id)
    course = await _edited(session, actor, lesson, "lesson")
    lesson = await session.get(Lesson, lesson_id, populate_existing=True)
    if lesson is None:
        raise _not_found("lesson")
    return course, lesson


async def _edited(session: AsyncSession, actor: Actor, part: Module | Lesson | None, what: str) -> Course:
    if part is None:
        raise _not_found(what)
    try:
        return await courses.editable_course(session, actor, part.course_id)
    except Refused as refused:
        # What belongs to a course that may not be seen is not there either.
        raise _not_found(what) if refused.kind is ErrorKind.NOT_FOUND else refused from None


async def add_module(
    session: AsyncSession, actor: Actor, course: Course, draft: ModuleDraft, after: UUID | Place | None = Place.LAST
) -> Module:
    """A new module of the locked course, behind `after` (None: first). Raises Refused `module.after_unknown`, `course.full`."""
    _check_opening(draft.opens_at, draft.opens_after_days)
    siblings = await queries.module_positions(session, course.id)
    if len(siblings) >= MAX_MODULES:
        raise _full(f"A course has {MAX_MODULES} modules at most.")
    position = _place(siblings, after, "module.after_unknown")
    module = Module(id=new_id(), course_id=course.id, position=position, **asdict(draft))
    session.add(module)
    await courses.changed(session, course)
    if len(position) > positions.LONG:
        await _spread(session, Module, [key for key, _ in await queries.module_positions(session, course.id)])
        await session.refresh(module)
    await audit.note(session, actor, "module.added", "course", course.id, module=str(module.id), title=module.title)
    return module


async def add_lesson(
    session: AsyncSession,
    actor: Actor,
    course: Course,
    module: Module,
    draft: LessonDraft,
    after: UUID | Place | None = Place.LAST,
) -> Lesson:
    """A new lesson of the locked course's module, behind `after` (None: first).

    Raises Refused `lesson.after_unknown`, `course.full`, `lesson.wrong_kind`, and `lesson.asset_unknown` (`file`, `quiz`,
    `assignment`) for what is neither the course's nor the actor's to give to it.
    """
    values = asdict(draft)
    _check_opening(draft.opens_at, draft.opens_after_days)
    await _check_parts(session, actor, course, draft.kind, values)
    if await queries.count_lessons(session, course.id) >= MAX_LESSONS:
        raise _full(f"A course has {MAX_LESSONS} lessons at most.")
    position = _place(await queries.lesson_positions(session, module.id), after, "lesson.after_unknown")
    lesson = Lesson(id=new_id(), course_id=course.id, module_id=module.id, position=position, **values)
    session.add(lesson)
    await courses.changed(session, course)
    if len(position) > positions.LONG:
        await _spread(session, Lesson, [key for key, _ in await queries.lesson_positions(session, module.id)])
        await session.refresh(lesson)
    await audit.note(session, actor, "lesson.added", "course", course.id, lesson=str(lesson.id), title=lesson.title)
    return lesson


async def change_module(session: AsyncSession, actor: Actor, course: Course, module: Module, values: Mapping[str, Any]) -> None:
    """Give a module of the locked course new values. Raises Refused `curriculum.two_openings`."""
    for name, value in values.items():
        setattr(module, name, value)
    _check_opening(module.opens_at, module.opens_after_days)
    await courses.changed(session, course)
    await audit.note(session, actor, "module.changed", "course", course.id, module=str(module.id), fields=sorted(values))


async def change_lesson(session: AsyncSession, actor: Actor, course: Course, lesson: Lesson, values: Mapping[str, Any]) -> None:
    """Give a lesson of the locked course new values; its kind stays. Raises as `add_lesson`, and `curriculum.two_openings`."""
    # What it has already may stay, whoever changes the rest.
    new = {name: value for name, value in values.items() if value != getattr(lesson, name)}
    await _check_parts(session, actor, course, lesson.kind, new)
    for name, value in new.items():
        setattr(lesson, name, value)
    _check_opening(lesson.opens_at, lesson.opens_after_days)
    await courses.changed(session, course)
    await audit.note(session, actor, "lesson.changed", "course", course.id, lesson=str(lesson.id), fields=sorted(new))


async def delete_module(session: AsyncSession, actor: Actor, course: Course, module: Module) -> None:
    """Delete a module of the locked course with its lessons; what they show stays its owners'."""
    await session.delete(module)
    await courses.changed(session, course)
    await audit.note(session, actor, "module.deleted", "course", course.id, module=str(module.id), title=module.title)


async def delete_lesson(session: AsyncSession, actor: Actor, course: Course, lesson: Lesson) -> None:
    """Delete a lesson of the locked course."""
    await session.delete(lesson)
    await courses.changed(session, course)
    await audit.note(session, actor, "lesson.deleted", "course", course.id, lesson=str(lesson.id), title=lesson.title)


async def move_module(session: AsyncSession, actor: Actor, course: Course, module: Module, after: UUID | None) -> None:
    """Put a module of the locked course behind `after` (None: first). Raises Refused `module.after_unknown`."""
    siblings = [each for each in await queries.module_positions(session, course.id) if each[0] != module.id]
    module.position = _place(siblings, after, "module.after_unknown")
    await courses.changed(session, course)
    if len(module.position) > positions.LONG:
        await _spread(session, Module, [key for key, _ in await queries.module_positions(session, course.id)])
        await session.refresh(module)
    await audit.note(session, actor, "module.moved", "course", course.id, module=str(module.id))


async def move_lesson(
    session: AsyncSession, actor: Actor, course: Course, lesson: Lesson, module_id: UUID, after: UUID | None
) -> None:
    """Put a lesson of the locked course behind `after` in one of its modules (None: first).

    Raises Refused (UNPROCESSABLE) `lesson.module_unknown`, `lesson.after_unknown`.
    """
    module = await session.get(Module, module_id)
    if module is None or module.course_id != course.id:
        raise _unprocessable("lesson.module_unknown", "Not a module of this course.", "moduleId")
    siblings = [each for each in await queries.lesson_positions(session, module.id) if each[0] != lesson.id]
    lesson.module_id, lesson.position = module.id, _place(siblings, after, "lesson.after_unknown")
    await courses.changed(session, course)
    if len(lesson.position) > positions.LONG:
        await _spread(session, Lesson, [key for key, _ in await queries.lesson_positions(session, module.id)])
        await session.refresh(lesson)
    await audit.note(session, actor, "lesson.moved", "course", course.id, lesson=str(lesson.id), module=str(module.id))


async def require(session: AsyncSession, actor: Actor, course: Course, lesson: Lesson, required: Sequence[UUID]) -> list[UUID]:
    """What has to be completed before the lesson opens, in place of what was; returns it in order.

    Raises Refused (UNPROCESSABLE): `lesson.prerequisite_unknown` for lessons of other courses, `lesson.prerequisite_cycle`.
    """
    known = {each.id for each in await queries.lessons(session, course.id)}
    wanted = sorted(set(required))
    if not known.issuperset(wanted):
        raise _unprocessable("lesson.prerequisite_unknown", "Not a lesson of this course.", "lessonIds")
    graph = await queries.lesson_prerequisites(session, course.id)
    graph[lesson.id] = wanted
    if leads_to_itself(graph, lesson.id):
        raise _unprocessable("lesson.prerequisite_cycle", "The lesson would have to be completed before itself.", "lessonIds")
    await session.execute(delete(LessonPrerequisite).where(LessonPrerequisite.lesson_id == lesson.id))
    if wanted:
        rows = [{"lesson_id": lesson.id, "required_id": each} for each in wanted]
        await session.execute(insert(LessonPrerequisite).values(rows))
    await courses.changed(session, course)
    ids = [str(each) for each in wanted]
    await audit.note(session, actor, "lesson.prerequisites_set", "course", course.id, lesson=str(lesson.id), required=ids)
    return wanted


def leads_to_itself(graph: Mapping[Any, Sequence[Any]], start: Any) -> bool:
    """Whether a way along the edges of `graph` comes back to `start`."""
    seen: set[Any] = set()
    ahead = list(graph.get(start, ()))
    while ahead:
        node = ahead.pop()
        if node == start:
            return True
        if node not in seen:
            seen.add(node)
            ahead += graph.get(node, ())
    return False


def _place(siblings: Sequence[tuple[UUID, str]], after: UUID | Place | None, code: str) -> str:
    if after is Place.LAST:
        return positions.between(siblings[-1][1] if siblings else None, None)
    if after is None:
        return positions.between(None, siblings[0][1] if siblings else None)
    for index, (identifier, position) in enumerate(siblings):
        if identifier == after:
            return positions.between(position, siblings[index + 1][1] if index + 1 < len(siblings) else None)
    raise _unprocessable(code, "It can't come after what is not there.", "after")


async def _spread(session: AsyncSession, model: type[Module] | type[Lesson], ids: Sequence[UUID]) -> None:
    """New short keys for all of `ids`, in this order. In two steps: the index knows of no moment without order."""
    for mark in ("!", ""):
        rows = [{"id": key, "position": mark + text} for key, text in zip(ids, positions.spread(len(ids)), strict=True)]
        await session.execute(update(model), rows)


def _check_opening(opens_at: datetime | None, opens_after_days: int | None) -> None:
    if opens_at is not None and opens_after_days is not None:
        raise _unprocessable("curriculum.two_openings", "It opens at a date or days after enrolment.", "opensAfterDays")


async def _check_parts(
    session: AsyncSession, actor: Actor, course: Course, kind: LessonKind, values: Mapping[str, Any]
) -> None:
    for name, kinds in _PARTS.items():
        identifier = values.get(name)
        if identifier is None:
            continue
        if kind not in kinds:
            raise _unprocessable("lesson.wrong_kind", f"A lesson of kind {kind} has no such thing.", _FIELDS[name])
        if not await _MAY_USE[name](session, actor, course, identifier):
            code = f"lesson.{name.removesuffix('_id')}_unknown"
            raise _unprocessable(code, "There is no such thing, or it is not yours to use here.", _FIELDS[name])


async def _may_use_asset(session: AsyncSession, actor: Actor, course: Course, asset_id: UUID) -> bool:
    # Deleting it waits until it is ours, or has come first.
    asset = await session.get(Asset, asset_id, with_for_update={"read": True, "key_share": True}, populate_existing=True)
    if asset is None:
        return False
    return policies.may_manage_asset(actor, asset.owner_id) or await queries.uses_asset(session, course.id, asset_id)


async def _may_use_file(session: AsyncSession, actor: Actor, course: Course, file_id: UUID) -> bool:
    file = await queries.locked_file(session, file_id)
    if file is None or (file.course_id is None and not (actor.is_admin or file.owner_id == actor.id)):
        return False
    if file.course_id is None:
        # From here on it is the course's: its learners may have it.
        file.course_id = course.id
    return file.course_id == course.id


async def _may_use_quiz(session: AsyncSession, _: Actor, course: Course, quiz_id: UUID) -> bool:
    return await queries.has_quiz(session, course.id, quiz_id)


async def _may_use_assignment(session: AsyncSession, _: Actor, course: Course, assignment_id: UUID) -> bool:
    return await queries.has_assignment(session, course.id, assignment_id)


_MAY_USE: dict[str, Callable[[AsyncSession, Actor, Course, UUID], Awaitable[bool]]] = {
    "asset_id": _may_use_asset,
    "file_id": _may_use_file,
    "quiz_id": _may_use_quiz,
    "assignment_id": _may_use_assignment,
}


def _not_found(what: str) -> Refused:
    return Refused(f"{what}.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


def _full(message: str) -> Refused:
    return Refused("course.full", message, kind=ErrorKind.CONFLICT)


def _unprocessable(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, kind=ErrorKind.UNPROCESSABLE, errors=[{"field": field, "message": message}])
