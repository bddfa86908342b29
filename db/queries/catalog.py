"""Reads of the catalogue: pages of courses by keyset, one course with all that its page shows, and a curriculum.

These are the hottest reads, so they are single statements over columns, without the ORM.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Integer, Row, Select, and_, bindparam, func, literal_column, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from core.catalog import CourseLevel, CourseState
from db.models import Asset, Course, CourseInstructor, CoursePrerequisite, Lesson, Module, User

Facts = Row[Any]
"""One course: the columns of `courses`, and `owner_name`, `owner_headline`, `owner_avatar_id`."""

# A literal: with a parameter in its place a prepared statement's plan can't count on the indexes of what is published.
_PUBLISHED = Course.state == literal_column(f"'{CourseState.PUBLISHED.value}'::course_state")
_Owner = aliased(User)
_CARD = (
    *(Course.id, Course.slug, Course.title, Course.summary, Course.language, Course.level, Course.category, Course.tags),
    *(Course.price_minor, Course.currency, Course.lesson_count, Course.duration_s, Course.state, Course.revision),
    *(Course.published_at, Course.updated_at, Course.cover_id, Course.owner_id),
    _Owner.display_name.label("owner_name"),
    _Owner.headline.label("owner_headline"),
    _Owner.avatar_id.label("owner_avatar_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a page of the catalogue is narrowed to."""

    text: str | None = None
    """Found in title or category, whatever the case of its letters."""
    category: str | None = None
    level: CourseLevel | None = None
    language: str | None = None
    tag: str | None = None
    price: Literal["free", "paid"] | None = None


def _cards(*columns: Any) -> Select[Any]:
    return select(*_CARD, *columns).join(_Owner, _Owner.id == Course.owner_id)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.text is not None:
        wanted = filters.text.lower()
        title, category = func.lower(Course.title), func.lower(Course.category)
        found.append(or_(title.contains(wanted, autoescape=True), category.contains(wanted, autoescape=True)))
    if filters.category is not None:
        found.append(Course.category == filters.category)
    if filters.level is not None:
        found.append(Course.level == filters.level)
    if filters.language is not None:
        found.append(func.lower(Course.language) == filters.language.lower())
    if filters.tag is not None:
        found.append(Course.tags.contains([filters.tag]))
    if filters.price is not None:
        found.append(Course.price_minor == 0 if filters.price == "free" else Course.price_minor > 0)
    return found


def _pages(key: Any, order: tuple[Any, Any], *columns: Any, descending: bool) -> tuple[Select[Any], Select[Any]]:
    """A list's first page, and any page from behind a `key` and id. `_page` has the values."""
    first = _cards(*columns).where(_PUBLISHED).order_by(*order).limit(bindparam("most", type_=Integer))
    here = tuple_(key, Course.id)
    place = tuple_(bindparam("key", type_=key.type), bindparam("id", type_=Course.id.type))
    return first, first.where(here < place if descending else here > place)


_TITLE = func.lower(Course.title)
# Built once: making a statement costs more than PostgreSQL takes to answer it.
_NEWEST, _OLDER = _pages(Course.published_at, (Course.published_at.desc(), Course.id.desc()), descending=True)
_TITLES, _LATER_TITLES = _pages(_TITLE, (_TITLE, Course.id), _TITLE.label("sort_title"), descending=False)


async def newest(
    session: AsyncSession | AsyncConnection, filters: Filters, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Facts]:
    """Published courses, newest first, from before this moment and id."""
    return await _page(session, _OLDER if before else _NEWEST, filters, before, limit)


async def by_title(
    session: AsyncSession | AsyncConnection, filters: Filters, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Facts]:
    """Published courses by title, whose small letters count; from after this one (in small letters) and id."""
    return await _page(session, _LATER_TITLES if after else _TITLES, filters, after, limit)


async def _page(
    session: AsyncSession | AsyncConnection, query: Select[Any], filters: Filters, place: tuple[Any, UUID] | None, limit: int
) -> Sequence[Facts]:
    if narrower := _conditions(filters):
        query = query.where(*narrower)
    values: dict[str, Any] = {"most": limit}
    if place:
        values |= {"key": place[0], "id": place[1]}
    return (await session.execute(query, values)).all()


