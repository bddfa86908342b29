"""The catalogue as everybody sees it: its pages, and one course by id or by slug."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from api.access import EVERYONE, stated, visible
from api.auth import actor_or_none
from api.paging import Limit, OpaqueCursor, seal, unseal
from api.routes.courses.views import CourseCard, CourseView, cards, shown_to, tagged
from api.services import Injected
from api.wire import TEXT_PATTERN, HttpRequest, Page, not_found
from core.catalog import CourseLevel
from core.slugs import SLUG_PATTERN
from db.queries import catalog
from db.queries.catalog import Filters
from domain.policies import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND = 253_402_300_799_000_000


class _Moment(msgspec.Struct, array_like=True, tag="newest"):
    micros: Annotated[int, Meta(ge=0, le=_LAST_MICROSECOND)]
    id: UUID


class _Title(msgspec.Struct, array_like=True, tag="title"):
    title: Annotated[str, Meta(max_length=400, pattern=TEXT_PATTERN)]
    id: UUID


def _filter(name: str, description: str, max_length: int) -> QueryParameter:
    return QueryParameter(name=name, description=description, min_length=1, max_length=max_length, pattern=TEXT_PATTERN)


@get(
    "/courses",
    operation_id="listCourses",
    tags=["Courses"],
    summary="The catalogue",
    **stated(EVERYONE.with_scope(Scope.COURSES_READ), 422, cached="catalog"),
)
async def list_courses(
    services: Injected,
    q: Annotated[str | None, _filter("q", "Found in title or category, whatever the case of its letters.", 100)] = None,
    category: Annotated[str | None, _filter("category", "Exactly this category.", 80)] = None,
    level: Annotated[CourseLevel | None, QueryParameter(name="level", description="Whom it is for.")] = None,
    language: Annotated[str | None, _filter("language", "Held in this language (BCP 47).", 35)] = None,
    tag: Annotated[str | None, _filter("tag", "With this tag.", 40)] = None,
    price: Annotated[Literal["free", "paid"] | None, QueryParameter(name="price", description="What it costs.")] = None,
    sort: Annotated[Literal["newest", "title"], QueryParameter(name="sort", description="In which order.")] = "newest",
    cursor: OpaqueCursor = None,
    limit: Limit = 20,
) -> Page[CourseCard]:
    """Published courses, the newest first or by title. Everybody sees the same."""
    tag = tag.strip().casefold() if tag is not None else None
    filters = Filters(text=q, category=category, level=level, language=language, tag=tag, price=price)
    ask = services.reader.ask
    if sort == "newest":
        place = unseal(cursor, _Moment) if cursor else None
        before = (_EPOCH + timedelta(microseconds=place.micros), place.id) if place else None
        rows = await ask(lambda connection: catalog.newest(connection, filters, before=before, limit=limit + 1))
    else:
        seen = unseal(cursor, _Title) if cursor else None
        after = (seen.title, seen.id) if seen else None
        rows = await ask(lambda connection: catalog.by_title(connection, filters, after=after, limit=limit + 1))
    items = cards(rows[:limit])
    if len(rows) <= limit:
        return Page(items=items)
    last = rows[limit - 1]
    if sort == "title":
        return Page(items=items, next_cursor=seal(_Title(last.sort_title, last.id)))
    return Page(items=items, next_cursor=seal(_Moment((last.published_at - _EPOCH) // timedelta(microseconds=1), last.id)))


@get(
    "/courses/{course_id:uuid}",
    operation_id="getCourse",
    tags=["Courses"],
    summary="One course",
    **stated(visible("course.read").with_scope(Scope.COURSES_READ), cached="catalog"),
)
async def get_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[CourseView]:
    """A published course, to everybody; others to those who teach them, and archived ones to those who are enrolled."""
    row = await services.reader.ask(lambda connection: catalog.by_id(connection, course_id))
    return tagged(await shown_to(services, actor_or_none(request), row))


@get(
    "/courses/by-slug/{slug:str}",
    operation_id="getCourseBySlug",
    tags=["Courses"],
    summary="One course by its slug",
    **stated(visible("course.read").with_scope(Scope.COURSES_READ), cached="catalog"),
)
async def get_course_by_slug(request: HttpRequest, slug: FromPath[str], services: Injected) -> Response[CourseView]:
    """The same as by id."""
    if not re.fullmatch(SLUG_PATTERN, slug):
        raise not_found("course")
    row = await services.reader.ask(lambda connection: catalog.by_slug(connection, slug))
    return tagged(await shown_to(services, actor_or_none(request), row))


ROUTES = (list_courses, get_course, get_course_by_slug)
