"""Removes the objects of a file that nobody will ask for again."""

from core.file_jobs import FileRemoval
from core.logging import get_logger
from pipelines.context import StepContext
from storage import keys

_log = get_logger(__name__)


def work(ctx: StepContext, removal: FileRemoval) -> int:
    """Remove; returns how many objects went."""
    for upload in removal.uploads:
        ctx.storage.abort_upload(upload.key, upload.state)
    removed = ctx.storage.delete_prefix(keys.original_prefix(removal.file_id))
    kept = keys.file_folder(removal.file_id, removal.keep) if removal.keep else None
    for found in list(ctx.storage.list(keys.file_prefix(removal.file_id))):
        ctx.check()
        if kept is None or not found.key.startswith(kept):
            ctx.storage.delete(found.key)
            removed += 1
    _log.info("objects removed", file_id=str(removal.file_id), objects=removed)
    return removed
