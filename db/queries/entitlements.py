"""Reads of entitlements: what a user has to do with a course, in one statement, and the same held against changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState, Permission
from db.models import Course, CourseInstructor, Enrolment, Entitlement, Lesson, LessonPrerequisite, Module


@dataclass(frozen=True, slots=True)
class Standing:
    """A course, and what a user has to do with it; of somebody who is not signed in, the course alone."""

    course_id: UUID
    state: CourseState
    published_at: datetime | None
    owner_id: UUID
    permissions: frozenset[Permission] | None = None
    """What a co-instructor may do; None: not one of them."""
    enrolled_at: datetime | None = None
    """When they first enrolled; None: they are not enrolled, or no longer."""
    entitled: bool = False
    entitled_until: datetime | None = None
    """When the last of what lets them in ends; None: never (or `entitled` is false)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When a lesson opens, as its author and its module's say, and who may see it before."""

    lesson_id: UUID
    preview: bool
    opens_at: datetime | None
    opens_after_days: int | None
    module_opens_at: datetime | None
    module_opens_after_days: int | None


def active(now: datetime) -> ColumnElement[bool]:
    """Whether an entitlement lets somebody in at `now`."""
    unended = or_(Entitlement.ends_at.is_(None), Entitlement.ends_at > now)
    return and_(Entitlement.revoked_at.is_(None), Entitlement.starts_at <= now, unended)


async def standing(session: AsyncSession, course_id: UUID, user_id: UUID | None, now: datetime) -> Standing | None:
    """The course and what the user has to do with it at `now`; None where there is no such course."""
    course = (Course.id, Course.state, Course.published_at, Course.owner_id)
    if user_id is None:
        row = (await session.execute(select(*course).where(Course.id == course_id))).one_or_none()
        return Standing(*row) if row else None
    theirs = (
        select(
            func.count().label("entitlements"),
            func.bool_or(Entitlement.ends_at.is_(None)).label("for_good"),
            func.max(Entitlement.ends_at).label("ends_at"),
        )
        .where(Entitlement.user_id == user_id, Entitlement.course_id == course_id, active(now))
        .subquery()
    )
    teaching = and_(CourseInstructor.course_id == Course.id, CourseInstructor.user_id == user_id)
    learning = and_(Enrolment.course_id == Course.id, Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
    query = (
        select(*course, CourseInstructor.permissions, Enrolment.created_at, *theirs.c)
        .select_from(Course)
        .join(theirs, true())
        .outerjoin(CourseInstructor, teaching)
        .outerjoin(Enrolment, learning)
        .where(Course.id == course_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    granted = None if row.permissions is None else frozenset(map(Permission, row.permissions))
    until = None if row.for_good else row.ends_at
    return Standing(row.id, row.state, row.published_at, row.owner_id, granted, row.created_at, row.entitlements > 0, until)


async def hold(session: AsyncSession, course_id: UUID, user_id: UUID) -> None:
    """Keep the user's enrolment and entitlements as they are until this transaction ends.

    What is decided on them then can't be overtaken by their end, which takes the same rows in the same order.
    """
    enrolment = select(Enrolment.id).where(Enrolment.course_id == course_id, Enrolment.user_id == user_id)
    await session.execute(enrolment.with_for_update(read=True))
    theirs = select(Entitlement.id).where(Entitlement.user_id == user_id, Entitlement.course_id == course_id)
    await session.execute(theirs.order_by(Entitlement.id).with_for_update(read=True))


async def openings(session: AsyncSession, lesson_ids: Collection[UUID]) -> list[Opening]:
    """When these lessons open, in no order."""
    query = (
        select(
            Lesson.id,
            Lesson.preview,
            Lesson.opens_at,
            Lesson.opens_after_days,
            Module.opens_at,
            Module.opens_after_days,
        )
        .join(Module, Module.id == Lesson.module_id)
        .where(Lesson.id.in_(lesson_ids))
    )
    return [Opening(*row) for row in await session.execute(query)]


async def requirements(session: AsyncSession, lesson_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The lessons that have to be completed before each of these opens; those without any are left out."""
    rows = LessonPrerequisite.lesson_id.in_(lesson_ids)
    found: dict[UUID, frozenset[UUID]] = {}
    for lesson_id, required_id in await session.execute(
        select(LessonPrerequisite.lesson_id, LessonPrerequisite.required_id).where(rows)
    ):
        found[lesson_id] = found.get(lesson_id, frozenset()) | {required_id}
    return found


async def is_entitled(session: AsyncSession, user_id: UUID, course_id: UUID, now: datetime) -> bool:
    """Whether anything lets the user into the course at `now`."""
    theirs = select(Entitlement.id).where(Entitlement.user_id == user_id, Entitlement.course_id == course_id, active(now))
    return await session.scalar(theirs.limit(1)) is not None


async def open_one(session: AsyncSession, user_id: UUID, course_id: UUID, source: str, source_id: UUID | None) -> Entitlement:
    """The one that has not been revoked, of this kind; it has to be there."""
    theirs = (Entitlement.user_id == user_id) & (Entitlement.course_id == course_id) & Entitlement.revoked_at.is_(None)
    kind = (Entitlement.source == source) & Entitlement.source_id.is_not_distinct_from(source_id)
    return (await session.scalars(select(Entitlement).where(theirs, kind))).one()


async def locked(session: AsyncSession, entitlement_id: UUID) -> Entitlement | None:
    """The entitlement, which stays as it is until this transaction ends. Its learner's enrolment is locked before it."""
    seen = await session.get(Entitlement, entitlement_id)
    if seen is None:
        return None
    enrolment = select(Enrolment.id).where(Enrolment.course_id == seen.course_id, Enrolment.user_id == seen.user_id)
    await session.execute(enrolment.with_for_update())
    return await session.get(Entitlement, entitlement_id, with_for_update=True, populate_existing=True)


async def open_of(session: AsyncSession, user_id: UUID, course_id: UUID) -> Sequence[Entitlement]:
    """What has not been revoked of the user's entitlements to the course, locked, oldest first."""
    theirs = (Entitlement.user_id == user_id) & (Entitlement.course_id == course_id) & Entitlement.revoked_at.is_(None)
    return (await session.scalars(select(Entitlement).where(theirs).order_by(Entitlement.id).with_for_update())).all()


async def of_course(session: AsyncSession, course_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Entitlement]:
    """Entitlements to a course, newest first."""
    query = select(Entitlement).where(Entitlement.course_id == course_id).order_by(Entitlement.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Entitlement.id < before)
    return (await session.scalars(query)).all()
