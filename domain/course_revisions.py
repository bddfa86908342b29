"""What a course was at moments that mattered: kept as whole documents, to be read, and to be gone back to."""

from typing import Any

import msgspec
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from core.course_files import checked
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Course, CourseRevision, User
from db.queries import course_documents as queries
from domain import audit, course_documents
from domain.course_documents import Warned
from domain.policies import Actor

MAX_REVISIONS = 200
"""Of each course; the oldest goes when another is kept."""

SUBMITTED, PUBLISHED = "Submitted for review", "Published"


async def keep(session: AsyncSession, actor: Actor | None, course: Course, reason: str) -> CourseRevision:
    """Keep the locked course as it is now. `reason` is a sentence for people."""
    await session.flush()
    document: dict[str, Any] = msgspec.to_builtins(await course_documents.write(session, course))
    number = await queries.last_number(session, course.id) + 1
    revision = CourseRevision(
        id=new_id(),
        course_id=course.id,
        number=number,
        author_id=actor.id if actor else None,
        reason=reason,
        document=document,
    )
    session.add(revision)
    too_old = (CourseRevision.course_id == course.id) & (CourseRevision.number <= number - MAX_REVISIONS)
    await session.execute(delete(CourseRevision).where(too_old))
    await session.flush()
    await session.refresh(revision, ["created_at"])
    await audit.note(session, actor, "course.revision_kept", "course", course.id, number=number, reason=reason)
    return revision


async def one(session: AsyncSession, course: Course, number: int) -> tuple[CourseRevision, User | None]:
    """One revision and who kept it. Raises Refused `revision.not_found`."""
    found = await queries.revision(session, course.id, number)
    if found is None:
        raise Refused("revision.not_found", "The course has no such revision.", kind=ErrorKind.NOT_FOUND)
    return found


async def restore(session: AsyncSession, actor: Actor, course: Course, number: int) -> tuple[CourseRevision, list[Warned]]:
    """Go back to a revision of the locked course; what it was before and what it is then are revisions of their own.

    Returns the new revision, and what of the old one is no longer there. Raises Refused `revision.not_found`.
    """
    document = checked((await one(session, course, number))[0].document)
    await keep(session, actor, course, f"Before revision {number} was restored")
    warned = await course_documents.put_back(session, actor, course, document)
    revision = await keep(session, actor, course, f"Revision {number} was restored")
    await audit.note(session, actor, "course.revision_restored", "course", course.id, number=number)
    return revision, warned
