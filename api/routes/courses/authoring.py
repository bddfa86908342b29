"""Courses as their authors see and change them."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from api.access import INSTRUCTORS, SIGNED_IN, related, stated
from api.auth import actor_of
from api.etags import expect
from api.money import MoneyBody
from api.paging import Cursor, Limit, page
from api.routes.courses.views import CourseCard, CourseView, card_view, shown_again, tagged
from api.services import Injected
from api.wire import LINES_PATTERN, NAME_PATTERN, TEXT_PATTERN, Body, HttpRequest, Page
from core.catalog import CourseLevel, CourseState, tidy_tags
from core.slugs import MAX_LENGTH, SLUG_PATTERN
from db.queries import catalog
from domain import courses
from domain.courses import CourseDraft
from domain.policies import Scope

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["Systems that last"])]
Slug = Annotated[
    str, Meta(min_length=1, max_length=MAX_LENGTH, pattern=SLUG_PATTERN + r"(?!\n)", examples=["systems-that-last"])
]
Summary = Annotated[str, Meta(max_length=500, pattern=TEXT_PATTERN)]
Description = Annotated[str, Meta(max_length=20_000, pattern=LINES_PATTERN)]
Language = Annotated[
    str, Meta(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)", examples=["en"])
]
Category = Annotated[str, Meta(max_length=80, pattern=TEXT_PATTERN, examples=["Architecture"])]
Tags = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=40, pattern=NAME_PATTERN, examples=["design"])]], Meta(max_length=20)
]
Outcomes = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=300, pattern=NAME_PATTERN, examples=["Choose a database for reasons"])]],
    Meta(max_length=20),
]


class NewCourse(Body):
    """A new course. Without a slug it gets one from its title; without a price it is free."""

    title: Title
    slug: Slug | None = None
    summary: Summary = ""
    description: Description = ""
    language: Language = "en"
    level: CourseLevel = CourseLevel.ALL
    category: Category = ""
    tags: Tags = msgspec.field(default_factory=list)
    outcomes: Outcomes = msgspec.field(default_factory=list)
    price: MoneyBody | None = None


class CoursePatch(Body):
    """What changes; what is left out, or null, stays."""

    title: Title | None = None
    slug: Slug | None = None
    summary: Summary | None = None
    description: Description | None = None
    language: Language | None = None
    level: CourseLevel | None = None
    category: Category | None = None
    tags: Tags | None = None
    outcomes: Outcomes | None = None
    price: MoneyBody | None = None


def _changes(data: CoursePatch) -> dict[str, Any]:
    names = ("slug", "summary", "description", "language", "level", "outcomes")
    changes = {name: value for name in names if (value := getattr(data, name)) is not None}
    if data.title is not None:
        changes["title"] = data.title.strip()
    if data.category is not None:
        changes["category"] = data.category.strip()
    if data.tags is not None:
        changes["tags"] = tidy_tags(data.tags)
    if data.price is not None:
        changes["price_minor"], changes["currency"] = data.price.minor(), data.price.currency
    return changes


@post(
    "/courses",
    operation_id="createCourse",
    tags=["Courses"],
    summary="Begin a course",
    **stated(INSTRUCTORS.with_scope(Scope.COURSES_WRITE), 409, 413, 415, 422, idempotent=True),
)
async def create_course(request: HttpRequest, data: JSONBody[NewCourse], services: Injected) -> Response[CourseView]:
    """Begin a course: a draft that only its authors see."""
    actor = actor_of(request)
    draft = CourseDraft(
        title=data.title.strip(),
        slug=data.slug,
        summary=data.summary,
        description=data.description,
        language=data.language,
        level=data.level,
        category=data.category.strip(),
        tags=tidy_tags(data.tags),
        outcomes=data.outcomes,
        price_minor=data.price.minor() if data.price else 0,
        currency=data.price.currency if data.price else "USD",
    )
    async with services.sessions.begin() as session:
        course = await courses.create(session, actor, draft)
        view = await shown_again(services, session, actor, course.id)
    return tagged(view, 201)


@get(
    "/courses/mine",
    operation_id="listMyCourses",
    tags=["Courses"],
    summary="The courses that I teach",
    **stated(SIGNED_IN.with_scope(Scope.COURSES_READ)),
)
async def list_mine(
    request: HttpRequest,
    services: Injected,
    in_state: Annotated[CourseState | None, QueryParameter(name="state", description="Only in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[CourseCard]:
    """Courses that the caller owns or co-instructs, newest first."""
    async with services.sessions() as session:
        rows = await catalog.taught_by(session, actor_of(request).id, in_state, before=cursor, limit=limit + 1)
    return page(rows, limit, card_view, lambda row: row.id)


@patch(
    "/courses/{course_id:uuid}",
    operation_id="changeCourse",
    tags=["Courses"],
    summary="Change a course",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 409, 412, 413, 415, 422),
)
async def change_course(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[CoursePatch], services: Injected
) -> Response[CourseView]:
    """Change what is said about it; a published course changes at once."""
    actor = actor_of(request)
    changes = _changes(data)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        if changes:
            await courses.change(session, actor, course, changes)
        view = await shown_again(services, session, actor, course_id)
    return tagged(view)


@delete(
    "/courses/{course_id:uuid}",
    operation_id="deleteCourse",
    tags=["Courses"],
    summary="Delete a draft",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 409, 412),
)
async def delete_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> None:
    """Delete a course that was never published and that nobody is enrolled in; others are archived instead."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        await courses.delete(session, actor, course)


ROUTES = (create_course, list_mine, change_course, delete_course)
