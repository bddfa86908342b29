"""Enrolments and entitlements: who learns in a course, what lets them in, and the end of both."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import SIGNED_IN, related, stated
from api.auth import actor_of
from api.optional_body import OptionalBody
from api.paging import Cursor, Limit, page
from api.pictures import picture_url
from api.routes.users.views import Email
from api.services import Injected, Services
from api.wire import TEXT_PATTERN, Body, HttpRequest, Page, View, not_found
from core.catalog import CourseState, Permission
from core.errors import ErrorKind, Refused
from db.models import Entitlement, User
from db.queries import enrolments as queries
from db.queries import entitlements as entitlement_queries
from db.queries import users as user_queries
from domain import courses, enrolments, users
from domain.policies import Scope

State = Annotated[
    Literal["active", "ended"] | None, QueryParameter(name="state", description="Only enrolments that go on, or have ended.")
]


class NewEnrolment(Body):
    """Whom to enrol: one of both, or nobody, which is oneself. `endsAt`: when access ends; for others only."""

    user_id: UUID | None = None
    email: Email | None = None
    ends_at: Annotated[datetime, Meta(tz=True, examples=["2030-01-15T09:00:00Z"])] | None = None


class EndOfEntitlement(Body):
    """Why it ends; people read it."""

    reason: Annotated[str, Meta(max_length=200, pattern=TEXT_PATTERN)] = ""


class EnrolmentView(View):
    """A learner in a course."""

    id: UUID
    course_id: UUID
    user_id: UUID
    enrolled_at: datetime
    """When they first enrolled; lessons that open after days count from here."""
    ended_at: datetime | None
    completed_at: datetime | None
    entitled: bool
    """Whether anything lets them in at this moment."""
    access_ends_at: datetime | None
    """When the last of what lets them in ends; null: it does not, or there is nothing."""


class LearnerView(EnrolmentView):
    """The same with who it is, for those who enrol."""

    email: str
    display_name: str
    avatar_url: str | None


class EnrolledCourse(View):
    """A course that the caller is enrolled in."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    state: CourseState
    cover_url: str | None
    lesson_count: int
    duration_s: int


class MyEnrolmentView(EnrolmentView):
    """The same with the course, for the learner."""

    course: EnrolledCourse


class EntitlementView(View):
    """A reason why a user may see a course."""

    id: UUID
    user_id: UUID
    course_id: UUID
    source: Literal["free", "grant", "purchase", "subscription"]
    granted_by: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    """null: for good."""
    revoked_at: datetime | None
    revoke_reason: str | None


def _facts(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "course_id": row.course_id,
        "user_id": row.user_id,
        "enrolled_at": row.created_at,
        "ended_at": row.ended_at,
        "completed_at": row.completed_at,
        "entitled": row.entitlements > 0,
        "access_ends_at": None if row.for_good else row.access_ends_at,
    }


def _learner(services: Services, row: Row[Any]) -> LearnerView:
    avatar = picture_url(services, row.avatar)
    return LearnerView(**_facts(row), email=row.email, display_name=row.display_name, avatar_url=avatar)


def _mine(services: Services, row: Row[Any]) -> MyEnrolmentView:
    course = EnrolledCourse(
        id=row.course_id,
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        language=row.language,
        state=row.state,
        cover_url=picture_url(services, row.cover),
        lesson_count=row.lesson_count,
        duration_s=row.duration_s,
    )
    return MyEnrolmentView(**_facts(row), course=course)


def _entitlement(row: Entitlement) -> EntitlementView:
    return msgspec.convert(row, EntitlementView, from_attributes=True)


def _unclear(field: str, message: str) -> Refused:
    errors = [{"field": field, "message": message}]
    return Refused("enrolment.whom", message, kind=ErrorKind.UNPROCESSABLE, errors=errors)


async def _named(session: AsyncSession, data: NewEnrolment) -> User:
    if data.user_id is not None and data.email is not None:
        raise _unclear("email", "Name the user by either userId or email.")
    if data.user_id is not None:
        user = await user_queries.by_id(session, data.user_id)
    else:
        user = await users.known_by(session, data.email or "")
    if user is None or user.deleted_at is not None:
        raise not_found("user")
    return user


