"""What a course consists of, read as a whole: in as many queries for a long course as for a short one."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from db.models import Asset, Assignment, AuditEntry, Course, CourseRevision, File, Question, Quiz, User


async def quizzes(session: AsyncSession, course_id: UUID) -> Sequence[Quiz]:
    """The quizzes of a course, in the order in which they were made."""
    query = select(Quiz).where(Quiz.course_id == course_id).order_by(Quiz.id)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def questions(session: AsyncSession, course_id: UUID) -> Sequence[Question]:
    """The questions of all quizzes of a course, each quiz's in order."""
    query = select(Question).join(Quiz, Quiz.id == Question.quiz_id).where(Quiz.course_id == course_id)
    ordered = query.order_by(Question.quiz_id, Question.position)
    return (await session.scalars(ordered, execution_options={"populate_existing": True})).all()


async def assignments(session: AsyncSession, course_id: UUID) -> Sequence[Assignment]:
    """The assignments of a course, in the order in which they were made."""
    return (await session.scalars(select(Assignment).where(Assignment.course_id == course_id).order_by(Assignment.id))).all()


async def assets(session: AsyncSession, ids: Collection[UUID], *, hold: bool = False) -> dict[UUID, Asset]:
    """Those of the assets that exist, by id. `hold`: they can't be deleted until the transaction ends."""
    query = select(Asset).where(Asset.id.in_(ids)).order_by(Asset.id).execution_options(populate_existing=True)
    found = await session.scalars(query.with_for_update(read=True, key_share=True) if hold else query) if ids else ()
    return {asset.id: asset for asset in found}


async def files(session: AsyncSession, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, File]:
    """Those of the files that exist, by id. `lock`: nobody else gives them to a course or deletes them meanwhile."""
    query = select(File).where(File.id.in_(ids)).order_by(File.id).execution_options(populate_existing=True)
    found = await session.scalars(query.with_for_update(key_share=True) if lock else query) if ids else ()
    return {file.id: file for file in found}


async def last_number(session: AsyncSession, course_id: UUID) -> int:
    """The number of the newest revision of a course; 0: there is none."""
    query = select(func.max(CourseRevision.number)).where(CourseRevision.course_id == course_id)
    return await session.scalar(query) or 0


async def revision(session: AsyncSession, course_id: UUID, number: int) -> tuple[CourseRevision, User | None] | None:
    """One revision of a course, and who kept it."""
    query = (
        select(CourseRevision, User)
        .outerjoin(User, User.id == CourseRevision.author_id)
        .where(CourseRevision.course_id == course_id, CourseRevision.number == number)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def revisions(
    session: AsyncSession, course_id: UUID, *, before: int | None, limit: int
) -> Sequence[tuple[CourseRevision, User | None]]:
    """The revisions of a course without their documents, newest first, older than the number `before`."""
    query = (
        select(CourseRevision, User)
        .outerjoin(User, User.id == CourseRevision.author_id)
        .where(CourseRevision.course_id == course_id)
        .order_by(CourseRevision.number.desc())
        .limit(limit)
        .options(defer(CourseRevision.document, raiseload=True))
    )
    if before is not None:
        query = query.where(CourseRevision.number < before)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def was_noted(session: AsyncSession, action: str, actor_id: UUID | None = None) -> bool:
    """Whether the audit log has an entry of this kind, made by the platform itself or by this account."""
    query = select(AuditEntry.id).where(AuditEntry.action == action, AuditEntry.actor_id.is_not_distinct_from(actor_id))
    return await session.scalar(query.limit(1)) is not None


async def by_slug(session: AsyncSession, slug: str) -> Course | None:
    """The course with this slug, in whatever state."""
    found: Course | None = await session.scalar(select(Course).where(Course.slug == slug))
    return found
