"""Who may see which lesson, and from when: decided by pure functions over facts that are read in a constant number of queries.

Lesson prerequisites lock a lesson only where it is known what a learner has completed. As long as nothing keeps that,
`completed` is None and they lock nothing: a lock that nobody can open would shut a lesson for ever.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState
from core.clock import utc_now
from core.errors import ErrorKind, Refused
from db.models import Lesson
from db.queries import entitlements as queries
from db.queries.entitlements import Opening, Standing
from domain import policies
from domain.policies import Actor


@dataclass(frozen=True, slots=True)
class LessonAccess:
    """Whether somebody may see a lesson, and if not, why."""

    allowed: bool
    locked_reason: str | None = None
    """not_enrolled, not_entitled, opens_later, prerequisites, unpublished."""
    opens_at: datetime | None = None
    """When it opens to those who are enrolled, as far as that is known."""
    until: datetime | None = None
    """When the right to see it ends; None: it does not, or there is none."""


def teaches(actor: Actor | None, facts: Standing) -> bool:
    """Whether the actor sees the course as its authors do."""
    return actor is not None and policies.may_teach(actor, facts.owner_id, facts.permissions)


def sees_course(actor: Actor | None, facts: Standing) -> bool:
    """Whether the actor may know of the course: what is published, what they teach, and for good what they were let into."""
    if facts.state is CourseState.PUBLISHED or teaches(actor, facts):
        return True
    return facts.published_at is not None and facts.entitled


def opens(opening: Opening, enrolled_at: datetime | None) -> datetime | None:
    """The moment from which a lesson is open: the latest of what it and its module say. None: from the start, or unknown."""
    moments = [at for at in (opening.opens_at, opening.module_opens_at) if at is not None]
    if enrolled_at is not None:
        days = [each for each in (opening.opens_after_days, opening.module_opens_after_days) if each is not None]
        moments += [enrolled_at + timedelta(days=each) for each in days]
    return max(moments, default=None)


def decide(
    actor: Actor | None,
    facts: Standing,
    opening: Opening,
    now: datetime,
    *,
    required: Collection[UUID] = (),
    completed: Collection[UUID] | None = None,
) -> LessonAccess:
    """The decision about one lesson. `completed`: the lessons that the learner has completed; None: nobody keeps that."""
    opens_at = opens(opening, facts.enrolled_at)
    if teaches(actor, facts):
        return LessonAccess(allowed=True, opens_at=opens_at)
    if opening.preview and facts.state is CourseState.PUBLISHED:
        return LessonAccess(allowed=True)
    unmet = completed is not None and not set(required) <= set(completed)
    obstacles = {
        "unpublished": facts.published_at is None,
        "not_enrolled": facts.enrolled_at is None,
        "not_entitled": not facts.entitled,
        "opens_later": opens_at is not None and opens_at > now,
        "prerequisites": unmet,
    }
    locked = next((reason for reason, stands in obstacles.items() if stands), None)
    if locked is not None:
        return LessonAccess(allowed=False, locked_reason=locked, opens_at=opens_at)
    return LessonAccess(allowed=True, opens_at=opens_at, until=facts.entitled_until)


async def standing(session: AsyncSession, actor: Actor | None, course_id: UUID, now: datetime | None = None) -> Standing:
    """The course and what the actor has to do with it. Raises Refused `course.not_found`."""
    facts = await queries.standing(session, course_id, actor.id if actor else None, now or utc_now())
    if facts is None:
        raise Refused("course.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    return facts


async def lesson_access(
    session: AsyncSession, actor: Actor | None, lesson: Lesson, now: datetime | None = None
) -> LessonAccess:
    """Whether the actor may see the lesson. Says nothing on whether they may know of its course (`sees_course`)."""
    return (await course_access(session, actor, lesson.course_id, [lesson], now))[lesson.id]


async def course_access(
    session: AsyncSession,
    actor: Actor | None,
    course_id: UUID,
    lessons: Sequence[Lesson],
    now: datetime | None = None,
    completed: Collection[UUID] | None = None,
) -> dict[UUID, LessonAccess]:
    """The same for many lessons of one course, by the lesson's id, in as many queries as for one."""
    now = now or utc_now()
    facts = await standing(session, actor, course_id, now)
    ids = [lesson.id for lesson in lessons]
    required = {} if completed is None else await queries.requirements(session, ids)
    return {
        opening.lesson_id: decide(actor, facts, opening, now, required=required.get(opening.lesson_id, ()), completed=completed)
        for opening in await queries.openings(session, ids)
    }
