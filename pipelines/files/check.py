"""Looks at what an uploaded file really is, and puts what is taken where it is delivered from; until then nobody gets it."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadMedia, Interrupted, Refused
from core.file_jobs import Finding, OfFile
from core.file_types import PICTURES, settled
from core.logging import get_logger
from db.jobs import ClaimedJob
from db.models import File
from db.queries import files as queries
from domain import files
from pipelines.context import StepContext
from pipelines.files import look
from storage import keys
from transcoding.pictures import normalise

# Of a picture that can't be rendered for such a reason the file is good to be saved.
_ONLY_SAVED = ("image.too_large", "image.too_many_pixels", "image.too_expensive")
_SHOWN = "picture.webp"

_log = get_logger(__name__)


async def load(session: AsyncSession, job: ClaimedJob) -> File:
    """The file. Raises Interrupted `files.not_wanted` when it was deleted meanwhile."""
    file = await queries.by_id(session, msgspec.convert(job.payload, OfFile).file_id)
    if file is None or file.state != files.CHECKING:
        raise Interrupted("files.not_wanted", "The file is gone.")
    return file


def work(ctx: StepContext, file: File) -> Finding:
    """Fetch it, look at it, store it under its name; pictures are rendered anew beside."""
    attempt = ctx.job.token
    try:
        return _looked_at(ctx, file)
    except BadMedia as bad:
        return Finding(attempt, code=bad.code, message=bad.message)


async def record(session: AsyncSession, job: ClaimedJob, result: Finding) -> None:
    """It may be delivered from now on, or it is known why not; the upload itself and what other attempts left goes."""
    await files.checked(session, msgspec.convert(job.payload, OfFile).file_id, result)


def _looked_at(ctx: StepContext, file: File) -> Finding:
    original, attempt = ctx.scratch / "original", ctx.job.token
    try:
        size = ctx.storage.fetch(keys.original(file.id), original, ctx.settings.uploads.upload_file_max_bytes)
    except Refused as refused:
        raise BadMedia("file.too_large", "The file is too large.") from refused
    media_type = settled(file.filename, look.content_type(original, ctx.check))
    sha256 = look.digest(original, ctx.check)
    inline = media_type in PICTURES and _rendered(ctx, file)
    key = keys.file(file.id, attempt, file.filename)
    ctx.storage.put_file(key, original)
    return Finding(attempt, key, media_type, size, sha256, inline)


def _rendered(ctx: StepContext, file: File) -> bool:
    """Raises BadMedia for a picture that can't be opened at all."""
    folder = ctx.scratch / "rendered"
    folder.mkdir()
    try:
        made = {each.name for each in normalise(ctx.tools, ctx.scratch / "original", folder, ctx.watch)}
    except BadMedia as bad:
        if bad.code not in _ONLY_SAVED:
            raise
        _log.info("picture only saved", file_id=str(file.id), why=bad.code)
        return False
    if _SHOWN not in made:
        return False
    ctx.storage.put_file(keys.file_picture(file.id, ctx.job.token), folder / _SHOWN)
    return True
