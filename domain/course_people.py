"""Who teaches a course and what comes before it: co-instructors, the owner, prerequisites."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import Permission
from core.errors import ErrorKind, Refused
from db.models import Course, CourseInstructor, CoursePrerequisite, User
from db.queries import courses as queries
from domain import access, audit, course_policies, courses
from domain.policies import Actor, Role


async def led_course(session: AsyncSession, actor: Actor, course_id: UUID) -> Course:
    """The locked course, if the actor may choose its people. Raises Refused `course.not_found`, `course.not_yours`."""
    course = await session.get(Course, course_id, with_for_update=courses.LOCK, populate_existing=True)
    if course is None:
        raise courses.no_course()
    if course_policies.may_choose_people(actor, course.owner_id):
        return course
    if access.sees_course(actor, await access.standing(session, actor, course_id)):
        raise courses.not_yours()
    raise courses.no_course()


async def set_instructor(
    session: AsyncSession, actor: Actor, course: Course, user_id: UUID, permissions: Iterable[Permission]
) -> None:
    """Make somebody a co-instructor with these permissions, or change them.

    Raises Refused `user.not_found`; `instructor.is_owner` (UNPROCESSABLE), who may do everything anyway.
    """
    if user_id == course.owner_id:
        raise _unprocessable("instructor.is_owner", "The owner may do everything anyway.", "userId")
    if await _active(session, user_id) is None:
        raise Refused("user.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    wanted = sorted({each.value for each in permissions})
    row = insert(CourseInstructor).values(course_id=course.id, user_id=user_id, permissions=wanted)
    await session.execute(
        row.on_conflict_do_update(index_elements=["course_id", "user_id"], set_={"permissions": row.excluded.permissions})
    )
    await courses.changed(session, course)
    await audit.note(session, actor, "course.instructor_set", "course", course.id, user=str(user_id), permissions=wanted)


async def remove_instructor(session: AsyncSession, actor: Actor, course: Course, user_id: UUID) -> None:
    """Somebody is co-instructor no longer; if they were none, nothing happens."""
    theirs = (CourseInstructor.course_id == course.id) & (CourseInstructor.user_id == user_id)
    removed = await session.execute(delete(CourseInstructor).where(theirs).returning(CourseInstructor.user_id))
    if removed.first() is None:
        return
    await courses.changed(session, course)
    await audit.note(session, actor, "course.instructor_removed", "course", course.id, user=str(user_id))


async def hand_over(session: AsyncSession, actor: Actor, course: Course, user_id: UUID) -> None:
    """Give the course another owner; the one before stays as co-instructor who may do everything, unless the account is gone.

    Raises Refused `course.owner_unfit` (UNPROCESSABLE) for whom could not make a course.
    """
    if user_id == course.owner_id:
        return
    user = await _active(session, user_id)
    if user is None or not {Role.INSTRUCTOR, Role.ADMIN} & set(user.roles):
        raise _unprocessable("course.owner_unfit", "Only an instructor can own a course.", "userId")
    before = course.owner_id
    await session.execute(
        delete(CourseInstructor).where(CourseInstructor.course_id == course.id, CourseInstructor.user_id == user_id)
    )
    if await _active(session, before) is not None:
        everything = sorted(each.value for each in Permission)
        session.add(CourseInstructor(course_id=course.id, user_id=before, permissions=everything))
    course.owner_id = user_id
    await courses.changed(session, course)
    await audit.note(session, actor, "course.handed_over", "course", course.id, before=str(before), owner=str(user_id))


async def require(session: AsyncSession, actor: Actor, course: Course, required: Sequence[UUID]) -> None:
    """The courses to be completed before this one, in place of those of them that are published.

    Those that are not (an archived one, say) are shown to nobody: they stay, and count again once they are published.

    Raises Refused (UNPROCESSABLE): `course.prerequisite_unknown` for what is not published and was none before,
    `course.prerequisite_cycle`.
    """
    before = await queries.prerequisites(session, course.id)
    published = await queries.published_among(session, before.union(required))
    if not set(required) <= before | published:
        raise _unprocessable("course.prerequisite_unknown", "Not a course that is published.", "courseIds")
    wanted = sorted((before - published).union(required))
    # Two courses that come to require each other at once would not see each other.
    await queries.lock_prerequisites(session)
    if await queries.requires(session, wanted, course.id):
        raise _unprocessable("course.prerequisite_cycle", "The course would have to be completed before itself.", "courseIds")
    await session.execute(delete(CoursePrerequisite).where(CoursePrerequisite.course_id == course.id))
    if wanted:
        rows = [{"course_id": course.id, "required_id": each} for each in wanted]
        await session.execute(insert(CoursePrerequisite).values(rows))
    await courses.changed(session, course)
    ids = [str(each) for each in wanted]
    await audit.note(session, actor, "course.prerequisites_set", "course", course.id, required=ids)


async def _active(session: AsyncSession, user_id: UUID) -> User | None:
    # Whoever closes the account meanwhile waits, and then finds what they teach.
    user = await session.get(User, user_id, with_for_update={"read": True}, populate_existing=True)
    return user if user is not None and user.disabled_at is None and user.deleted_at is None else None


def _unprocessable(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, kind=ErrorKind.UNPROCESSABLE, errors=[{"field": field, "message": message}])
