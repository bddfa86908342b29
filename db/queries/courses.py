"""Reads of courses by those who change them; what the public sees of them is read in `catalog`."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState
from db.models import (
    Asset,
    Course,
    CourseInstructor,
    CoursePrerequisite,
    Enrolment,
    Entitlement,
    Lesson,
    Product,
    ProductCourse,
    User,
)

_PREREQUISITES_LOCK = 0x41756C61_0001


async def taken_slugs(session: AsyncSession, slugs: Iterable[str]) -> set[str]:
    """Those of `slugs` that courses have."""
    return set(await session.scalars(select(Course.slug).where(Course.slug.in_(list(slugs)))))


async def totals(session: AsyncSession, course_id: UUID) -> tuple[int, int]:
    """How many lessons the course has, and how many seconds they take: videos their length, others what their author says."""
    length = func.coalesce(Asset.source["duration_s"].as_float(), Lesson.minutes * 60.0, 0.0)
    query = (
        select(func.count(), func.coalesce(func.sum(length), 0.0))
        .select_from(Lesson)
        .outerjoin(Asset, Asset.id == Lesson.asset_id)
        .where(Lesson.course_id == course_id)
    )
    count, seconds = (await session.execute(query)).one()
    return count, round(seconds)


async def hold_unknown(session: AsyncSession, course_id: UUID) -> None:
    """Until the transaction ends, nobody learns how long those videos of the course are of which that is not known yet."""
    shown = select(Lesson.asset_id).where(Lesson.course_id == course_id)
    unknown = select(Asset.id).where(Asset.id.in_(shown), Asset.source.is_(None))
    await session.execute(unknown.order_by(Asset.id).with_for_update(read=True))


async def showing(session: AsyncSession, asset_id: UUID) -> list[UUID]:
    """The courses whose lessons show the asset."""
    query = select(Lesson.course_id).where(Lesson.asset_id == asset_id).distinct()
    return sorted(await session.scalars(query))


async def hold_lessons(session: AsyncSession, asset_id: UUID) -> None:
    """Nobody changes the lessons that show the asset until the transaction ends."""
    query = select(Lesson.id).where(Lesson.asset_id == asset_id).order_by(Lesson.id).with_for_update(key_share=True)
    await session.execute(query)


async def locked(session: AsyncSession, course_ids: Iterable[UUID]) -> Sequence[Course]:
    """Those of the courses that are there, locked for a change in the order of their ids."""
    query = select(Course).where(Course.id.in_(list(course_ids))).order_by(Course.id).with_for_update(key_share=True)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def has_learners(session: AsyncSession, course_id: UUID) -> bool:
    """Whether anybody was ever enrolled or entitled."""
    enrolled = exists().where(Enrolment.course_id == course_id)
    return bool(await session.scalar(select(or_(enrolled, exists().where(Entitlement.course_id == course_id)))))


async def is_sold(session: AsyncSession, course_id: UUID) -> bool:
    """Whether something is sold that has this course in it."""
    offer = exists().where(ProductCourse.course_id == course_id, Product.id == ProductCourse.product_id)
    return bool(await session.scalar(select(offer.where(Product.deleted_at.is_(None)))))


async def hold(session: AsyncSession, course_id: UUID) -> bool:
    """Whether the course is there; until the commit it stays."""
    query = select(Course.id).where(Course.id == course_id).with_for_update(read=True, key_share=True)
    return await session.scalar(query) is not None


async def instructors(session: AsyncSession, course_id: UUID) -> Sequence[Row[Any]]:
    """The co-instructors, who has been one for longest first: id, display_name, headline, avatar_id, permissions."""
    query = (
        select(User.id, User.display_name, User.headline, User.avatar_id, CourseInstructor.permissions)
        .join(User, User.id == CourseInstructor.user_id)
        .where(CourseInstructor.course_id == course_id)
        .order_by(CourseInstructor.created_at, CourseInstructor.user_id)
    )
    return (await session.execute(query)).all()


async def published_among(session: AsyncSession, course_ids: Collection[UUID]) -> set[UUID]:
    """Those of `course_ids` that are published."""
    query = select(Course.id).where(Course.id.in_(course_ids), Course.state == CourseState.PUBLISHED)
    return set(await session.scalars(query))


async def prerequisites(session: AsyncSession, course_id: UUID) -> set[UUID]:
    """The courses to be completed before this one."""
    query = select(CoursePrerequisite.required_id).where(CoursePrerequisite.course_id == course_id)
    return set(await session.scalars(query))


async def lock_prerequisites(session: AsyncSession) -> None:
    """Until the transaction ends nobody else changes which course requires which."""
    await session.execute(select(func.pg_advisory_xact_lock(_PREREQUISITES_LOCK)))


async def requires(session: AsyncSession, course_ids: Sequence[UUID], wanted: UUID) -> bool:
    """Whether one of the courses is `wanted`, or has it among its prerequisites, or theirs, at any depth."""
    chain = (
        select(CoursePrerequisite.required_id.label("id"))
        .where(CoursePrerequisite.course_id.in_(course_ids))
        .cte("chain", recursive=True)
    )
    # UNION, not UNION ALL: ends even if there were a circle.
    deeper = select(CoursePrerequisite.required_id).join(chain, CoursePrerequisite.course_id == chain.c.id)
    whole = chain.union(deeper)
    return wanted in course_ids or bool(await session.scalar(select(exists().where(whole.c.id == wanted))))
