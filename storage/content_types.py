"""Content types, cache headers and dispositions of stored objects, by their keys."""

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",  # RFC 8216, section 4
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt; charset=utf-8",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}

IMMUTABLE = "private, max-age=31536000, immutable"
"""Segments, inits and stills never change under their key; private, because each viewer needs a signature of their own."""

GROWING = "no-store"
"""Playlists that are still being appended to, and masters, which rungs may join."""

ENDED = "private, max-age=300"
"""Playlists with ENDLIST don't change any more."""


def content_type(key: str) -> str:
    """The content type of the object at `key`; `application/octet-stream` for what nobody plays."""
    return _TYPES.get(key[key.rfind(".") :], "application/octet-stream")


def cache_control(key: str) -> str:
    """The cache header to store with the object at `key`."""
    return GROWING if key.endswith((".m3u8", ".mpd")) else IMMUTABLE


def content_disposition(key: str) -> str | None:
    """How a browser saves what lies at `key`; None for what is played or shown."""
    # A part of a key needs no quoting.
    saved = key.startswith("downloads/") or (key.startswith("files/") and "/inline/" not in key)
    return f'attachment; filename="{key.rpartition("/")[2]}"' if saved else None
