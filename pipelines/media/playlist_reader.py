"""Reads back the playlists that were published, with no knowledge of how they were written."""

import re
from dataclasses import dataclass, field

from core.errors import Transient

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a media playlist."""

    uri: str
    duration_s: float


@dataclass(slots=True)
class MediaPlaylist:
    """What a player learns from a media playlist."""

    target_duration: int = 0
    kind: str = ""
    init_uri: str | None = None
    ended: bool = False
    segments: list[Listed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A variant or an audio rendition of the master; `codecs` is empty for the latter."""

    uri: str
    codecs: str = ""


def read_master(text: str) -> list[Rendition]:
    """Variants and audio renditions, in order of appearance. Raises Transient `media.check_failed` for what is no playlist."""
    found: list[Rendition] = []
    codecs = ""
    for line in _lines(text):
        if line.startswith("#EXT-X-MEDIA:"):
            attributes = _attributes(line)
            if "URI" in attributes:
                found.append(Rendition(attributes["URI"]))
        elif line.startswith("#EXT-X-STREAM-INF:"):
            codecs = _attributes(line).get("CODECS", "")
        elif not line.startswith("#"):
            found.append(Rendition(line, codecs))
    return found


def read_media(text: str) -> MediaPlaylist:
    """Segments with their durations. Raises like `read_master`."""
    playlist = MediaPlaylist()
    duration_s = 0.0
    for line in _lines(text):
        name, _, value = line.partition(":")
        if name == "#EXT-X-TARGETDURATION":
            playlist.target_duration = int(value)
        elif name == "#EXT-X-PLAYLIST-TYPE":
            playlist.kind = value
        elif name == "#EXT-X-MAP":
            playlist.init_uri = _attributes(line).get("URI")
        elif name == "#EXTINF":
            duration_s = float(value.split(",")[0])
        elif name == "#EXT-X-ENDLIST":
            playlist.ended = True
        elif not line.startswith("#"):
            playlist.segments.append(Listed(line, duration_s))
    return playlist


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise Transient("media.check_failed", "A published playlist is not a playlist.")
    return lines[1:]


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}
