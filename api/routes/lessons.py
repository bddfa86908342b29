"""Lessons: looked at, added, changed, moved, and what has to be completed before them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated, visible
from api.auth import actor_of, actor_or_none
from api.etags import etag, expect
from api.markdown_images import render_for_reader
from api.routes.courses.curriculum import Date, Days, changes_of, check_date
from api.services import Injected, Services
from api.wire import LINES_PATTERN, NAME_PATTERN, Body, HttpRequest, View, not_found
from core.catalog import LessonKind
from core.errors import ErrorKind, Refused
from db.models import Course, Lesson
from db.queries import catalog
from db.queries import curriculum as queries
from domain import access
from domain import curriculum as domain
from domain.access import LessonAccess
from domain.curriculum import LessonDraft, Place
from domain.policies import Actor, Scope

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["What a system is"])]
LessonText = Annotated[str, Meta(max_length=50_000, pattern=LINES_PATTERN)]
Minutes = Annotated[int, Meta(ge=1, le=10_000)]


class LessonView(View):
    """A lesson as it is taken: what it consists of depends on its kind."""

    id: UUID
    course_id: UUID
    module_id: UUID
    title: str
    kind: LessonKind
    body: str
    """Markdown."""
    body_html: str
    asset_id: UUID | None
    file_id: UUID | None
    quiz_id: UUID | None
    assignment_id: UUID | None
    preview: bool
    opens_at: datetime | None
    """As its author says, not counting its module's."""
    opens_after_days: int | None
    minutes: int | None
    duration_s: float | None
    """Of its video, once that is known."""
    requires: list[UUID]
    """Lessons to be completed before."""
    locked: bool
    """False: whom it is locked to does not get it."""
    previous_id: UUID | None
    next_id: UUID | None


class NewLesson(Body):
    """A new lesson, at the end of its module, or behind `after` (null: first)."""

    title: Title
    kind: LessonKind
    body: LessonText = ""
    asset_id: UUID | None = None
    file_id: UUID | None = None
    quiz_id: UUID | None = None
    """The quiz; of a video, the questions at its moments."""
    assignment_id: UUID | None = None
    preview: bool = False
    """Anyone may see it once the course is published."""
    opens_at: Date | None = None
    opens_after_days: Days | None = None
    minutes: Minutes | None = None
    after: UUID | UnsetType | None = UNSET


class LessonPatch(Body):
    """What changes; what is left out stays. Its kind stays what it is."""

    title: Title | UnsetType = UNSET
    body: LessonText | UnsetType = UNSET
    asset_id: UUID | UnsetType | None = UNSET
    file_id: UUID | UnsetType | None = UNSET
    quiz_id: UUID | UnsetType | None = UNSET
    assignment_id: UUID | UnsetType | None = UNSET
    preview: bool | UnsetType = UNSET
    opens_at: Date | UnsetType | None = UNSET
    opens_after_days: Days | UnsetType | None = UNSET
    minutes: Minutes | UnsetType | None = UNSET


class LessonMove(Body):
    """Into which module it goes, and behind which lesson there; null: it goes first."""

    module_id: UUID
    after: UUID | None


class LessonPrerequisites(Body):
    """Lessons of the same course to be completed before."""

    lesson_ids: Annotated[list[UUID], Meta(max_length=50)]


async def _view(session: AsyncSession, services: Services, lesson: Lesson) -> LessonView:
    required = await queries.lesson_prerequisites(session, lesson.course_id)
    previous_id, next_id = await catalog.neighbours(session, lesson.course_id, lesson.id)
    return LessonView(
        id=lesson.id,
        course_id=lesson.course_id,
        module_id=lesson.module_id,
        title=lesson.title,
        kind=lesson.kind,
        body=lesson.body,
        body_html=await render_for_reader(session, services, lesson.course_id, lesson.body),
        asset_id=lesson.asset_id,
        file_id=lesson.file_id,
        quiz_id=lesson.quiz_id,
        assignment_id=lesson.assignment_id,
        preview=lesson.preview,
        opens_at=lesson.opens_at,
        opens_after_days=lesson.opens_after_days,
        minutes=lesson.minutes,
        duration_s=await catalog.length_of(session, lesson.asset_id) if lesson.asset_id else None,
        requires=required.get(lesson.id, []),
        locked=False,
        previous_id=previous_id,
        next_id=next_id,
    )


async def _readable(session: AsyncSession, actor: Actor | None, lesson_id: UUID, now: datetime) -> tuple[Lesson, Course]:
    """A lesson that is open to the actor, and its course.

    Raises Refused `lesson.not_found`; `enrolment.required` or `lesson.locked` (FORBIDDEN) where the course may be seen.
    """
    lesson = await session.get(Lesson, lesson_id)
    course = await session.get(Course, lesson.course_id) if lesson else None
    if lesson is None or course is None:
        raise not_found("lesson")
    facts = await access.standing(session, actor, course.id, now)
    if not access.sees_course(actor, facts):
        raise not_found("lesson")
    decision = await access.lesson_access(session, actor, lesson, now)
    if not decision.allowed:
        raise _locked(decision)
    return lesson, course


