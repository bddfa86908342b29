"""Reads of enrolments: one learner's, a course's, and what has to be completed before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState
from db.models import Course, CoursePrerequisite, Enrolment, Entitlement, Picture, User
from db.queries.entitlements import active

_FACTS = (
    Enrolment.id,
    Enrolment.course_id,
    Enrolment.user_id,
    Enrolment.created_at,
    Enrolment.ended_at,
    Enrolment.completed_at,
)


async def of_user(session: AsyncSession, course_id: UUID, user_id: UUID) -> Enrolment | None:
    """The learner's one enrolment in the course, whether it has ended or not, as it is now."""
    query = select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.user_id == user_id)
    found: Enrolment | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def unmet_prerequisites(session: AsyncSession, course_id: UUID, user_id: UUID) -> Sequence[Row[Any]]:
    """Id and title of the courses that the user has to complete first. Those that nobody can enrol in count no more."""
    done = and_(
        Enrolment.course_id == CoursePrerequisite.required_id,
        Enrolment.user_id == user_id,
        Enrolment.completed_at.is_not(None),
    )
    query = (
        select(Course.id, Course.title)
        .join(CoursePrerequisite, CoursePrerequisite.required_id == Course.id)
        .outerjoin(Enrolment, done)
        .where(CoursePrerequisite.course_id == course_id, Course.state == CourseState.PUBLISHED, Enrolment.id.is_(None))
        .order_by(Course.title, Course.id)
    )
    return (await session.execute(query)).all()


def _with_access(now: datetime, *columns: Any) -> Select[Any]:
    """Enrolments with `entitlements` (how many let the learner in), `for_good` and `access_ends_at`."""
    theirs = (
        select(
            func.count().label("entitlements"),
            func.bool_or(Entitlement.ends_at.is_(None)).label("for_good"),
            func.max(Entitlement.ends_at).label("access_ends_at"),
        )
        .where(Entitlement.user_id == Enrolment.user_id, Entitlement.course_id == Enrolment.course_id, active(now))
        .correlate(Enrolment)
        .lateral()
    )
    return select(*_FACTS, *theirs.c, *columns).select_from(Enrolment).join(theirs, true())


async def one(session: AsyncSession, enrolment_id: UUID, now: datetime) -> Row[Any] | None:
    """One enrolment with what lets the learner in."""
    return (await session.execute(_with_access(now).where(Enrolment.id == enrolment_id))).one_or_none()


async def of_course(
    session: AsyncSession,
    course_id: UUID,
    state: Literal["active", "ended"] | None,
    now: datetime,
    *,
    before: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """A course's learners, who enrolled last first: also `email`, `display_name`, `avatar` (files)."""
    query = (
        _with_access(now, User.email, User.display_name, Picture.files.label("avatar"))
        .join(User, User.id == Enrolment.user_id)
        .outerjoin(Picture, Picture.id == User.avatar_id)
        .where(Enrolment.course_id == course_id)
        .order_by(Enrolment.id.desc())
        .limit(limit)
    )
    if state is not None:
        ended = Enrolment.ended_at
        query = query.where(ended.is_(None) if state == "active" else ended.is_not(None))
    if before is not None:
        query = query.where(Enrolment.id < before)
    return (await session.execute(query)).all()


async def mine(session: AsyncSession, user_id: UUID, now: datetime, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """What the user is enrolled in, last first: also `slug`, `title`, `summary`, `language`, `state`, `lesson_count`,
    `duration_s` and `cover` (files) of the course.
    """
    course = (Course.slug, Course.title, Course.summary, Course.language, Course.state, Course.lesson_count, Course.duration_s)
    query = (
        _with_access(now, *course, Picture.files.label("cover"))
        .join(Course, Course.id == Enrolment.course_id)
        .outerjoin(Picture, Picture.id == Course.cover_id)
        .where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
        .order_by(Enrolment.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Enrolment.id < before)
    return (await session.execute(query)).all()
