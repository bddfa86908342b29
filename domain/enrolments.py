"""Enrolments: who learns in which course. What lets them in are entitlements; a lesson opens to who has both."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState, Permission
from core.enrolment_jobs import ANNOUNCE, OfEnrolment
from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.jobs import JobRequest
from db import jobs
from db.models import Course, Enrolment, Entitlement, User
from db.queries import enrolments as queries
from db.queries import entitlements as entitlement_queries
from domain import access, audit, course_policies, courses, entitlements, messages, playback, policies
from domain.policies import Actor


async def enrol(session: AsyncSession, actor: Actor, course_id: UUID, now: datetime) -> Enrolment:
    """Enrol the actor: in a free course, or in one that they were let into before. Again: the same enrolment.

    Raises Refused `course.not_found`, `enrolment.payment_required` (FORBIDDEN), `enrolment.closed` and
    `enrolment.prerequisites` (CONFLICT).
    """
    course = await courses.readable_course(session, actor, course_id)
    found = await queries.of_user(session, course_id, actor.id)
    entitled = await entitlements.entitled(session, actor.id, course_id, now)
    if found is not None and found.ended_at is None and entitled:
        return found
    if not entitled:
        if course.state is not CourseState.PUBLISHED:
            raise Refused("enrolment.closed", "Nobody can enrol in this course at the moment.", kind=ErrorKind.CONFLICT)
        if course.price_minor > 0:
            raise Refused("enrolment.payment_required", "This course has to be bought first.", kind=ErrorKind.FORBIDDEN)
    await _require_prerequisites(session, actor, course_id)
    enrolment = await _begin(session, actor, course, actor.id)
    if not entitled:
        await entitlements.grant(session, user_id=actor.id, course_id=course_id, source=entitlements.FREE, actor=actor)
    return enrolment


async def enrol_other(
    session: AsyncSession, actor: Actor, course_id: UUID, user: User, ends_at: datetime | None, now: datetime
) -> Enrolment:
    """Let `user` into the course and enrol them, until `ends_at` (None: for good). Again: the later end holds.

    Raises Refused `course.not_found`, `course.not_yours` (FORBIDDEN), `enrolment.bad_end` (UNPROCESSABLE).
    """
    course = await courses.editable_course(session, actor, course_id, Permission.ENROL, lock=False)
    # The database's clock begins it, ours measures its end; years above are beyond what calendars print.
    if ends_at is not None and not (ends_at > now and ends_at.year < 9000):
        message = "Access has to end in the future."
        errors = [{"field": "endsAt", "message": message}]
        raise Refused("enrolment.bad_end", message, kind=ErrorKind.UNPROCESSABLE, errors=errors)
    enrolment = await _begin(session, actor, course, user.id)
    await entitlements.grant(
        session, user_id=user.id, course_id=course_id, source=entitlements.GRANT, ends_at=ends_at, granted_by=actor.id,
        actor=actor,
    )  # fmt: skip
    return enrolment


async def _begin(session: AsyncSession, actor: Actor, course: Course, user_id: UUID) -> Enrolment:
    """The one row of this learner in this course; whoever makes it, or opens it again, has it announced."""
    await courses.hold(session, course.id)
    row = insert(Enrolment).values(id=new_id(), course_id=course.id, user_id=user_id)
    added = await session.scalar(
        row.on_conflict_do_update(
            index_elements=[Enrolment.course_id, Enrolment.user_id],
            set_={"ended_at": None},
            where=Enrolment.ended_at.is_not(None),
        ).returning(Enrolment.id)
    )
    found = await queries.of_user(session, course.id, user_id)
    assert found is not None
    if added is not None:
        by = actor.id if actor.id != user_id else None
        key = f"{ANNOUNCE.name}:{added}"
        await jobs.add(session, JobRequest(ANNOUNCE, OfEnrolment(added, by), owner_id=user_id, unique_key=key))
        detail = {"course_id": str(course.id), "user_id": str(user_id)}
        await audit.note(session, actor, "enrolment.began", "enrolment", added, **detail)
    return found


async def _require_prerequisites(session: AsyncSession, actor: Actor, course_id: UUID) -> None:
    missing = await queries.unmet_prerequisites(session, course_id, actor.id)
    if missing:
        names = ", ".join(course.title for course in missing)
        errors = [{"field": str(course.id), "message": course.title} for course in missing]
        raise Refused("enrolment.prerequisites", f"Complete first: {names}.", kind=ErrorKind.CONFLICT, errors=errors)


async def leave(session: AsyncSession, actor: Actor, enrolment_id: UUID, now: datetime) -> list[UUID]:
    """End an enrolment: the learner leaves, or is taken out by who may enrol others. Again: no effect.

    Who leaves gives up what they got for nothing, and keeps what was paid for: they may enrol again. Who is taken out is let
    in by nothing any more. Returns the playback sessions that end. Raises Refused `enrolment.not_found`.
    """
    found = await session.get(Enrolment, enrolment_id)
    if found is None:
        raise _not_found("enrolment")
    leaves = policies.may_leave_course(actor, found.user_id)
    if not leaves and not await _enrols(session, actor, found.course_id, now):
        raise _not_found("enrolment")
    await session.refresh(found, with_for_update=True)
    if found.ended_at is not None:
        return []
    found.ended_at = now
    await session.flush()
    detail = {"course_id": str(found.course_id), "user_id": str(found.user_id)}
    await audit.note(session, actor, "enrolment.ended", "enrolment", found.id, by="learner" if leaves else "staff", **detail)
    ended: list[UUID] = []
    for each in await entitlement_queries.open_of(session, found.user_id, found.course_id):
        if not leaves or each.source in (entitlements.FREE, entitlements.GRANT):
            ended += await entitlements.end(session, each, now, "left" if leaves else "taken_out", actor)
    # Whatever else lets them in, who is not enrolled sees no lesson.
    return [*ended, *await playback.cut(session, found.user_id, found.course_id, now)]


async def end_entitlement(
    session: AsyncSession, actor: Actor, entitlement_id: UUID, now: datetime, reason: str
) -> tuple[Entitlement, list[UUID]]:
    """Take one entitlement back, with the playback sessions that end. Again: no effect.

    Raises Refused `entitlement.not_found`.
    """
    seen = await session.get(Entitlement, entitlement_id)
    if seen is None or not await _enrols(session, actor, seen.course_id, now):
        raise _not_found("entitlement")
    found = await entitlement_queries.locked(session, entitlement_id)
    if found is None:
        raise _not_found("entitlement")
    return found, await entitlements.end(session, found, now, reason, actor)


async def _enrols(session: AsyncSession, actor: Actor, course_id: UUID, now: datetime) -> bool:
    facts = await access.standing(session, actor, course_id, now)
    return Permission.ENROL in course_policies.permissions_in(actor, facts.owner_id, facts.permissions)


def _not_found(what: str) -> Refused:
    return Refused(f"{what}.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


async def announce(session: AsyncSession, of: OfEnrolment, site: str) -> None:
    """Tell the learner that they are enrolled, unless that is over by now. Each enrolment is told of once."""
    enrolment = await session.get(Enrolment, of.enrolment_id)
    if enrolment is None or enrolment.ended_at is not None:
        return
    course = await session.get_one(Course, enrolment.course_id)
    user = await session.get_one(User, enrolment.user_id)
    if user.deleted_at is None:
        link = f"{site}/courses/{course.slug}"
        await messages.mail(session, user, "enrolled", unique_key=f"enrolled:{enrolment.id}", course=course.title, link=link)
