"""Assets as the pipeline leaves them, without running it: rows in the database and a master playlist in storage."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.ids import new_id
from core.media import Chunk, MediaInfo, Plan, Rung, Stills, VideoStream
from db.models import Asset, AssetState, Version, VersionState
from storage import keys
from storage.base import Storage

MASTER = b"#EXTM3U\n#EXT-X-VERSION:7\n"

INFO = MediaInfo(
    container="mov,mp4,m4a",
    duration_s=60.0,
    start_s=0.0,
    size=1000,
    video=VideoStream(
        index=0, codec="h264", profile="High", level=40, pix_fmt="yuv420p", bit_depth=8, coded_width=1280, coded_height=720,
        width=1280, height=720, rotation=0, fps_num=25, fps_den=1, variable_rate=False, interlaced=False, hdr=None,
    ),
)  # fmt: skip
PLAN = Plan(
    duration_s=60.0,
    target_duration=4,
    rungs=(Rung(name="720p", width=1280, height=720, fps_num=25, fps_den=1, crf=23, max_rate=3_000_000, level="3.1"),),
    chunks=(Chunk(index=0, start_s=0, duration_s=60),),
)


@dataclass(frozen=True, slots=True)
class Film:
    """An asset and its version, if it has one."""

    asset_id: UUID
    version_id: UUID | None


async def make_film(
    sessions: async_sessionmaker[AsyncSession], storage: Storage, owner_id: UUID, state: AssetState = AssetState.READY
) -> Film:
    """An asset in `state`; from `playable` on it has a version with a master playlist and stills."""
    asset_id, version_id = new_id(), new_id()
    watchable = state in (AssetState.PLAYABLE, AssetState.READY)
    failed = state is AssetState.FAILED
    async with sessions.begin() as session:
        asset = Asset(
            id=asset_id, owner_id=owner_id, title="A film", filename="film.mp4", state=AssetState.UPLOADED,
            original_key=keys.original(asset_id), size=1000, source=msgspec.to_builtins(INFO),
        )  # fmt: skip
        session.add(asset)
        await session.flush()
        if watchable:
            stills = Stills(
                poster=keys.still(asset_id, version_id, "poster.jpg"),
                storyboard=keys.still(asset_id, version_id, "storyboard.jpg"),
                storyboard_vtt=keys.still(asset_id, version_id, "storyboard.vtt"),
            )
            session.add(
                Version(
                    id=version_id,
                    asset_id=asset_id,
                    state=VersionState.LIVE,
                    plan=msgspec.to_builtins(PLAN),
                    stills=msgspec.to_builtins(stills),
                )
            )
            await session.flush()
            asset.playable_version_id = asset.live_version_id = version_id
        asset.state = state
        asset.failure_code, asset.failure_message = ("media.truncated", "The file is cut off.") if failed else (None, None)
    if watchable:
        storage.put_bytes(keys.master(asset_id, version_id), MASTER)
        storage.put_bytes(keys.still(asset_id, version_id, "poster.jpg"), b"jpeg")
    return Film(asset_id, version_id if watchable else None)
