"""Enrolments: who learns in which course. What lets them in are entitlements."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.enrolment_jobs import OfEnrolment
from db.models import Course, Enrolment, User
from domain import messages


async def announce(session: AsyncSession, of: OfEnrolment, site: str) -> None:
    """Tell the learner that they are enrolled, unless that is over by now."""
    enrolment = await session.get(Enrolment, of.enrolment_id)
    if enrolment is None or enrolment.ended_at is not None:
        return
    course = await session.get_one(Course, enrolment.course_id)
    user = await session.get_one(User, enrolment.user_id)
    if user.deleted_at is None:
        link = f"{site}/courses/{course.slug}"
        await messages.mail(session, user, "enrolled", unique_key=f"enrolled:{enrolment.id}", course=course.title, link=link)