@post(
    "/courses/{course_id:uuid}/enrolments",
    operation_id="enrol",
    tags=["Enrolments"],
    summary="Enrol",
    operation_class=OptionalBody,
    **stated(SIGNED_IN.with_scope(Scope.ENROLMENTS_WRITE), 403, 404, 409, 413, 415, 422, idempotent=True),
)
async def enrol(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, data: JSONBody[NewEnrolment | None] = None
) -> EnrolmentView:
    """Enrol oneself in a free course (without a body), or somebody else, for whom that makes access (with `course.enrol`).

    Again: the same enrolment. 403 `enrolment.payment_required`: the course is not free; 409 `enrolment.prerequisites`: other
    courses have to be completed first, named in `errors`.
    """
    actor, now = actor_of(request), services.clock()
    wanted = data or NewEnrolment()
    oneself = wanted.user_id is None and wanted.email is None
    if oneself and wanted.ends_at is not None:
        raise _unclear("endsAt", "An end is set for others only: name one by userId or email.")
    async with services.sessions.begin() as session:
        if oneself:
            found = await enrolments.enrol(session, actor, course_id, now)
        else:
            # Who may not enrol others is not told who has an account.
            await courses.editable_course(session, actor, course_id, Permission.ENROL, lock=False)
            user = await _named(session, wanted)
            found = await enrolments.enrol_other(session, actor, course_id, user, wanted.ends_at, now)
        row = await queries.one(session, found.id, services.clock())
    assert row is not None
    return EnrolmentView(**_facts(row))


@get(
    "/courses/{course_id:uuid}/enrolments",
    operation_id="listEnrolments",
    tags=["Enrolments"],
    summary="Who is enrolled",
    **stated(related("course.enrol", Scope.ENROLMENTS_READ), 403),
)
async def list_enrolments(
    request: HttpRequest,
    course_id: FromPath[UUID],
    services: Injected,
    enrolment_state: State = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[LearnerView]:
    """The learners of a course, who enrolled last first."""
    now = services.clock()
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, Permission.ENROL, lock=False)
        rows = await queries.of_course(session, course_id, enrolment_state, now, before=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: _learner(services, row), lambda row: row.id)


@get(
    "/users/me/enrolments",
    operation_id="listMyEnrolments",
    tags=["Enrolments"],
    summary="What I am enrolled in",
    **stated(SIGNED_IN.with_scope(Scope.ENROLMENTS_READ)),
)
async def list_mine(
    request: HttpRequest, services: Injected, cursor: Cursor = None, limit: Limit = 50
) -> Page[MyEnrolmentView]:
    """The caller's courses, the last one first."""
    now = services.clock()
    async with services.sessions() as session:
        rows = await queries.mine(session, actor_of(request).id, now, before=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: _mine(services, row), lambda row: row.id)


@delete(
    "/enrolments/{enrolment_id:uuid}",
    operation_id="endEnrolment",
    tags=["Enrolments"],
    summary="Leave a course",
    **stated(related("enrolment.own", Scope.ENROLMENTS_WRITE)),
)
async def end_enrolment(request: HttpRequest, enrolment_id: FromPath[UUID], services: Injected) -> None:
    """Leave a course, or take a learner out; what they play of it stops at once. Again: nothing happens.

    Who leaves keeps what was paid for and may enrol again.
    """
    async with services.sessions.begin() as session:
        ended = await enrolments.leave(session, actor_of(request), enrolment_id, services.clock())
    _deny(services, ended)


@get(
    "/courses/{course_id:uuid}/entitlements",
    operation_id="listEntitlements",
    tags=["Enrolments"],
    summary="What lets people in",
    **stated(related("course.enrol", Scope.ENROLMENTS_READ), 403),
)
async def list_entitlements(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, cursor: Cursor = None, limit: Limit = 50
) -> Page[EntitlementView]:
    """Entitlements to a course, also those that have ended, newest first."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, Permission.ENROL, lock=False)
        rows = await entitlement_queries.of_course(session, course_id, before=cursor, limit=limit + 1)
    return page(rows, limit, _entitlement, lambda row: row.id)


@post(
    "/entitlements/{entitlement_id:uuid}/end",
    operation_id="endEntitlement",
    tags=["Enrolments"],
    summary="End an entitlement",
    status_code=200,
    operation_class=OptionalBody,
    **stated(related("course.enrol", Scope.ENROLMENTS_WRITE), 413, 415),
)
async def end_entitlement(
    request: HttpRequest,
    entitlement_id: FromPath[UUID],
    services: Injected,
    data: JSONBody[EndOfEntitlement | None] = None,
) -> EntitlementView:
    """Take it back now. What the learner plays of the course stops at once, unless something else lets them in."""
    reason = (data.reason.strip() if data else "") or "ended"
    async with services.sessions.begin() as session:
        row, ended = await enrolments.end_entitlement(session, actor_of(request), entitlement_id, services.clock(), reason)
    _deny(services, ended)
    return _entitlement(row)


def _deny(services: Services, ended: Iterable[UUID]) -> None:
    for session_id in ended:
        services.denylist.add(session_id)


ROUTES: tuple[Any, ...] = (enrol, list_enrolments, list_mine, end_enrolment, list_entitlements, end_entitlement)
