"""What delivery sends: an object with its headers made once, and the few small ones that are kept in memory."""

import contextlib
import functools
import gzip
import os
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from storage.base import ObjectInfo
from storage.content_types import ENDED, cache_control, content_disposition, content_type

Lines = list[tuple[bytes, bytes]]
"""Headers as they go over the wire."""

PLAYLISTS = (".m3u8", ".mpd")
"""Suffixes of what may be replaced under its key while an asset grows."""

_PACKABLE = (*PLAYLISTS, ".vtt", ".json")
# Below, the headers outweigh what is saved.
_PACK_FROM = 1000
# What is kept besides the bytes of the body: headers, key, bookkeeping.
_OVERHEAD = 2048


@dataclass(slots=True)
class Representation:
    """One form of an object. `body` is the bytes themselves, or the path of a file that never changes ("" far away)."""

    key: str
    size: int
    etag: str
    """With its quotes, as in the header."""
    headers: Lines
    """All but those of the range, and those that say who may read."""
    body: bytes | str
    modified: datetime | None = None
    """None where a date would not tell two forms apart: what is replaced twice within a second."""
    _packed: "Representation | None" = field(default=None, repr=False)

    @property
    def packable(self) -> bool:
        """Whether there is a smaller form for those who take gzip."""
        return isinstance(self.body, bytes) and self.size >= _PACK_FROM and self.key.endswith(_PACKABLE)

    def packed(self) -> "Representation":
        """The same in gzip, made at the first call; another entity with an ETag of its own."""
        if self._packed is None:
            assert isinstance(self.body, bytes)
            body = gzip.compress(self.body, 6, mtime=0)
            etag = f'{self.etag[:-1]}-gzip"'
            headers = [line for line in self.headers if line[0] not in (b"etag", b"accept-ranges")]
            headers += [(b"etag", etag.encode()), (b"content-encoding", b"gzip")]
            self._packed = Representation(self.key, len(body), etag, headers, body, self.modified)
        return self._packed


def describe(info: ObjectInfo, body: bytes | str) -> Representation:
    """The representation of a stored object; only the bytes tell whether a playlist has ended."""
    key, etag = info.key, f'"{info.etag}"'
    playlist = key.endswith(PLAYLISTS)
    ended = isinstance(body, bytes) and playlist and _has_ended(key, body)
    found = Representation(key, info.size, etag, [], body, None if playlist else info.modified)
    headers = [
        ("content-type", content_type(key)),
        ("cache-control", ENDED if ended else cache_control(key)),
        ("etag", etag),
        ("accept-ranges", "bytes"),
    ]
    if found.modified:
        headers.append(("last-modified", format_datetime(found.modified.astimezone(UTC), usegmt=True)))
    if disposition := content_disposition(key):
        headers.append(("content-disposition", disposition))
    if found.packable:
        headers.append(("vary", "Accept-Encoding"))
    found.headers = [(name.encode(), value.encode()) for name, value in headers]
    return found


def _has_ended(key: str, body: bytes) -> bool:
    if key.endswith(".mpd"):
        return b'type="static"' in body[:1000]
    return body.rstrip().endswith(b"#EXT-X-ENDLIST")


class Kept:
    """Representations by key, those asked for last, bounded in bytes; each holds only as long as its object is the same."""

    def __init__(self, limit: int) -> None:
        """`limit` is bytes of bodies, their packed forms included."""
        self._limit = limit
        self._held = 0
        self._found: OrderedDict[str, tuple[Hashable, Representation, int]] = OrderedDict()

    def get(self, key: str, identity: Hashable) -> Representation | None:
        """What was kept under this identity of the object, if it still is."""
        found = self._found.get(key)
        if found is None or found[0] != identity:
            return None
        self._found.move_to_end(key)
        return found[1]

    def keep(self, identity: Hashable, found: Representation) -> Representation:
        """Keep `found`, in place of an older one and of those that nobody asked for; returns it."""
        weight = _OVERHEAD + (len(found.body) * (1 + found.packable) if isinstance(found.body, bytes) else 0)
        self._drop(found.key)
        if weight <= self._limit // 4:
            self._found[found.key] = (identity, found, weight)
            self._held += weight
        while self._held > self._limit:
            self._drop(next(iter(self._found)))
        return found

    def _drop(self, key: str) -> None:
        _, _, weight = self._found.pop(key, (None, None, 0))
        self._held -= weight


@functools.lru_cache(256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether this Accept-Encoding allows gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        weight = 1.0
        with contextlib.suppress(ValueError):
            weight = float(parameter.strip().removeprefix("q=") or 1)
        weights[name.strip()] = weight
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def read_hot(path: str, start: int, end: int) -> bytes | None:
    """The bytes of a file in one piece, if memory holds them already; None where a disk would have to be waited for.

    Raises OSError when the file can't be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        # The page cache fills and drains in order, mostly: its two ends tell well enough about what lies between.
        for offset in (start, end - 1):
            if os.preadv(fd, [bytearray(1)], offset, os.RWF_NOWAIT) != 1:
                return None
        data = os.pread(fd, end - start, start)
        return data if len(data) == end - start else None
    except OSError:
        # Not in memory (EAGAIN), or a file system that can't say.
        return None
    finally:
        os.close(fd)
