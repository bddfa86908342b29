"""Who may watch: grants, and playback sessions as decisions that are made once, renewed in mid-play and can be revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.settings import MediaSettings
from db.models import Asset, Grant, Lesson, PlaybackSession, User, Version, VersionState
from db.queries import entitlements as entitlement_queries
from db.queries import playback as queries
from domain import access, audit, policies, versions
from domain.access import LessonAccess
from domain.policies import Actor

_LOCKED = {
    "not_enrolled": "Enrol in the course to see this lesson.",
    "not_entitled": "Your access to this course has ended.",
    "opens_later": "This lesson is not open yet.",
    "prerequisites": "Other lessons have to be completed before this one.",
    "unpublished": "This course is not published.",
}


@dataclass(frozen=True, slots=True)
class Admission:
    """A playback session and what it plays."""

    session: PlaybackSession
    asset: Asset
    version: Version


async def visible_asset(session: AsyncSession, actor: Actor, asset_id: UUID) -> Asset:
    """The asset, if the actor may know of it. Raises Refused `asset.not_found`, whether it is not there or not theirs."""
    asset = await session.get(Asset, asset_id)
    if asset is not None:
        granted = await queries.is_granted(session, asset_id, actor.id)
        if policies.may_watch_asset(actor, asset.owner_id, granted=granted):
            return asset
    raise _no_asset()


async def _entitled_asset(session: AsyncSession, actor: Actor, asset_id: UUID) -> Asset | None:
    """The asset, if the actor may watch it; no withdrawal comes between this and what the transaction makes of it."""
    granted = await queries.hold_grant(session, asset_id, actor.id)
    asset = await session.get(Asset, asset_id, populate_existing=True)
    entitled = asset is not None and policies.may_watch_asset(actor, asset.owner_id, granted=granted)
    return asset if entitled else None


async def managed_asset(session: AsyncSession, actor: Actor, asset_id: UUID) -> Asset:
    """The asset, if the actor may change it. Raises Refused `asset.not_found`; `asset.not_yours` to mere viewers."""
    asset = await visible_asset(session, actor, asset_id)
    if not policies.may_manage_asset(actor, asset.owner_id):
        raise Refused("asset.not_yours", "Only its owner may do this.", kind=ErrorKind.FORBIDDEN)
    return asset


async def admit(
    session: AsyncSession, actor: Actor, asset_id: UUID, now: datetime, life_s: int, settings: MediaSettings
) -> Admission:
    """Begin to watch what is playable now; the session stays with that version, whatever replaces it. It counts as watching.

    Raises Refused `asset.not_found`, or `asset.not_playable` (CONFLICT) while there is nothing to play.
    """
    asset = await _entitled_asset(session, actor, asset_id)
    if asset is None:
        raise _no_asset()
    expires_at = now + timedelta(seconds=life_s)
    return await _begin(session, PlaybackSession(id=new_id(), user_id=actor.id, expires_at=expires_at), asset, now, settings)


async def admit_lesson(
    session: AsyncSession, actor: Actor | None, lesson_id: UUID, now: datetime, life_s: int, settings: MediaSettings
) -> Admission:
    """Begin to watch the video of a lesson, as `admit` does; the signature ends no later than the right to see the lesson.

    Raises Refused `lesson.not_found`; `lesson.locked` (FORBIDDEN) where it is not open to the actor;
    `lesson.no_video` and `asset.not_playable` (CONFLICT).
    """
    lesson = await session.get(Lesson, lesson_id)
    if lesson is None:
        raise _no_lesson()
    decision = await _lesson_access(session, actor, lesson, now)
    if decision is None:
        raise _no_lesson()
    if not decision.allowed:
        raise _locked(decision)
    asset = await _held_asset(session, lesson.asset_id) if lesson.asset_id else None
    if asset is None:
        raise Refused("lesson.no_video", "This lesson has no video.", kind=ErrorKind.CONFLICT)
    # Who is not signed in proves by the id that the session is theirs: that one has no time in it, only chance.
    row = PlaybackSession(
        id=new_id() if actor else uuid4(),
        user_id=actor.id if actor else None,
        lesson_id=lesson_id,
        expires_at=_expiry(decision, now, life_s),
    )
    return await _begin(session, row, asset, now, settings)


async def renew(session: AsyncSession, actor: Actor | None, session_id: UUID, now: datetime, life_s: int) -> Admission | None:
    """Decide again and go on. None when the right to watch has ended: the session is revoked then, which has to be committed.

    Raises Refused `playback.not_found` for the session of someone else.
    """
    seen = await session.get(PlaybackSession, session_id)
    # What gives the right to watch before the session, as taking it back locks them.
    until, asset = await _decide_again(session, actor, seen, now, life_s) if seen else (now, None)
    row = await _own_session(session, actor, session_id)
    if row.revoked_at is not None or asset is None:
        row.revoked_at = row.revoked_at or now
        await session.flush()
        return None
    version = await _own_version(session, row) or await _playable_version(session, asset)
    row.version_id = version.id
    row.renewed_at, row.expires_at = now, until
    await session.flush()
    return Admission(row, asset, version)


async def _begin(
    session: AsyncSession, row: PlaybackSession, asset: Asset, now: datetime, settings: MediaSettings
) -> Admission:
    version = await _playable_version(session, asset)
    row.asset_id, row.version_id, row.renewed_at = asset.id, version.id, now
    session.add(row)
    await session.flush()
    await versions.watched(session, asset.id, settings)
    return Admission(row, asset, version)


async def _decide_again(
    session: AsyncSession, actor: Actor | None, seen: PlaybackSession, now: datetime, life_s: int
) -> tuple[datetime, Asset | None]:
    """Until when the session may go on, and with what: None when it may not."""
    if not policies.may_use_session(actor, seen.user_id):
        return now, None
    if seen.lesson_id is None:
        asset = await _entitled_asset(session, actor, seen.asset_id) if actor else None
        return now + timedelta(seconds=life_s), asset
    lesson = await session.get(Lesson, seen.lesson_id)
    if lesson is None or lesson.asset_id != seen.asset_id:
        return now, None
    decision = await _lesson_access(session, actor, lesson, now)
    if decision is None or not decision.allowed:
        return now, None
    return _expiry(decision, now, life_s), await _held_asset(session, seen.asset_id)


async def _lesson_access(session: AsyncSession, actor: Actor | None, lesson: Lesson, now: datetime) -> LessonAccess | None:
    """The decision, on facts that stay until this transaction ends; None where the actor may not know of the course."""
    if actor is not None:
        await entitlement_queries.hold(session, lesson.course_id, actor.id)
    facts = await access.standing(session, actor, lesson.course_id, now)
    if not access.sees_course(actor, facts):
        return None
    return await access.lesson_access(session, actor, lesson, now)


async def _held_asset(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset, which is not deleted before this transaction ends."""
    await queries.hold_asset(session, asset_id)
    return await session.get(Asset, asset_id, populate_existing=True)


