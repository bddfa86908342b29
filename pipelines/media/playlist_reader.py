"""Reads back the playlists and manifests that were published, with no knowledge of how they were written."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import Transient

_MPD = "{urn:mpeg:dash:schema:mpd:2011}"
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a media playlist."""

    uri: str
    duration_s: float
    iv: str | None = None
    """Of an encrypted segment, in hex."""
    byte_range: tuple[int, int] | None = None
    """Offset and length."""


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
    """A variant or another rendition of the master; `codecs` is empty for the latter."""

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
    duration_s, iv = 0.0, None
    byte_range = None
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
        elif name == "#EXT-X-KEY":
            iv = _attributes(line).get("IV", "").removeprefix("0x") or None
        elif name == "#EXT-X-BYTERANGE":
            length, _, offset = value.partition("@")
            byte_range = (int(offset), int(length))
        elif name == "#EXT-X-ENDLIST":
            playlist.ended = True
        elif not line.startswith("#"):
            playlist.segments.append(Listed(line, duration_s, iv, byte_range))
            byte_range = None
    return playlist


def read_manifest(text: str) -> dict[str, list[Listed]]:
    """The segments of each representation of a static MPD, with their lengths. Raises like `read_master`."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - we have written it
        return {found.attrib["id"]: list(_listed(found)) for found in root.iter(f"{_MPD}Representation")}
    except (ET.ParseError, LookupError, ValueError) as error:
        raise Transient("media.check_failed", "A published manifest is not a manifest.") from error


def _listed(representation: ET.Element) -> Iterator[Listed]:
    (listed,) = representation.iter(f"{_MPD}SegmentList")
    ticks: list[int] = []
    for entry in listed.iter(f"{_MPD}S"):
        ticks += [int(entry.attrib["d"])] * (1 + int(entry.get("r", "0")))
    segments = listed.findall(f"{_MPD}SegmentURL")
    for segment, length in zip(segments, ticks, strict=True):
        yield Listed(segment.attrib["media"], length / int(listed.attrib["timescale"]))


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise Transient("media.check_failed", "A published playlist is not a playlist.")
    return lines[1:]


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}
