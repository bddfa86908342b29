"""Who teaches a course, who owns it, and what comes before it."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated
from api.auth import actor_of
from api.etags import expect
from api.pictures import address_of
from api.routes.courses.views import CourseView, shown_again, tagged
from api.services import Injected
from api.wire import Body, HttpRequest, View, not_found
from core.catalog import Permission
from db.models import Course
from db.queries import courses as queries
from domain import course_people, courses, users
from domain.policies import Actor, Scope

Permissions = Annotated[list[Permission], Meta(max_length=8, examples=[["edit", "grade"]])]


class PermissionsBody(Body):
    """What a co-instructor may do; none: they see the course as its authors do, and no more."""

    permissions: Permissions


class NewInstructor(Body):
    """Who is to teach along, by e-mail address."""

    email: Annotated[str, Meta(max_length=254, examples=["grace@example.org"])]
    permissions: Permissions


class NewOwner(Body):
    """Who is to own the course."""

    user_id: UUID


class PrerequisitesBody(Body):
    """The courses to be completed before."""

    course_ids: Annotated[list[UUID], Meta(max_length=20)]


class InstructorView(View):
    """A co-instructor."""

    id: UUID
    display_name: str
    headline: str
    avatar_url: str | None
    permissions: list[Permission]


async def _instructors(session: AsyncSession, course_id: UUID) -> list[InstructorView]:
    return [
        InstructorView(
            id=row.id,
            display_name=row.display_name,
            headline=row.headline,
            avatar_url=address_of(row.avatar_id),
            permissions=[Permission(each) for each in row.permissions],
        )
        for row in await queries.instructors(session, course_id)
    ]


async def _led(request: HttpRequest, session: AsyncSession, course_id: UUID) -> tuple[Actor, Course]:
    actor = actor_of(request)
    course = await course_people.led_course(session, actor, course_id)
    expect(request, course.id, course.revision)
    return actor, course


@get(
    "/courses/{course_id:uuid}/instructors",
    operation_id="listInstructors",
    tags=["Courses"],
    summary="Who teaches along",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def list_instructors(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> list[InstructorView]:
    """The co-instructors and what they may do, who has been one for longest first."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, lock=False)
        return await _instructors(session, course_id)


@post(
    "/courses/{course_id:uuid}/instructors",
    operation_id="addInstructor",
    tags=["Courses"],
    summary="Let somebody teach along, by address",
    status_code=200,
    **stated(related("course.own", Scope.COURSES_WRITE), 403, 412, 413, 415, idempotent=True),
)
async def add_instructor(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewInstructor], services: Injected
) -> list[InstructorView]:
    """Let somebody teach along, or change what they may do; answers with all co-instructors."""
    async with services.sessions.begin() as session:
        actor, course = await _led(request, session, course_id)
        user = await users.known_by(session, data.email)
        if user is None:
            raise not_found("user")
        await course_people.set_instructor(session, actor, course, user.id, data.permissions)
        return await _instructors(session, course_id)


@put(
    "/courses/{course_id:uuid}/instructors/{user_id:uuid}",
    operation_id="setInstructor",
    tags=["Courses"],
    summary="Let somebody teach along",
    **stated(related("course.own", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def set_instructor(
    request: HttpRequest,
    course_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[PermissionsBody],
    services: Injected,
) -> list[InstructorView]:
    """Make somebody a co-instructor with these permissions, or change them; answers with all co-instructors."""
    async with services.sessions.begin() as session:
        actor, course = await _led(request, session, course_id)
        await course_people.set_instructor(session, actor, course, user_id, data.permissions)
        return await _instructors(session, course_id)


@delete(
    "/courses/{course_id:uuid}/instructors/{user_id:uuid}",
    operation_id="removeInstructor",
    tags=["Courses"],
    summary="Let somebody teach along no longer",
    **stated(related("course.own", Scope.COURSES_WRITE), 403, 412),
)
async def remove_instructor(
    request: HttpRequest, course_id: FromPath[UUID], user_id: FromPath[UUID], services: Injected
) -> None:
    """From now on they see what everybody sees. If they taught nothing here, nothing happens."""
    async with services.sessions.begin() as session:
        actor, course = await _led(request, session, course_id)
        await course_people.remove_instructor(session, actor, course, user_id)


@put(
    "/courses/{course_id:uuid}/owner",
    operation_id="setCourseOwner",
    tags=["Courses"],
    summary="Hand a course over",
    **stated(related("course.own", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def set_owner(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewOwner], services: Injected
) -> Response[CourseView]:
    """Give the course another owner, an instructor; the one before stays as co-instructor who may do everything."""
    async with services.sessions.begin() as session:
        actor, course = await _led(request, session, course_id)
        await course_people.hand_over(session, actor, course, data.user_id)
        view = await shown_again(services, session, actor, course_id)
    return tagged(view)


@put(
    "/courses/{course_id:uuid}/prerequisites",
    operation_id="setCoursePrerequisites",
    tags=["Courses"],
    summary="Say what comes before a course",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def set_prerequisites(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[PrerequisitesBody], services: Injected
) -> Response[CourseView]:
    """The published courses to be completed before this one, in place of those that were.

    One that is archived stays, unseen.
    """
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        await course_people.require(session, actor, course, data.course_ids)
        view = await shown_again(services, session, actor, course_id)
    return tagged(view)


ROUTES = (list_instructors, add_instructor, set_instructor, remove_instructor, set_owner, set_prerequisites)
