"""Resumable uploads: who may begin one and how many, what has arrived, when it is complete and when it is forgotten.

The storage's count of bytes is the truth; the row mirrors it. Bytes move without an open transaction, so the pieces here are
called one by one: `begin` (transaction), `opened` (transaction), storage (thread), `advanced` or `completed` (transaction).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import new_id, new_token
from core.media import AssetOptions
from core.settings import UploadSettings
from db.models import Asset, AssetState, File, Upload
from db.queries import uploads as queries
from domain import audit, early, files, media, policies
from domain.policies import Actor
from storage import keys
from storage.base import Storage, UploadState

DEFAULT_TITLE = "Untitled"

# What `new_token` makes; anything else need not be looked up.
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What a client announces: size in bytes, names for people, and the metadata as it was sent, to be sent back.

    `options` are what is wanted of the streams. A `file` is for a lesson, and may be given to a course at once.
    """

    length: int
    filename: str
    title: str
    metadata: str = ""
    options: AssetOptions = field(default_factory=AssetOptions)
    file: bool = False
    course_id: UUID | None = None


def check_announced(actor: Actor, new: NewUpload, settings: UploadSettings) -> None:
    """Raises Refused when this actor may not bring in a file of this size."""
    largest = settings.upload_file_max_bytes if new.file else settings.upload_max_bytes
    if not policies.may_upload(actor):
        raise Refused("auth.role_missing", "Uploading needs the role instructor.", kind=ErrorKind.FORBIDDEN)
    if new.length == 0:
        raise Refused("upload.empty", "The file is empty.")
    if new.length > largest:
        raise Refused(
            "upload.too_large",
            f"The file is larger than the {largest} bytes that are allowed here.",
            kind=ErrorKind.TOO_LARGE,
            headers={"Tus-Max-Size": str(largest)},
        )


async def begin(session: AsyncSession, actor: Actor, new: NewUpload, now: datetime, settings: UploadSettings) -> Upload:
    """An asset or a file in state `uploading`, and the upload that will fill it.

    Raises Refused, also `upload.too_many` (LOCKED) and, for a file, `course.not_found`, `course.not_yours`.
    """
    check_announced(actor, new, settings)
    if not await queries.lock_owner(session, actor.id):
        raise Refused("auth.session_ended", "This account is no more.", kind=ErrorKind.UNAUTHENTICATED)
    if await queries.count_open(session, actor.id, now) >= settings.upload_parallel_per_user:
        # LOCKED, because tus clients try again after a 423 and give up at a 429.
        raise Refused(
            "upload.too_many",
            f"You have {settings.upload_parallel_per_user} unfinished uploads already; finish or cancel one first.",
            kind=ErrorKind.LOCKED,
            retry_after_s=10,
        )
    if new.file:
        subject_id = (await files.begin(session, actor, new.filename, new.length, new.course_id)).id
    else:
        subject_id = await _begin_asset(session, actor, new)
    upload = Upload(
        id=new_token(),
        owner_id=actor.id,
        asset_id=None if new.file else subject_id,
        file_id=subject_id if new.file else None,
        key=keys.original(subject_id),
        length=new.length,
        offset=0,
        storage_state={},
        upload_metadata={"header": new.metadata},
        expires_at=now + timedelta(seconds=settings.upload_expiry_s),
    )
    session.add(upload)
    await session.flush()
    return upload


async def _begin_asset(session: AsyncSession, actor: Actor, new: NewUpload) -> UUID:
    asset = Asset(
        id=new_id(),
        owner_id=actor.id,
        title=new.title,
        filename=new.filename,
        state=AssetState.UPLOADING,
        size=new.length,
        options=msgspec.to_builtins(new.options),
    )
    asset.original_key = keys.original(asset.id)
    session.add(asset)
    await audit.note(session, actor, "asset.created", "asset", asset.id, title=asset.title, filename=asset.filename)
    await session.flush()
    return asset.id


