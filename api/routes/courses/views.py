"""What the routes of courses give: cards for lists, the page of one course, and the addresses of pictures beside them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.etags import etag
from api.markdown_images import render_for_reader
from api.money import MoneyView, money_view
from api.pictures import address_of
from api.services import Services
from api.wire import View, not_found
from core.catalog import CourseLevel, CourseState, Permission
from core.markdown import render_all
from db.queries import catalog
from db.queries.catalog import Facts
from db.queries.entitlements import Standing
from domain import access
from domain.course_policies import permissions_in
from domain.policies import Actor


class AuthorView(View):
    """Somebody who teaches."""

    id: UUID
    display_name: str
    headline: str
    avatar_url: str | None


class CourseRef(View):
    """A course that another one refers to."""

    id: UUID
    slug: str
    title: str


class MineView(View):
    """What the caller has to do with the course."""

    permissions: list[Permission]
    """As its author; empty: they are none."""
    enrolled: bool
    """Enrolled, and let in at this moment."""


class CourseCard(View):
    """A course as lists show it."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    level: CourseLevel
    category: str
    tags: list[str]
    price: MoneyView
    free: bool
    cover_url: str | None
    state: CourseState
    owner: AuthorView
    lesson_count: int
    duration_s: int
    revision: int
    published_at: datetime | None
    updated_at: datetime


class CourseView(CourseCard):
    """A course with all that its page shows. `mine` is null without a sign-in; `review` for all but its authors."""

    description: str
    description_html: str
    outcomes: list[str]
    instructors: list[AuthorView]
    """Who teaches it besides its owner."""
    prerequisites: list[CourseRef]
    mine: MineView | None
    review: "ReviewView | None"


class ReviewView(View):
    """What authors and reviewers see of a course's way to the catalogue."""

    submitted_at: datetime | None
    note: str | None
    """Why it was given back."""
    archived_at: datetime | None
    taken_down_reason: str | None
    """Why an admin took it out of the catalogue; only an admin brings it back."""


def _card(row: Facts) -> dict[str, Any]:
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "summary": row.summary,
        "language": row.language,
        "level": row.level,
        "category": row.category,
        "tags": row.tags,
        "price": money_view(row.price_minor, row.currency),
        "free": row.price_minor == 0,
        "cover_url": address_of(row.cover_id),
        "state": row.state,
        "owner": AuthorView(
            id=row.owner_id,
            display_name=row.owner_name,
            headline=row.owner_headline,
            avatar_url=address_of(row.owner_avatar_id),
        ),
        "lesson_count": row.lesson_count,
        "duration_s": row.duration_s,
        "revision": row.revision,
        "published_at": row.published_at,
        "updated_at": row.updated_at,
    }


def card_view(row: Facts) -> CourseCard:
    """A course as lists show it."""
    return CourseCard(**_card(row))


def _page(row: Facts, html: str, actor: Actor | None, facts: Standing | None) -> CourseView:
    review = ReviewView(
        submitted_at=row.submitted_at,
        note=row.review_note,
        archived_at=row.archived_at,
        taken_down_reason=row.taken_down_reason,
    )
    return CourseView(
        **_card(row),
        description=row.description,
        description_html=html,
        outcomes=row.outcomes,
        instructors=[_author(each) for each in row.instructors or ()],
        prerequisites=[
            CourseRef(id=UUID(each["id"]), slug=each["slug"], title=each["title"]) for each in row.prerequisites or ()
        ],
        mine=None if facts is None else _mine(actor, facts),
        review=review if facts is not None and access.teaches(actor, facts) else None,
    )


def _author(facts: dict[str, Any]) -> AuthorView:
    return AuthorView(
        id=UUID(facts["id"]),
        display_name=facts["displayName"],
        headline=facts["headline"],
        avatar_url=address_of(UUID(facts["avatarId"]) if facts["avatarId"] else None),
    )


def _mine(actor: Actor | None, facts: Standing) -> MineView:
    return MineView(
        permissions=sorted(permissions_in(actor, facts.owner_id, facts.permissions)),
        enrolled=facts.enrolled_at is not None and facts.entitled,
    )


async def shown(services: Services, session: AsyncSession, actor: Actor | None, row: Facts | None) -> CourseView:
    """The page of the course in `row`, if the actor may see it. Raises Refused `course.not_found`."""
    if row is None:
        raise not_found("course")
    facts = None if actor is None else await access.standing(session, actor, row.id, services.clock())
    if row.state is not CourseState.PUBLISHED and (facts is None or not access.sees_course(actor, facts)):
        raise not_found("course")
    html = await render_for_reader(session, services, row.id, row.description)
    return _page(row, html, actor, facts)


async def shown_to(services: Services, actor: Actor | None, row: Facts | None) -> CourseView:
    """The same in a session of its own, where one is needed at all: what is public and has no pictures needs none."""
    if actor is None and row is not None and row.state is CourseState.PUBLISHED and "file:" not in row.description:
        return _page(row, (await render_all([row.description]))[0], None, None)
    async with services.sessions() as session:
        return await shown(services, session, actor, row)


async def shown_again(services: Services, session: AsyncSession, actor: Actor, course_id: UUID) -> CourseView:
    """The page of a course that the actor has just changed."""
    return await shown(services, session, actor, await catalog.by_id(session, course_id))


def tagged(view: CourseView, status_code: int = 200) -> Response[CourseView]:
    """The page with its entity tag."""
    return Response(view, status_code=status_code, headers={"ETag": etag(view.id, view.revision)})


def cards(rows: Iterable[Facts]) -> list[CourseCard]:
    """Courses as lists show them."""
    return [card_view(row) for row in rows]