async def taught_by(
    session: AsyncSession, user_id: UUID, state: CourseState | None, *, before: UUID | None, limit: int
) -> Sequence[Facts]:
    """Courses that the user owns or co-instructs, newest first."""
    helping = select(CourseInstructor.course_id).where(CourseInstructor.user_id == user_id)
    query = _cards().where(or_(Course.owner_id == user_id, Course.id.in_(helping))).order_by(Course.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Course.state == state)
    if before is not None:
        query = query.where(Course.id < before)
    return (await session.execute(query)).all()


async def in_review(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[Facts]:
    """Courses that wait for a reviewer, oldest first."""
    query = _cards().where(Course.state == CourseState.IN_REVIEW).order_by(Course.id).limit(limit)
    if after is not None:
        query = query.where(Course.id > after)
    return (await session.execute(query)).all()


def _teachers() -> Any:
    teacher = func.json_build_object(
        *("id", User.id, "displayName", User.display_name, "headline", User.headline, "avatarId", User.avatar_id)
    )
    in_order = aggregate_order_by(teacher, CourseInstructor.created_at, CourseInstructor.user_id)
    return (
        select(func.json_agg(in_order, type_=JSON))
        .select_from(CourseInstructor)
        .join(User, User.id == CourseInstructor.user_id)
        .where(CourseInstructor.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )


def _required() -> Any:
    other = aliased(Course)
    shown = func.json_build_object("id", other.id, "slug", other.slug, "title", other.title)
    return (
        select(func.json_agg(aggregate_order_by(shown, other.title, other.id), type_=JSON))
        .select_from(CoursePrerequisite)
        .join(other, and_(other.id == CoursePrerequisite.required_id, other.state == CourseState.PUBLISHED))
        .where(CoursePrerequisite.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )


_PAGE = _cards(
    *(Course.description, Course.outcomes, Course.review_note, Course.taken_down_reason, Course.created_at),
    *(Course.submitted_at, Course.archived_at, _teachers().label("instructors"), _required().label("prerequisites")),
)
_BY_SLUG = _PAGE.where(Course.slug == bindparam("slug"))
_BY_ID = _PAGE.where(Course.id == bindparam("id"))


async def by_slug(session: AsyncSession | AsyncConnection, slug: str) -> Facts | None:
    """One course with all that its page shows, whatever its state."""
    return (await session.execute(_BY_SLUG, {"slug": slug})).one_or_none()


async def by_id(session: AsyncSession | AsyncConnection, course_id: UUID) -> Facts | None:
    """The same by id."""
    return (await session.execute(_BY_ID, {"id": course_id})).one_or_none()


_LENGTH = Asset.source["duration_s"].as_float()
_LESSON_CARD = (
    *(Lesson.id, Lesson.module_id, Lesson.title, Lesson.kind, Lesson.preview, Lesson.opens_at, Lesson.opens_after_days),
    *(Lesson.minutes, _LENGTH.label("duration_s"), Asset.playable_version_id.is_not(None).label("playable")),
)


async def lesson_cards(session: AsyncSession, course_id: UUID) -> Sequence[Row[Any]]:
    """The lessons of a course in order, without their texts: columns of `lessons`, `duration_s`, `playable`."""
    query = (
        select(*_LESSON_CARD)
        .join(Module, Module.id == Lesson.module_id)
        .outerjoin(Asset, Asset.id == Lesson.asset_id)
        .where(Lesson.course_id == course_id)
        .order_by(Module.position, Lesson.position)
    )
    return (await session.execute(query)).all()


async def neighbours(session: AsyncSession, course_id: UUID, lesson_id: UUID) -> tuple[UUID | None, UUID | None]:
    """The lessons before and after this one, across modules."""
    order = (Module.position, Lesson.position)
    row = (
        select(
            Lesson.id.label("id"),
            func.lag(Lesson.id).over(order_by=order).label("previous"),
            func.lead(Lesson.id).over(order_by=order).label("next"),
        )
        .join(Module, Module.id == Lesson.module_id)
        .where(Lesson.course_id == course_id)
        .subquery()
    )
    found = (await session.execute(select(row.c.previous, row.c.next).where(row.c.id == lesson_id))).one_or_none()
    return (found[0], found[1]) if found else (None, None)


async def length_of(session: AsyncSession, asset_id: UUID) -> float | None:
    """How many seconds the video is long, once it is known."""
    found: float | None = await session.scalar(select(_LENGTH).where(Asset.id == asset_id))
    return found
