"""Puts the files of verified parts where players will fetch them, encrypted where the version is."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import msgspec

from core.media import Part, Segment
from pipelines.context import StepContext
from pipelines.media import encryption
from storage import keys

# Enough to hide the round trips to an object store, few enough to leave it to others.
_AT_ONCE = 4


def store_parts(
    ctx: StepContext, asset_id: UUID, version_id: UUID, parts: Sequence[Part], folder: Path, content_key: bytes | None
) -> list[Part]:
    """Store the segments and inits of `parts`, which lie in `<folder>/<track>/`. The init goes last of a track's files.

    Returns the parts as they are stored: with `content_key` their segments (never the inits) are encrypted. Init segments are
    named by content, so storing one again changes nothing.
    """

    def put(track: str, name: str) -> None:
        ctx.check()
        ctx.storage.put_file(keys.track_file(asset_id, version_id, track, name), folder / track / name)

    def put_segment(track: str, segment: Segment) -> Segment:
        stored = segment if content_key is None else _encrypted(folder / track, segment, content_key)
        put(track, segment.name)
        return stored

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        segments = [[pool.submit(put_segment, part.track, segment) for segment in part.segments] for part in parts]
        # Storing may have moved the file: a later part of the same track finds it stored.
        inits = [part for part in parts if part.init_name and (folder / part.track / part.init_name).exists()]
        done: list[Future[Segment] | Future[None]] = [future for futures in segments for future in futures]
        done += [pool.submit(put, track, name) for track, name in dict.fromkeys((part.track, part.init_name) for part in inits)]
        try:
            for future in done:
                future.result()
        finally:
            # One that failed is enough: with the store away each of the others would wait out its own retries.
            pool.shutdown(cancel_futures=True)
    return [
        msgspec.structs.replace(part, segments=tuple(future.result() for future in futures))
        for part, futures in zip(parts, segments, strict=True)
    ]


def _encrypted(folder: Path, segment: Segment, content_key: bytes) -> Segment:
    """The file replaced by its encrypted form. No byte of that shows a picture by itself."""
    path, iv = folder / segment.name, encryption.new_iv()
    data = encryption.encrypt(path.read_bytes(), content_key, iv)
    path.write_bytes(data)
    return msgspec.structs.replace(segment, size=len(data), key_frame=None, iv=iv.hex())
