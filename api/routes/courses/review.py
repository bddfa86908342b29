"""From draft to published and back."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import ADMINS, related, stated
from api.auth import actor_of
from api.etags import expect
from api.optional_body import OptionalBody
from api.paging import Cursor, Limit, page
from api.routes.courses.views import CourseCard, CourseView, card_view, shown_again, tagged
from api.services import Injected, Services
from api.wire import LINES_PATTERN, NAME_PATTERN, Body, HttpRequest, Page
from core.catalog import Permission
from core.errors import ErrorKind, Refused
from db.models import Course
from db.queries import catalog
from domain import access, course_review, courses
from domain.course_policies import may_publish_unreviewed, may_review, permissions_in
from domain.policies import Actor, Scope


class ReviewNote(Body):
    """What is to be better."""

    note: Annotated[
        str, Meta(min_length=1, max_length=5000, pattern=LINES_PATTERN, examples=["The second video has no sound."])
    ]


class Archiving(Body):
    """Why. An admin's reason takes the course down: only an admin brings it back then."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=NAME_PATTERN)] | None = None


async def _moved(
    request: HttpRequest,
    services: Services,
    course_id: UUID,
    move: Callable[[AsyncSession, Actor, Course], Awaitable[None]],
) -> Response[CourseView]:
    """Lock the course, look whether the caller has seen its newest revision, move it, show it."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id, Permission.PUBLISH)
        expect(request, course.id, course.revision)
        await move(session, actor, course)
        view = await shown_again(services, session, actor, course_id)
    return tagged(view)


@post(
    "/courses/{course_id:uuid}/submit",
    operation_id="submitCourse",
    tags=["Courses"],
    summary="Ask for a review",
    status_code=200,
    **stated(related("course.publish", Scope.COURSES_WRITE), 403, 409, 412, 422),
)
async def submit_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CourseView]:
    """Ask the admins to publish a draft. It has to be complete: the answer names each lesson that lacks something."""
    now = services.clock()
    return await _moved(
        request, services, course_id, lambda session, actor, course: course_review.submit(session, actor, course, now)
    )


@post(
    "/courses/{course_id:uuid}/approve",
    operation_id="approveCourse",
    tags=["Courses"],
    summary="Publish what was submitted",
    status_code=200,
    **stated(ADMINS, 404, 409, 412, 422),
)
async def approve_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CourseView]:
    """Publish a course that waits for its review."""
    now = services.clock()
    return await _moved(
        request, services, course_id, lambda session, actor, course: course_review.approve(session, actor, course, now)
    )


@post(
    "/courses/{course_id:uuid}/reject",
    operation_id="rejectCourse",
    tags=["Courses"],
    summary="Give back what was submitted",
    status_code=200,
    **stated(ADMINS, 404, 409, 412, 413, 415, 422),
)
async def reject_course(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[ReviewNote], services: Injected
) -> Response[CourseView]:
    """Give a course back to its authors, who read the note."""
    return await _moved(
        request, services, course_id, lambda session, actor, course: course_review.reject(session, actor, course, data.note)
    )


@post(
    "/courses/{course_id:uuid}/publish",
    operation_id="publishCourse",
    tags=["Courses"],
    summary="Publish without a review",
    status_code=200,
    **stated(related("course.publish", Scope.COURSES_WRITE), 403, 409, 412, 422),
)
async def publish_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CourseView]:
    """Publish a draft at once: admins, and where this installation does without reviews whoever may publish the course."""
    now, required = services.clock(), services.settings.api.course_review == "required"

    async def move(session: AsyncSession, actor: Actor, course: Course) -> None:
        facts = await access.standing(session, actor, course.id, now)
        theirs = permissions_in(actor, facts.owner_id, facts.permissions)
        if not may_publish_unreviewed(actor, theirs, review_required=required):
            raise Refused("course.review_required", "Courses are reviewed here; submit it.", kind=ErrorKind.FORBIDDEN)
        await course_review.publish(session, actor, course, now)

    return await _moved(request, services, course_id, move)


@post(
    "/courses/{course_id:uuid}/archive",
    operation_id="archiveCourse",
    tags=["Courses"],
    summary="Take a course out of the catalogue",
    status_code=200,
    operation_class=OptionalBody,
    **stated(related("course.publish", Scope.COURSES_WRITE), 403, 409, 412, 413, 415),
)
async def archive_course(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, data: JSONBody[Archiving | None] = None
) -> Response[CourseView]:
    """Take a published course out of the catalogue; who is enrolled keeps it. An admin's reason takes it down."""
    now = services.clock()

    async def move(session: AsyncSession, actor: Actor, course: Course) -> None:
        takedown = data.reason if data is not None and may_review(actor) else None
        await course_review.archive(session, actor, course, now, takedown)

    return await _moved(request, services, course_id, move)


@post(
    "/courses/{course_id:uuid}/restore",
    operation_id="restoreCourse",
    tags=["Courses"],
    summary="Bring an archived course back",
    status_code=200,
    **stated(related("course.publish", Scope.COURSES_WRITE), 403, 409, 412),
)
async def restore_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CourseView]:
    """Bring an archived course back into the catalogue; one that an admin took down, only by an admin."""

    async def move(session: AsyncSession, actor: Actor, course: Course) -> None:
        if course.taken_down_reason is not None and not may_review(actor):
            raise Refused("course.taken_down", "An admin took it down; only an admin brings it back.", kind=ErrorKind.FORBIDDEN)
        await course_review.restore(session, actor, course)

    return await _moved(request, services, course_id, move)


@get(
    "/courses/review",
    operation_id="listCoursesInReview",
    tags=["Courses"],
    summary="What waits for a review",
    **stated(ADMINS),
)
async def list_in_review(services: Injected, cursor: Cursor = None, limit: Limit = 20) -> Page[CourseCard]:
    """Courses that were submitted, oldest course first."""
    async with services.sessions() as session:
        rows = await catalog.in_review(session, after=cursor, limit=limit + 1)
    return page(rows, limit, card_view, lambda row: row.id)


ROUTES = (
    submit_course,
    approve_course,
    reject_course,
    publish_course,
    archive_course,
    restore_course,
    list_in_review,
)