def _expiry(decision: LessonAccess, now: datetime, life_s: int) -> datetime:
    expires_at = now + timedelta(seconds=life_s)
    return min(expires_at, decision.until) if decision.until else expires_at


async def end(session: AsyncSession, actor: Actor | None, session_id: UUID, now: datetime) -> PlaybackSession:
    """Revoke the actor's own session before its time. Raises Refused `playback.not_found`."""
    row = await _own_session(session, actor, session_id)
    row.revoked_at = row.revoked_at or now
    await session.flush()
    return row


async def grant(session: AsyncSession, actor: Actor, asset: Asset, user: User) -> Grant:
    """Let `user` watch the asset; again: no effect."""
    values = {"asset_id": asset.id, "user_id": user.id, "granted_by": actor.id}
    added = insert(Grant).values(values).on_conflict_do_nothing().returning(Grant.user_id)
    if await session.scalar(added) is not None:
        await audit.note(session, actor, "asset.granted", "asset", asset.id, user=str(user.id))
    return await session.get_one(Grant, (asset.id, user.id))


async def withdraw(session: AsyncSession, actor: Actor, asset: Asset, user_id: UUID, now: datetime) -> list[UUID]:
    """Take a grant back and revoke what was signed under it; returns the sessions that end. No grant, no effect."""
    taken = delete(Grant).where(Grant.asset_id == asset.id, Grant.user_id == user_id).returning(Grant.user_id)
    if await session.scalar(taken) is None:
        return []
    await audit.note(session, actor, "asset.grant_withdrawn", "asset", asset.id, user=str(user_id))
    await session.flush()
    if asset.owner_id == user_id:
        return []
    # What was begun in a lesson stands on another right.
    theirs = (PlaybackSession.asset_id == asset.id) & PlaybackSession.lesson_id.is_(None)
    return await _revoke(session, theirs & (PlaybackSession.user_id == user_id), now)


async def cut(session: AsyncSession, user_id: UUID, course_id: UUID, now: datetime) -> list[UUID]:
    """Revoke what the user plays in lessons of the course; returns the sessions that end."""
    theirs = (PlaybackSession.user_id == user_id) & PlaybackSession.lesson_id.in_(queries.lessons_of(course_id))
    return await _revoke(session, theirs, now)


async def cut_everywhere(session: AsyncSession, user_id: UUID, now: datetime) -> list[UUID]:
    """Revoke whatever the user watches at this moment; returns the sessions that end."""
    return await _revoke(session, PlaybackSession.user_id == user_id, now)


async def _revoke(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> list[UUID]:
    running = which & PlaybackSession.revoked_at.is_(None) & (PlaybackSession.expires_at > func.now())
    ended = await session.execute(update(PlaybackSession).where(running).values(revoked_at=now).returning(PlaybackSession.id))
    return list(ended.scalars())


def _no_asset() -> Refused:
    return Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


def _no_lesson() -> Refused:
    return Refused("lesson.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


def _locked(decision: LessonAccess) -> Refused:
    reason = decision.locked_reason or ""
    return Refused("lesson.locked", _LOCKED[reason], kind=ErrorKind.FORBIDDEN, reason=reason)


async def _own_session(session: AsyncSession, actor: Actor | None, session_id: UUID) -> PlaybackSession:
    row = await session.get(PlaybackSession, session_id, with_for_update=True, populate_existing=True)
    if row is None or not policies.may_use_session(actor, row.user_id):
        raise Refused("playback.not_found", "There is no such playback session.", kind=ErrorKind.NOT_FOUND)
    return row


async def _own_version(session: AsyncSession, row: PlaybackSession) -> Version | None:
    """What the session plays, while that can be played to its end: live, becoming so, or retired with its objects still there.

    None for what was given up half-made, and once the objects are gone: then the session goes on with what plays now.
    """
    version = await session.get(Version, row.version_id) if row.version_id else None
    if version is None or version.state is VersionState.FAILED:
        return None
    return None if version.state is VersionState.RETIRED and version.live_at is None else version


async def _playable_version(session: AsyncSession, asset: Asset) -> Version:
    version = await session.get(Version, asset.playable_version_id) if asset.playable_version_id else None
    if version is None:
        raise Refused("asset.not_playable", "There is nothing to play yet.", kind=ErrorKind.CONFLICT, state=asset.state.value)
    return version
