"""From draft to published and back: submitted, reviewed, archived, taken down. The moves are `core.catalog.MOVES`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import MOVES, CourseAction, CourseState, LessonKind
from core.errors import ErrorKind, Refused
from db import caches
from db.models import Course
from db.queries import course_review as queries
from db.queries.course_review import LessonParts
from domain import audit, course_revisions, courses
from domain.policies import Actor


async def submit(session: AsyncSession, actor: Actor, course: Course, now: datetime) -> None:
    """Ask for a review of the locked draft. Raises Refused `course.wrong_state`, `course.incomplete` (UNPROCESSABLE)."""
    to = _next(course, CourseAction.SUBMIT)
    await check_complete(session, course.id)
    course.state, course.submitted_at, course.review_note = to, now, None
    await _moved(session, actor, course, "course.submitted")
    await course_revisions.keep(session, actor, course, course_revisions.SUBMITTED)


async def approve(session: AsyncSession, actor: Actor, course: Course, now: datetime) -> None:
    """Publish what was submitted. Raises Refused `course.wrong_state`, `course.incomplete`: lessons may have lost something."""
    await _publish(session, actor, course, CourseAction.APPROVE, now)


async def publish(session: AsyncSession, actor: Actor, course: Course, now: datetime, *, complete: bool = True) -> None:
    """Publish without a review, for those who may. Raises Refused `course.wrong_state`, `course.incomplete`.

    `complete=False` takes a course whose video is still being encoded.
    """
    await _publish(session, actor, course, CourseAction.PUBLISH, now, complete=complete)


async def reject(session: AsyncSession, actor: Actor, course: Course, note: str) -> None:
    """Give a submitted course back to its authors, with what is to be better. Raises Refused `course.wrong_state`."""
    course.state = _next(course, CourseAction.REJECT)
    course.review_note, course.submitted_at = note, None
    await _moved(session, actor, course, "course.rejected", note=note)


async def archive(session: AsyncSession, actor: Actor, course: Course, now: datetime, takedown: str | None = None) -> None:
    """Take the locked course out of the catalogue; who is enrolled keeps it. `takedown`: why an admin does, for admins to undo.

    Raises Refused `course.wrong_state`.
    """
    course.state = _next(course, CourseAction.ARCHIVE)
    course.archived_at, course.taken_down_reason = now, takedown
    if takedown is None:
        await _moved(session, actor, course, "course.archived")
    else:
        await _moved(session, actor, course, "course.taken_down", reason=takedown)


async def restore(session: AsyncSession, actor: Actor, course: Course) -> None:
    """Bring an archived course back into the catalogue. Raises Refused `course.wrong_state`."""
    course.state = _next(course, CourseAction.RESTORE)
    course.archived_at = course.taken_down_reason = None
    await _moved(session, actor, course, "course.restored")


async def check_complete(session: AsyncSession, course_id: UUID) -> None:
    """Raises Refused `course.incomplete` (UNPROCESSABLE), which names each lesson and what it lacks."""
    lessons = await queries.lesson_parts(session, course_id)
    errors = [{"field": f"lessons/{lesson.id}", "message": lack} for lesson in lessons if (lack := lacks(lesson))]
    if not lessons:
        errors = [{"field": "lessons", "message": "There is no lesson yet."}]
    if errors:
        raise Refused("course.incomplete", "The course is not complete.", kind=ErrorKind.UNPROCESSABLE, errors=errors)


def lacks(lesson: LessonParts) -> str | None:
    """What the lesson lacks to be shown to learners, as a sentence that names it; None: nothing."""
    lack = {
        LessonKind.VIDEO: None if lesson.playable else "has no video that plays",
        LessonKind.TEXT: None if lesson.written else "has no text",
        LessonKind.FILE: None if lesson.file_ready else "has no file that is ready",
        LessonKind.QUIZ: None if lesson.questions else "has no quiz with questions",
        LessonKind.ASSIGNMENT: None if lesson.assignment else "has no assignment",
    }[lesson.kind]
    return lack and f"\u201c{lesson.title}\u201d {lack}."


async def _publish(
    session: AsyncSession, actor: Actor, course: Course, action: CourseAction, now: datetime, *, complete: bool = True
) -> None:
    to = _next(course, action)
    if complete:
        await check_complete(session, course.id)
    course.state, course.published_at, course.review_note = to, course.published_at or now, None
    await _moved(session, actor, course, "course.published")
    await course_revisions.keep(session, actor, course, course_revisions.PUBLISHED)


async def _moved(session: AsyncSession, actor: Actor, course: Course, what: str, **detail: str) -> None:
    await courses.changed(session, course)
    # Products tell the public which of their courses are published.
    caches.touch(session, caches.PRODUCTS)
    await audit.note(session, actor, what, "course", course.id, title=course.title, **detail)


def _next(course: Course, action: CourseAction) -> CourseState:
    to = MOVES.get((course.state, action))
    if to is None:
        state = course.state.value.replace("_", " ")
        raise Refused("course.wrong_state", f"This can't be done with a course that is {state}.", kind=ErrorKind.CONFLICT)
    return to
