"""The end of a version: out of sight at once, its objects gone when the last who plays it has ended.

A player reads a master playlist once, so a playback session keeps its version (`domain.playback`). A retired version therefore
stays for a time of grace, and for as long as an unexpired session plays it.
"""

from uuid import UUID

from sqlalchemy import delete, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import JobRequest
from core.media_jobs import RETIRE, RETIRE_VERSION, OfVersion
from db import jobs
from db.models import Asset, PartRow, PlaybackSession, Track, Version, VersionState
from db.queries import retirement as queries


async def retire(session: AsyncSession, asset: Asset, version: Version) -> None:
    """New sessions get another version from here on; a job looks after the rest."""
    version.state, version.retired_at = VersionState.RETIRED, func.now()
    await session.flush()
    pipeline_id = await jobs.add_pipeline(session, RETIRE, subject_id=asset.id, owner_id=asset.owner_id)
    await jobs.add(session, JobRequest(RETIRE_VERSION, OfVersion(asset.id, version.id), pipeline_id=pipeline_id))


async def release(session: AsyncSession, version_id: UUID, grace_s: float) -> float | None:
    """None: nobody can ask for the version any more, so its objects may go. Otherwise seconds until it is worth asking again.

    Sessions that have ended let go of the version: whoever renews one later moves on to what is live then.
    """
    ended = or_(PlaybackSession.expires_at <= func.now(), PlaybackSession.revoked_at.is_not(None))
    theirs = (PlaybackSession.version_id == version_id) & ended
    left_s = await queries.grace_left_s(session, version_id, grace_s)
    if left_s is None or left_s > 0:
        return left_s
    # A renewal that comes in between holds the row: this waits for it, and then leaves it alone.
    await session.execute(update(PlaybackSession).where(theirs).values(version_id=None))
    return await queries.played_for_s(session, version_id)


async def removed(session: AsyncSession, version_id: UUID) -> None:
    """Its objects are gone: forget what they were. The row stays, so that one sees that there has been such a version."""
    await session.execute(delete(PartRow).where(PartRow.version_id == version_id))
    await session.execute(delete(Track).where(Track.version_id == version_id))
    await session.execute(update(Version).where(Version.id == version_id).values(stills=None, download_key=None))
