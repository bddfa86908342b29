"""Reads of grants and playback sessions, among them the deny-list that delivery asks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Asset, Grant, Lesson, PlaybackSession, Track, User, Version


async def is_granted(session: AsyncSession, asset_id: UUID, user_id: UUID) -> bool:
    """Whether the owner of the asset lets this user watch it."""
    return await session.get(Grant, (asset_id, user_id)) is not None


async def hold_grant(session: AsyncSession, asset_id: UUID, user_id: UUID) -> bool:
    """`is_granted`; asset and grant stay until this transaction ends. Locks the asset first, as deleting it does."""
    await hold_asset(session, asset_id)
    grant = select(Grant.user_id).where(Grant.asset_id == asset_id, Grant.user_id == user_id)
    return await session.scalar(grant.with_for_update(read=True, key_share=True)) is not None


async def hold_asset(session: AsyncSession, asset_id: UUID) -> None:
    """The asset is not deleted until this transaction ends."""
    await session.execute(select(Asset.id).where(Asset.id == asset_id).with_for_update(read=True, key_share=True))


def lessons_of(course_id: UUID) -> Select[tuple[UUID]]:
    """The lessons of a course, for use in a condition."""
    return select(Lesson.id).where(Lesson.course_id == course_id)


async def grants_of(session: AsyncSession, asset_id: UUID) -> list[tuple[Grant, User]]:
    """Who may watch the asset besides its owner, oldest first."""
    query = select(Grant, User).join(User, User.id == Grant.user_id).where(Grant.asset_id == asset_id)
    return [(grant, user) for grant, user in await session.execute(query.order_by(Grant.created_at, User.id))]


async def has_manifest(session: AsyncSession, version: Version) -> bool:
    """Whether there is a DASH manifest: of what has ended, is not encrypted, and of whose tracks the clocks are known."""
    if version.live_at is None or version.content_key is not None:
        return False
    timed = (Track.version_id == version.id) & (Track.kind != "text") & Track.listed_at.is_not(None)
    known = select(func.coalesce(func.bool_and(Track.timescale > 0), False)).where(timed)
    return bool(await session.scalar(known))


async def denied_sessions(session: AsyncSession) -> Sequence[UUID]:
    """Sessions that were revoked while a signature of theirs may still be valid, by the database's clock."""
    denied = PlaybackSession.revoked_at.is_not(None) & (PlaybackSession.expires_at > func.now())
    return (await session.scalars(select(PlaybackSession.id).where(denied))).all()
