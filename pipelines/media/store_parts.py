"""Puts the files of verified parts where players will fetch them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from core.media import Part
from pipelines.context import StepContext
from storage import keys

# Enough to hide the round trips to an object store, few enough to leave it to others.
_AT_ONCE = 4


def store_parts(ctx: StepContext, asset_id: UUID, version_id: UUID, parts: Sequence[Part], folder: Path) -> None:
    """Store the segments and inits of `parts`, which lie in `<folder>/<track>/`. The init goes last of a track's files.

    Init segments are named by content, so storing one again changes nothing.
    """

    def put(track: str, name: str) -> None:
        ctx.check()
        ctx.storage.put_file(keys.track_file(asset_id, version_id, track, name), folder / track / name)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        done = [pool.submit(put, part.track, segment.name) for part in parts for segment in part.segments]
        # Storing may have moved the file: a later part of the same track finds it stored.
        inits = [part for part in parts if part.init_name and (folder / part.track / part.init_name).exists()]
        done += [pool.submit(put, track, name) for track, name in dict.fromkeys((part.track, part.init_name) for part in inits)]
        try:
            for future in done:
                future.result()
        finally:
            # One that failed is enough: with the store away each of the others would wait out its own retries.
            pool.shutdown(cancel_futures=True)
