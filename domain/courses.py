"""Courses: made, changed, and who may see and change them. Modules and lessons are in `domain.curriculum`."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core import slugs
from core.catalog import CourseLevel, CourseState, Permission
from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.money import formatted
from db import caches
from db.models import Course
from db.queries import courses as queries
from domain import access, audit, course_policies, pictures
from domain.policies import Actor

LOCK = {"key_share": True}
"""How a course is locked for a change: FOR NO KEY UPDATE."""
_MADE_UP_SLUGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseDraft:
    """What a new course is to be; without a slug it gets one from its title."""

    title: str
    slug: str | None = None
    summary: str = ""
    description: str = ""
    language: str = "en"
    level: CourseLevel = CourseLevel.ALL
    category: str = ""
    tags: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    price_minor: int = 0
    currency: str = "USD"


async def create(session: AsyncSession, actor: Actor, draft: CourseDraft) -> Course:
    """A new draft that belongs to `actor`. Raises Refused `course.slug_taken` (CONFLICT) for a slug that was asked for."""
    values = asdict(draft)
    given = values.pop("slug")
    base = given or slugs.slug_of(draft.title, "course")
    course = await _insert(session, actor.id, base, values)
    while course is None:
        if given is not None:
            raise slug_taken()
        # Somebody else may take it between the look and the insert.
        course = await _insert(session, actor.id, await _free_slug(session, base), values)
    await audit.note(session, actor, "course.created", "course", course.id, title=course.title, slug=course.slug)
    return course


async def _insert(session: AsyncSession, owner_id: UUID, slug: str, values: Mapping[str, Any]) -> Course | None:
    course = Course(id=new_id(), owner_id=owner_id, slug=slug, **values)
    try:
        async with session.begin_nested():
            session.add(course)
            await session.flush()
    except IntegrityError as error:
        if not about_slug(error):
            raise
        return None
    return course


async def _free_slug(session: AsyncSession, base: str) -> str:
    candidates = [slugs.with_suffix(base, str(number)) for number in range(2, _MADE_UP_SLUGS)]
    taken = await queries.taken_slugs(session, candidates)
    free = [slug for slug in candidates if slug not in taken]
    return free[0] if free else slugs.with_suffix(base, secrets.token_hex(4))


async def readable_course(session: AsyncSession, actor: Actor | None, course_id: UUID) -> Course:
    """The course, if the actor may know of it. Raises Refused `course.not_found`, whether it is not there or not theirs."""
    course = await session.get(Course, course_id)
    if course is None:
        raise no_course()
    if course.state is not CourseState.PUBLISHED and not access.sees_course(
        actor, await access.standing(session, actor, course_id)
    ):
        raise no_course()
    return course


async def editable_course(
    session: AsyncSession, actor: Actor, course_id: UUID, permission: Permission = Permission.EDIT, lock: bool = True
) -> Course:
    """The course, if the actor has `permission` there; its row is locked until the transaction ends, unless `lock` is False.

    Raises Refused `course.not_found`; `course.not_yours` (FORBIDDEN) to those who may see it only, or do other things there.
    """
    # Without the key: rows that refer to the course, such as enrolments, may still be written meanwhile.
    course = await session.get(Course, course_id, with_for_update=LOCK if lock else None, populate_existing=lock)
    if course is None:
        raise no_course()
    facts = await access.standing(session, actor, course_id)
    if permission in course_policies.permissions_in(actor, facts.owner_id, facts.permissions):
        return course
    if access.sees_course(actor, facts):
        raise not_yours()
    raise no_course()


async def hold(session: AsyncSession, course_id: UUID) -> None:
    """Have the course stay until the commit, for what is to refer to it. Raises Refused `course.not_found`."""
    if not await queries.hold(session, course_id):
        raise no_course()


async def changed(session: AsyncSession, course: Course) -> None:
    """The course, or something that belongs to it, has changed: its revision rises, its totals are counted anew."""
    await session.flush()
    # Who learns the length of a video sees this course afterwards, or we see the length.
    await queries.hold_unknown(session, course.id)
    course.lesson_count, course.duration_s = await queries.totals(session, course.id)
    course.revision += 1
    course.updated_at = utc_now()
    if course.published_at is not None:
        # Nobody has seen what was never published.
        caches.touch(session, caches.CATALOG)
    await session.flush()


async def recount(session: AsyncSession, course_ids: Iterable[UUID]) -> None:
    """Something that these courses show is not what it was; those that are gone don't matter."""
    for course in await queries.locked(session, course_ids):
        await changed(session, course)


async def change(session: AsyncSession, actor: Actor, course: Course, values: Mapping[str, Any]) -> None:
    """Give the locked course's columns new values. Raises Refused `course.slug_taken` (CONFLICT)."""
    before = formatted(course.price_minor, course.currency)
    for name, value in values.items():
        setattr(course, name, value)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        if about_slug(error):
            raise slug_taken() from None
        raise
    await changed(session, course)
    after = formatted(course.price_minor, course.currency)
    price = {"price": {"from": before, "to": after}} if after != before else {}
    await audit.note(session, actor, "course.changed", "course", course.id, fields=sorted(values), **price)


async def delete(session: AsyncSession, actor: Actor, course: Course) -> None:
    """Delete a locked draft.

    Raises Refused (CONFLICT) `course.not_empty` once it was published or somebody is enrolled, `course.sold`.
    """
    # With the key: nobody is enrolled between the look and the end.
    await session.refresh(course, with_for_update=True)
    if (
        course.state is not CourseState.DRAFT
        or course.published_at is not None
        or await queries.has_learners(session, course.id)
    ):
        raise Refused(
            "course.not_empty", "Only drafts that nobody is enrolled in can be deleted; archive it.", kind=ErrorKind.CONFLICT
        )
    if await queries.is_sold(session, course.id):
        raise Refused("course.sold", "A product has this course in it: remove that first.", kind=ErrorKind.CONFLICT)
    await pictures.remove_picture(session, pictures.COVER, course.id, at_once=True)
    await session.delete(course)
    await session.flush()
    await audit.note(session, actor, "course.deleted", "course", course.id, title=course.title, slug=course.slug)


def about_slug(error: IntegrityError) -> bool:
    """Whether a row was refused for its slug."""
    return "uq_courses_slug" in str(error.orig)


def no_course() -> Refused:
    """The refusal for a course that is not there, or not to be seen."""
    return Refused("course.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


def not_yours() -> Refused:
    """The refusal for those who may see the course, but not do this."""
    return Refused("course.not_yours", "You may not do this in this course.", kind=ErrorKind.FORBIDDEN)


def slug_taken() -> Refused:
    """The refusal for a slug that another course has."""
    return Refused(
        "course.slug_taken",
        "Another course has this slug.",
        kind=ErrorKind.CONFLICT,
        errors=[{"field": "slug", "message": "Is taken."}],
    )
