"""Removes the objects of an asset that nobody will ask for again: failed or cancelled versions, lost attempts, or all."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.logging import get_logger
from core.media_jobs import Removal
from db.jobs import ClaimedJob
from db.queries import versions as queries
from domain.captions import TEXT_TRACKS
from pipelines.context import StepContext
from pipelines.media.source import source_cache
from storage import keys
from transcoding.av1 import AV1_SUFFIX

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What to remove, and the `<track>/<file>` names that stay, per version."""

    removal: Removal
    referenced: dict[UUID, set[str]]


async def load(session: AsyncSession, job: ClaimedJob) -> Task:
    """Which names count is read after every job that could change them has ended."""
    removal = msgspec.convert(job.payload, Removal)
    versions = removal.versions if removal.scope == "unreferenced" else ()
    return Task(removal, {version: await queries.referenced_names(session, version) for version in versions})


def work(ctx: StepContext, task: Task) -> int:
    """Remove; returns how many objects went."""
    removal, storage = task.removal, ctx.storage
    removed = 0
    if removal.scope == "unreferenced":
        for version, names in task.referenced.items():
            for key in _unreferenced(ctx, removal, version, names):
                storage.delete(key)
                removed += 1
    elif removal.scope == "files":
        for key in _named(ctx, removal):
            storage.delete(key)
            removed += 1
    else:
        for upload in removal.uploads:
            storage.abort_upload(upload.key, upload.state)
        for prefix in _prefixes(removal):
            ctx.check()
            removed += storage.delete_prefix(prefix)
        if removal.original:
            storage.delete(keys.original(removal.asset_id))
    source_cache(ctx.settings).remove(removal.asset_id)
    _log.info("objects removed", asset_id=str(removal.asset_id), scope=removal.scope, objects=removed)
    return removed


def _unreferenced(ctx: StepContext, removal: Removal, version: UUID, names: set[str]) -> Iterable[str]:
    """Segments and inits that no part names; playlists always stay. A version without parts keeps what it has."""
    prefix = keys.version_prefix(removal.asset_id, version)
    for found in list(ctx.storage.list(prefix)) if names else []:
        ctx.check()
        name = found.key.removeprefix(prefix)
        if not name.endswith((".m3u8", ".mpd")) and name not in names and _is_settled(name, removal.files):
            yield found.key


def _is_settled(name: str, folders: tuple[str, ...]) -> bool:
    """Captions and AV1 join at any time, and what is not named yet may soon be: jobs of theirs remove what they leave."""
    if folders:
        return name.startswith(folders)
    return not name.startswith(TEXT_TRACKS) and not name.split("/", maxsplit=1)[0].endswith(AV1_SUFFIX)


def _named(ctx: StepContext, removal: Removal) -> Iterable[str]:
    prefix = keys.version_prefix(removal.asset_id, removal.versions[0])
    for name in removal.files:
        ctx.check()
        yield from [info.key for info in ctx.storage.list(prefix + name)]


def _prefixes(removal: Removal) -> list[str]:
    if removal.scope == "asset":
        return list(keys.asset_prefixes(removal.asset_id))
    stills = [keys.stills_prefix(removal.asset_id, folder) for folder in removal.versions]
    if removal.scope == "pictures":
        public = [keys.public_picture_prefix(picture) for picture in removal.versions]
        return stills + public + [keys.picture_prefix(removal.asset_id, picture) for picture in removal.versions]
    downloads = [keys.downloads_prefix(removal.asset_id, version) for version in removal.versions]
    if removal.scope == "downloads":
        return downloads
    prefixes = [keys.version_prefix(removal.asset_id, version) for version in removal.versions]
    return prefixes + stills + downloads
