"""Who may watch: grants, and playback sessions as decisions that are made once, renewed in mid-play and can be revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.settings import MediaSettings
from db.models import Asset, Grant, PlaybackSession, User, Version, VersionState
from db.queries import playback as queries
from domain import policies, versions
from domain.policies import Actor


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
    version = await _playable_version(session, asset)
    row = PlaybackSession(
        asset_id=asset_id,
        user_id=actor.id,
        version_id=version.id,
        renewed_at=now,
        expires_at=now + timedelta(seconds=life_s),
    )
    session.add(row)
    await session.flush()
    await versions.watched(session, asset_id, settings)
    return Admission(row, asset, version)


async def renew(session: AsyncSession, actor: Actor, session_id: UUID, now: datetime, life_s: int) -> Admission | None:
    """Decide again and go on. None when the right to watch has ended: the session is revoked then, which has to be committed.

    Raises Refused `playback.not_found` for the session of someone else.
    """
    seen = await session.get(PlaybackSession, session_id)
    # The grant before the session, as a withdrawal takes them.
    asset = await _entitled_asset(session, actor, seen.asset_id) if seen else None
    row = await _own_session(session, actor, session_id)
    if row.revoked_at is not None or asset is None:
        row.revoked_at = row.revoked_at or now
        await session.flush()
        return None
    version = await _own_version(session, row) or await _playable_version(session, asset)
    row.version_id = version.id
    row.renewed_at, row.expires_at = now, now + timedelta(seconds=life_s)
    await session.flush()
    return Admission(row, asset, version)


async def end(session: AsyncSession, actor: Actor, session_id: UUID, now: datetime) -> PlaybackSession:
    """Revoke the actor's own session before its time. Raises Refused `playback.not_found`."""
    row = await _own_session(session, actor, session_id)
    row.revoked_at = row.revoked_at or now
    await session.flush()
    return row


async def grant(session: AsyncSession, actor: Actor, asset: Asset, user: User) -> Grant:
    """Let `user` watch the asset; again: no effect."""
    values = {"asset_id": asset.id, "user_id": user.id, "granted_by": actor.id}
    await session.execute(insert(Grant).values(values).on_conflict_do_nothing())
    return await session.get_one(Grant, (asset.id, user.id))


async def withdraw(session: AsyncSession, asset: Asset, user_id: UUID, now: datetime) -> list[UUID]:
    """Take a grant back and revoke what was signed under it; returns the sessions that end. No grant, no effect."""
    found = await session.get(Grant, (asset.id, user_id))
    if found is None:
        return []
    await session.delete(found)
    await session.flush()
    if asset.owner_id == user_id:
        return []
    running = (
        (PlaybackSession.asset_id == asset.id)
        & (PlaybackSession.user_id == user_id)
        & PlaybackSession.revoked_at.is_(None)
        & (PlaybackSession.expires_at > func.now())
    )
    ended = await session.execute(update(PlaybackSession).where(running).values(revoked_at=now).returning(PlaybackSession.id))
    return list(ended.scalars())


def _no_asset() -> Refused:
    return Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


async def _own_session(session: AsyncSession, actor: Actor, session_id: UUID) -> PlaybackSession:
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
