"""Assignments for their authors: what is to be handed in, how it is marked, and when it is due."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated
from api.auth import actor_of
from api.etags import etag, expect
from api.markdown_images import render_for_reader
from api.paging import Cursor, Limit, page
from api.routes.courses.curriculum import Date, changes_of, check_date
from api.routes.quizzes import marks
from api.services import Injected, Services
from api.wire import NAME_PATTERN, Body, HttpRequest, Page, View
from core.assessments import Criterion, LatePolicy, Marks, Prose
from db.models import Assignment
from db.queries import assessments as queries
from domain import assignments as domain
from domain import courses
from domain.assignments import AssignmentDraft, late_of, rubric_of
from domain.policies import Scope

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["Design a small system"])]
Takes = Literal["text", "file", "both"]
MaxFiles = Annotated[int, Meta(ge=1, le=50)]
DueDays = Annotated[int, Meta(gt=-1, le=3650)]
Rubric = Annotated[list[Criterion], Meta(max_length=30)]


class AssignmentView(View):
    """An assignment. `maxPoints` is a decimal, written as text, as the points of its rubric are."""

    id: UUID
    course_id: UUID
    title: str
    instructions: str
    instructions_html: str
    takes: Takes
    max_files: int
    max_points: str
    rubric: list[Criterion]
    due_at: datetime | None
    due_days: int | None
    """Days after enrolment, in place of a date."""
    late: LatePolicy
    revision: int
    created_at: datetime
    updated_at: datetime


class AssignmentCard(View):
    """An assignment in a list."""

    id: UUID
    course_id: UUID
    title: str
    takes: Takes
    max_points: str
    due_at: datetime | None
    due_days: int | None
    revision: int
    updated_at: datetime


class NewAssignment(Body):
    """A new assignment. A rubric is worth `maxPoints` as a whole; without one it is marked freely."""

    title: Title
    instructions: Prose = ""
    """Markdown."""
    takes: Takes = "both"
    max_files: MaxFiles = 5
    max_points: Marks = "100"
    rubric: Rubric = msgspec.field(default_factory=list)
    due_at: Date | None = None
    due_days: DueDays | None = None
    late: LatePolicy = msgspec.field(default_factory=LatePolicy)


class AssignmentPatch(Body):
    """What changes; what is left out stays. Rubric and late policy are replaced as a whole."""

    title: Title | UnsetType = UNSET
    instructions: Prose | UnsetType = UNSET
    takes: Takes | UnsetType = UNSET
    max_files: MaxFiles | UnsetType = UNSET
    max_points: Marks | UnsetType = UNSET
    rubric: Rubric | UnsetType = UNSET
    due_at: Date | UnsetType | None = UNSET
    due_days: DueDays | UnsetType | None = UNSET
    late: LatePolicy | UnsetType = UNSET


async def _answer(
    session: AsyncSession, services: Services, assignment: Assignment, status_code: int = 200
) -> Response[AssignmentView]:
    view = AssignmentView(
        id=assignment.id,
        course_id=assignment.course_id,
        title=assignment.title,
        instructions=assignment.instructions,
        instructions_html=await render_for_reader(session, services, assignment.course_id, assignment.instructions),
        takes=cast(Takes, assignment.takes),
        max_files=assignment.max_files,
        max_points=marks(assignment.max_points),
        rubric=list(rubric_of(assignment)),
        due_at=assignment.due_at,
        due_days=assignment.due_days,
        late=late_of(assignment),
        revision=assignment.revision,
        created_at=assignment.created_at,
        updated_at=assignment.updated_at,
    )
    return Response(view, status_code=status_code, headers={"ETag": etag(view.id, view.revision)})


def _card(assignment: Assignment) -> AssignmentCard:
    return AssignmentCard(
        id=assignment.id,
        course_id=assignment.course_id,
        title=assignment.title,
        takes=cast(Takes, assignment.takes),
        max_points=marks(assignment.max_points),
        due_at=assignment.due_at,
        due_days=assignment.due_days,
        revision=assignment.revision,
        updated_at=assignment.updated_at,
    )


@post(
    "/courses/{course_id:uuid}/assignments",
    operation_id="createAssignment",
    tags=["Assessments"],
    summary="Set an assignment",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 413, 415, 422, idempotent=True),
)
async def create_assignment(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewAssignment], services: Injected
) -> Response[AssignmentView]:
    """Work to hand in, for lessons of this course. A 422 names what makes no sense, as a rubric with another sum."""
    check_date(data.due_at, "dueAt")
    actor = actor_of(request)
    draft = AssignmentDraft(
        title=data.title.strip(),
        instructions=data.instructions,
        takes=data.takes,
        max_files=data.max_files,
        max_points=Decimal(data.max_points),
        rubric=data.rubric,
        due_at=data.due_at,
        due_days=data.due_days,
        late=data.late,
    )
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        assignment = await domain.create(session, actor, course, draft)
        await session.refresh(assignment)
        return await _answer(session, services, assignment, 201)


@get(
    "/courses/{course_id:uuid}/assignments",
    operation_id="listAssignments",
    tags=["Assessments"],
    summary="The assignments of a course",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def list_assignments(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, cursor: Cursor = None, limit: Limit = 20
) -> Page[AssignmentCard]:
    """Newest first, whether or not lessons use them."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, lock=False)
        rows = await queries.assignments(session, course_id, before=cursor, limit=limit + 1)
    return page(rows, limit, _card, lambda row: row.id)


@get(
    "/assignments/{assignment_id:uuid}",
    operation_id="getAssignment",
    tags=["Assessments"],
    summary="One assignment",
    **stated(related("assignment.edit", Scope.COURSES_READ), 403),
)
async def get_assignment(request: HttpRequest, assignment_id: FromPath[UUID], services: Injected) -> Response[AssignmentView]:
    """All of it, for those who may edit its course."""
    async with services.sessions() as session:
        assignment = await domain.seen(session, actor_of(request), assignment_id)
        return await _answer(session, services, assignment)


@patch(
    "/assignments/{assignment_id:uuid}",
    operation_id="changeAssignment",
    tags=["Assessments"],
    summary="Change an assignment",
    **stated(related("assignment.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def change_assignment(
    request: HttpRequest, assignment_id: FromPath[UUID], data: JSONBody[AssignmentPatch], services: Injected
) -> Response[AssignmentView]:
    """Change it; to change what it is worth, send the rubric along."""
    check_date(data.due_at, "dueAt")
    actor, values = actor_of(request), changes_of(data)
    if "title" in values:
        values["title"] = values["title"].strip()
    if "max_points" in values:
        values["max_points"] = Decimal(values["max_points"])
    async with services.sessions.begin() as session:
        course, assignment = await domain.editable(session, actor, assignment_id)
        expect(request, assignment.id, assignment.revision)
        await domain.change(session, actor, course, assignment, values)
        return await _answer(session, services, assignment)


@delete(
    "/assignments/{assignment_id:uuid}",
    operation_id="deleteAssignment",
    tags=["Assessments"],
    summary="Delete an assignment",
    **stated(related("assignment.edit", Scope.COURSES_WRITE), 403, 409, 412),
)
async def delete_assignment(request: HttpRequest, assignment_id: FromPath[UUID], services: Injected) -> None:
    """Delete it, unless a lesson uses it."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course, assignment = await domain.editable(session, actor, assignment_id)
        expect(request, assignment.id, assignment.revision)
        await domain.remove(session, actor, course, assignment)


ROUTES: tuple[Any, ...] = (
    create_assignment,
    list_assignments,
    get_assignment,
    change_assignment,
    delete_assignment,
)