async def find(session: AsyncSession, actor: Actor, upload_id: str, now: datetime) -> Upload:
    """The actor's upload. Raises Refused: `upload.not_found`, or `upload.expired` (GONE)."""
    upload = await queries.by_id(session, upload_id) if _ID.fullmatch(upload_id) else None
    if upload is None or upload.owner_id != actor.id:
        raise Refused("upload.not_found", "There is no such upload.", kind=ErrorKind.NOT_FOUND)
    if upload.completed_at is None and upload.expires_at <= now:
        raise Refused("upload.expired", "This upload was not finished in time; start again.", kind=ErrorKind.GONE)
    return upload


def asset_of(upload: Upload) -> UUID:
    """The asset that the upload becomes. Raises Refused `upload.of_a_file`."""
    if upload.asset_id is None:
        raise Refused("upload.of_a_file", "This upload becomes a file.", kind=ErrorKind.CONFLICT)
    return upload.asset_id


def held_bytes(storage: Storage, upload: Upload) -> int:
    """How many bytes the storage safely holds (blocking)."""
    if upload.completed_at is not None:
        return upload.length
    return storage.upload_offset(upload.key, upload.storage_state) if upload.storage_state else 0


async def opened(session: AsyncSession, upload_id: str, state: UploadState) -> None:
    """Keep what the storage needs to go on, before the first byte is sent there."""
    upload = await session.get(Upload, upload_id, with_for_update=True)
    if upload is None:
        raise Refused("upload.not_found", "There is no such upload.", kind=ErrorKind.NOT_FOUND)
    upload.storage_state = state
    await session.flush()


async def advanced(
    session: AsyncSession,
    upload_id: str,
    state: UploadState,
    offset: int,
    now: datetime,
    settings: UploadSettings,
    *,
    readable: bool = False,
) -> datetime:
    """Mirror how far the storage is; whoever makes progress has the full time again. Returns when the upload expires.

    `readable`: what has arrived can be read already, so work may begin with it.
    """
    upload = await session.get(Upload, upload_id, with_for_update=True)
    if upload is None:
        raise Refused("upload.not_found", "There is no such upload.", kind=ErrorKind.NOT_FOUND)
    if upload.completed_at is None and offset >= upload.offset:
        upload.storage_state, upload.offset = state, offset
        upload.expires_at = now + timedelta(seconds=settings.upload_expiry_s)
        if readable:
            await early.begin(session, upload, now)
        await session.flush()
    return upload.expires_at


async def completed(session: AsyncSession, upload_id: str, now: datetime, trace_id: str) -> None:
    """All bytes are an object now: asset or file is uploaded and its pipeline begins, in this transaction. Again: no effect."""
    upload = await queries.by_id(session, upload_id)
    if upload is not None:
        # The asset or file first, as deleting it does, which takes the upload along.
        if upload.file_id is not None:
            await session.get(File, upload.file_id, with_for_update=True)
        else:
            await session.get(Asset, asset_of(upload), with_for_update={"key_share": True})
        upload = await session.get(Upload, upload_id, with_for_update=True, populate_existing=True)
    if upload is None:
        raise Refused("upload.not_found", "There is no such upload.", kind=ErrorKind.NOT_FOUND)
    if upload.completed_at is not None:
        return
    upload.offset, upload.completed_at = upload.length, now
    await session.flush()
    if upload.file_id is not None:
        await files.uploaded(session, upload.file_id, trace_id=trace_id)
    else:
        await media.upload_completed(session, asset_of(upload), trace_id=trace_id)


async def terminate(session: AsyncSession, upload: Upload) -> None:
    """Give up an unfinished upload: what it fills goes, and a job removes what storage holds. Raises Refused when complete."""
    if upload.completed_at is not None:
        raise Refused(
            "upload.completed", "This upload is complete; delete what it has become instead.", kind=ErrorKind.CONFLICT
        )
    await _abandon(session, upload)


async def purge_expired(session: AsyncSession, now: datetime, limit: int = 20) -> int:
    """Forget uploads that were not finished in time, a few per call; returns how many."""
    found = [*await queries.expired(session, now, limit), *await queries.expired_files(session, now, limit)]
    for upload in found:
        await _abandon(session, upload)
    return len(found)


async def _abandon(session: AsyncSession, upload: Upload) -> None:
    if upload.file_id is not None:
        await files.give_up(session, upload.file_id)
    else:
        await media.delete_asset(session, asset_of(upload))