def _locked(decision: LessonAccess) -> Refused:
    if decision.locked_reason in ("not_enrolled", "not_entitled"):
        return Refused("enrolment.required", "Enrol in the course to see this lesson.", kind=ErrorKind.FORBIDDEN)
    if decision.locked_reason == "opens_later" and decision.opens_at is not None:
        message = f"The lesson opens on {decision.opens_at:%Y-%m-%d at %H:%M} UTC."
    else:
        message = "Complete the lessons before it first."
    return Refused("lesson.locked", message, kind=ErrorKind.FORBIDDEN)


async def _held(request: HttpRequest, session: AsyncSession, lesson_id: UUID) -> tuple[Actor, Course, Lesson]:
    """The lesson and its locked course, if the caller may edit it."""
    actor = actor_of(request)
    course, lesson = await domain.editable_lesson(session, actor, lesson_id)
    expect(request, course.id, course.revision)
    return actor, course, lesson


def _tagged(view: LessonView, course: Course, status_code: int = 200) -> Response[LessonView]:
    return Response(view, status_code=status_code, headers={"ETag": etag(course.id, course.revision)})


@get(
    "/lessons/{lesson_id:uuid}",
    operation_id="getLesson",
    tags=["Courses"],
    summary="One lesson",
    **stated(visible("lesson.read").with_scope(Scope.COURSES_READ), 403),
)
async def get_lesson(request: HttpRequest, lesson_id: FromPath[UUID], services: Injected) -> Response[LessonView]:
    """Previews are open to everybody, others to who is enrolled, once they open, and all to the course's authors."""
    async with services.sessions() as session:
        lesson, course = await _readable(session, actor_or_none(request), lesson_id, services.clock())
        view = await _view(session, services, lesson)
    return _tagged(view, course)


@post(
    "/modules/{module_id:uuid}/lessons",
    operation_id="addLesson",
    tags=["Courses"],
    summary="Add a lesson",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, idempotent=True),
)
async def add_lesson(
    request: HttpRequest, module_id: FromPath[UUID], data: JSONBody[NewLesson], services: Injected
) -> Response[LessonView]:
    """Add a lesson to a module, at its end or where `after` says. It shows what is yours or the course's."""
    check_date(data.opens_at, "opensAt")
    values = changes_of(data)
    after = values.pop("after", Place.LAST)
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course, module = await domain.editable_module(session, actor, module_id)
        expect(request, course.id, course.revision)
        lesson = await domain.add_lesson(session, actor, course, module, LessonDraft(**values), after)
        view = await _view(session, services, lesson)
    return _tagged(view, course, 201)


@patch(
    "/lessons/{lesson_id:uuid}",
    operation_id="changeLesson",
    tags=["Courses"],
    summary="Change a lesson",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def change_lesson(
    request: HttpRequest, lesson_id: FromPath[UUID], data: JSONBody[LessonPatch], services: Injected
) -> Response[LessonView]:
    """Change a lesson. The entity tag is its course's."""
    check_date(data.opens_at, "opensAt")
    async with services.sessions.begin() as session:
        actor, course, lesson = await _held(request, session, lesson_id)
        await domain.change_lesson(session, actor, course, lesson, changes_of(data))
        view = await _view(session, services, lesson)
    return _tagged(view, course)


@delete(
    "/lessons/{lesson_id:uuid}",
    operation_id="deleteLesson",
    tags=["Courses"],
    summary="Delete a lesson",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412),
)
async def delete_lesson(request: HttpRequest, lesson_id: FromPath[UUID], services: Injected) -> None:
    """Delete a lesson; its video, file, quiz or assignment stays."""
    async with services.sessions.begin() as session:
        actor, course, lesson = await _held(request, session, lesson_id)
        await domain.delete_lesson(session, actor, course, lesson)


@post(
    "/lessons/{lesson_id:uuid}/move",
    operation_id="moveLesson",
    tags=["Courses"],
    summary="Move a lesson",
    status_code=200,
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def move_lesson(
    request: HttpRequest, lesson_id: FromPath[UUID], data: JSONBody[LessonMove], services: Injected
) -> Response[LessonView]:
    """Put it into a module of the same course, behind a lesson there, or first."""
    async with services.sessions.begin() as session:
        actor, course, lesson = await _held(request, session, lesson_id)
        await domain.move_lesson(session, actor, course, lesson, data.module_id, data.after)
        view = await _view(session, services, lesson)
    return _tagged(view, course)


@put(
    "/lessons/{lesson_id:uuid}/prerequisites",
    operation_id="setLessonPrerequisites",
    tags=["Courses"],
    summary="Say what comes before a lesson",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def set_prerequisites(
    request: HttpRequest, lesson_id: FromPath[UUID], data: JSONBody[LessonPrerequisites], services: Injected
) -> Response[LessonView]:
    """The lessons of the same course to be completed before this one opens, in place of those that were."""
    async with services.sessions.begin() as session:
        actor, course, lesson = await _held(request, session, lesson_id)
        await domain.require(session, actor, course, lesson, data.lesson_ids)
        view = await _view(session, services, lesson)
    return _tagged(view, course)


ROUTES = (get_lesson, add_lesson, change_lesson, delete_lesson, move_lesson, set_prerequisites)
