"""The curriculum of a course as its readers see it, and its modules. Lessons are in `api.routes.lessons`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated, visible
from api.auth import actor_of, actor_or_none
from api.etags import etag, expect
from api.services import Injected
from api.wire import NAME_PATTERN, TEXT_PATTERN, Body, HttpRequest, View
from core.catalog import LessonKind
from core.errors import ErrorKind, Refused
from db.models import Course, Module
from db.queries import catalog
from db.queries import curriculum as queries
from db.queries.entitlements import Opening
from domain import access, courses
from domain import curriculum as domain
from domain.curriculum import ModuleDraft, Place
from domain.policies import Actor, Scope

ModuleTitle = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["Foundations"])]
Summary = Annotated[str, Meta(max_length=500, pattern=TEXT_PATTERN)]
# Not `ge=0`, which would be left out of the API's document.
Days = Annotated[int, Meta(gt=-1, le=3650)]
# Years that every time zone can write.
Date = Annotated[datetime, Meta(tz=True, examples=["2030-01-15T09:00:00Z"])]


class LessonCard(View):
    """A lesson as the curriculum shows it."""

    id: UUID
    module_id: UUID
    title: str
    kind: LessonKind
    preview: bool
    minutes: int | None
    duration_s: float | None
    """Of its video, once that is known."""
    locked: bool
    locked_reason: str | None
    """not_enrolled, not_entitled, opens_later, prerequisites."""
    opens_at: datetime | None
    """When it opens for the caller, as far as that is known."""
    opens_after_days: int | None
    requires: list[UUID]
    """Lessons to be completed before."""


class ModuleView(View):
    """A module with its lessons, in order."""

    id: UUID
    course_id: UUID
    title: str
    summary: str
    opens_at: datetime | None
    opens_after_days: int | None
    lessons: list[LessonCard]


class CurriculumView(View):
    """All of a course, in order."""

    course_id: UUID
    revision: int
    modules: list[ModuleView]


class NewModule(Body):
    """A new module, at the end, or behind `after` (null: first). It opens at once, at a date, or days after enrolment."""

    title: ModuleTitle
    summary: Summary = ""
    opens_at: Date | None = None
    opens_after_days: Days | None = None
    after: UUID | UnsetType | None = UNSET


class ModulePatch(Body):
    """What changes; what is left out stays."""

    title: ModuleTitle | UnsetType = UNSET
    summary: Summary | UnsetType = UNSET
    opens_at: Date | UnsetType | None = UNSET
    opens_after_days: Days | UnsetType | None = UNSET


class Move(Body):
    """Behind what it goes; null: it goes first."""

    after: UUID | None


def changes_of(data: msgspec.Struct) -> dict[str, Any]:
    """The fields of a patch that were sent."""
    return {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}


def check_date(date: datetime | UnsetType | None, field: str) -> None:
    """Raises Refused `request.bad_date` (UNPROCESSABLE) for years that not every time zone can write."""
    if isinstance(date, datetime) and not 1970 <= date.year <= 9000:
        message = "Not a date that a course can have."
        raise Refused("request.bad_date", message, kind=ErrorKind.UNPROCESSABLE, errors=[{"field": field, "message": message}])


async def curriculum_view(session: AsyncSession, actor: Actor | None, course_id: UUID, now: datetime) -> CurriculumView:
    """The curriculum as `actor` may see it. Raises Refused `course.not_found`."""
    course = await courses.readable_course(session, actor, course_id)
    facts = await access.standing(session, actor, course_id, now)
    modules = await queries.modules(session, course_id)
    required = await queries.lesson_prerequisites(session, course_id)
    by_id = {module.id: module for module in modules}
    lessons: dict[UUID, list[LessonCard]] = {module.id: [] for module in modules}
    for row in await catalog.lesson_cards(session, course_id):
        module = by_id[row.module_id]
        times = (row.opens_at, row.opens_after_days, module.opens_at, module.opens_after_days)
        decision = access.decide(actor, facts, Opening(row.id, row.preview, *times), now)
        lessons[row.module_id].append(
            LessonCard(
                id=row.id,
                module_id=row.module_id,
                title=row.title,
                kind=row.kind,
                preview=row.preview,
                minutes=row.minutes,
                duration_s=row.duration_s,
                locked=not decision.allowed,
                locked_reason=decision.locked_reason,
                opens_at=decision.opens_at,
                opens_after_days=row.opens_after_days,
                requires=required.get(row.id, []),
            )
        )
    views = [_view(module, lessons[module.id]) for module in modules]
    return CurriculumView(course_id=course_id, revision=course.revision, modules=views)


def _view(module: Module, lessons: list[LessonCard]) -> ModuleView:
    return ModuleView(
        id=module.id,
        course_id=module.course_id,
        title=module.title,
        summary=module.summary,
        opens_at=module.opens_at,
        opens_after_days=module.opens_after_days,
        lessons=lessons,
    )


@get(
    "/courses/{course_id:uuid}/curriculum",
    operation_id="getCurriculum",
    tags=["Courses"],
    summary="Modules and lessons",
    **stated(visible("course.read").with_scope(Scope.COURSES_READ), cached="catalog"),
)
async def get_curriculum(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CurriculumView]:
    """Modules with their lessons, in order, and which of them are open to the caller."""
    async with services.sessions() as session:
        view = await curriculum_view(session, actor_or_none(request), course_id, services.clock())
    return Response(view, headers={"ETag": etag(course_id, view.revision)})


async def _held(request: HttpRequest, session: AsyncSession, module_id: UUID) -> tuple[Actor, Course, Module]:
    """The module and its locked course, if the caller may edit it."""
    actor = actor_of(request)
    course, module = await domain.editable_module(session, actor, module_id)
    expect(request, course.id, course.revision)
    return actor, course, module


def _tagged(course: Course, module: Module, status_code: int = 200) -> Response[ModuleView]:
    # Its lessons come with the curriculum; what changes here is the module itself.
    return Response(_view(module, []), status_code=status_code, headers={"ETag": etag(course.id, course.revision)})


@post(
    "/courses/{course_id:uuid}/modules",
    operation_id="addModule",
    tags=["Courses"],
    summary="Add a module",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, idempotent=True),
)
async def add_module(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewModule], services: Injected
) -> Response[ModuleView]:
    """Add a module, at the end or where `after` says."""
    check_date(data.opens_at, "opensAt")
    actor = actor_of(request)
    draft = ModuleDraft(
        title=data.title.strip(), summary=data.summary, opens_at=data.opens_at, opens_after_days=data.opens_after_days
    )
    after = Place.LAST if isinstance(data.after, UnsetType) else data.after
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        module = await domain.add_module(session, actor, course, draft, after)
    return _tagged(course, module, 201)


@patch(
    "/modules/{module_id:uuid}",
    operation_id="changeModule",
    tags=["Courses"],
    summary="Change a module",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def change_module(
    request: HttpRequest, module_id: FromPath[UUID], data: JSONBody[ModulePatch], services: Injected
) -> Response[ModuleView]:
    """Change its title, its summary, or when it opens. The entity tag is the course's."""
    check_date(data.opens_at, "opensAt")
    async with services.sessions.begin() as session:
        actor, course, module = await _held(request, session, module_id)
        await domain.change_module(session, actor, course, module, changes_of(data))
    return _tagged(course, module)


@delete(
    "/modules/{module_id:uuid}",
    operation_id="deleteModule",
    tags=["Courses"],
    summary="Delete a module",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412),
)
async def delete_module(request: HttpRequest, module_id: FromPath[UUID], services: Injected) -> None:
    """Delete a module with its lessons; videos, files, quizzes and assignments stay."""
    async with services.sessions.begin() as session:
        actor, course, module = await _held(request, session, module_id)
        await domain.delete_module(session, actor, course, module)


@post(
    "/modules/{module_id:uuid}/move",
    operation_id="moveModule",
    tags=["Courses"],
    summary="Move a module",
    status_code=200,
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def move_module(
    request: HttpRequest, module_id: FromPath[UUID], data: JSONBody[Move], services: Injected
) -> Response[ModuleView]:
    """Put it behind another module of the course, or first."""
    async with services.sessions.begin() as session:
        actor, course, module = await _held(request, session, module_id)
        await domain.move_module(session, actor, course, module, data.after)
    return _tagged(course, module)


ROUTES = (get_curriculum, add_module, change_module, delete_module, move_module)
