"""Reads HLS playlists with eyes of its own, so that a mistake of the writer is not repeated by the reader."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


class VerificationError(Exception):
    """Something published is not what it should be; the message says what."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One line of the master playlist: a rung."""

    url: str
    uri: str
    width: int
    height: int
    bandwidth: int
    codecs: tuple[str, ...]
    audio_group: str | None


@dataclass(frozen=True, slots=True)
class Rendition:
    """An EXT-X-MEDIA audio track with a playlist of its own."""

    url: str
    uri: str
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Master:
    """The master playlist."""

    variants: tuple[Variant, ...]
    audio: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One media segment: its address and declared duration in seconds."""

    url: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A media playlist as published at one moment."""

    init_url: str
    entries: tuple[Entry, ...]
    target_duration: int
    ended: bool

    @property
    def duration_s(self) -> float:
        return sum(entry.duration_s for entry in self.entries)


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _lines(text: str, url: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise VerificationError(f"{url} is not a playlist")
    return lines


def _variant(line: str, uri: str, base: str) -> Variant:
    attributes = _attributes(line)
    width, _, height = attributes.get("RESOLUTION", "0x0").partition("x")
    codecs = tuple(c.strip() for c in attributes.get("CODECS", "").split(",") if c.strip())
    if not codecs or "BANDWIDTH" not in attributes:
        raise VerificationError(f"variant {uri} lacks CODECS or BANDWIDTH")
    return Variant(
        url=urljoin(base, uri),
        uri=uri,
        width=int(width),
        height=int(height),
        bandwidth=int(attributes["BANDWIDTH"]),
        codecs=codecs,
        audio_group=attributes.get("AUDIO"),
    )


def parse_master(text: str, url: str) -> Master:
    """The variants and audio renditions of a master playlist fetched from `url`; raises VerificationError when malformed."""
    variants: list[Variant] = []
    audio: list[Rendition] = []
    pending: str | None = None
    for line in _lines(text, url):
        if line.startswith("#EXT-X-STREAM-INF:"):
            pending = line
        elif line.startswith("#EXT-X-MEDIA:"):
            attributes = _attributes(line)
            if attributes.get("TYPE") == "AUDIO" and "URI" in attributes:
                uri = attributes["URI"]
                audio.append(Rendition(urljoin(url, uri), uri, attributes["GROUP-ID"], attributes.get("NAME", "audio")))
        elif not line.startswith("#"):
            if pending is None:
                raise VerificationError(f"{url}: an address without EXT-X-STREAM-INF")
            variants.append(_variant(pending, line, url))
            pending = None
    if not variants:
        raise VerificationError(f"{url} lists no variant")
    groups = {rendition.group for rendition in audio}
    for variant in variants:
        if variant.audio_group is not None and variant.audio_group not in groups:
            raise VerificationError(f"variant {variant.uri} names an audio group that does not exist")
    return Master(tuple(variants), tuple(audio))


def parse_media(text: str, url: str) -> MediaPlaylist:
    """The segments of a media playlist fetched from `url`; raises VerificationError when malformed."""
    init: str | None = None
    entries: list[Entry] = []
    duration: float | None = None
    target = 0
    ended = False
    for line in _lines(text, url):
        if line.startswith("#EXT-X-TARGETDURATION:"):
            target = int(line.partition(":")[2])
        elif line.startswith("#EXT-X-MAP:"):
            found = urljoin(url, _attributes(line)["URI"])
            if init not in (None, found):
                raise VerificationError(f"{url} changes its init segment in mid-stream")
            init = found
        elif line.startswith("#EXTINF:"):
            duration = float(line.partition(":")[2].split(",")[0])
        elif line == "#EXT-X-ENDLIST":
            ended = True
        elif not line.startswith("#"):
            if duration is None:
                raise VerificationError(f"{url}: a segment without EXTINF")
            entries.append(Entry(urljoin(url, line), duration))
            duration = None
    if init is None or not entries or target <= 0:
        raise VerificationError(f"{url} lacks EXT-X-MAP, segments or a target duration")
    return MediaPlaylist(init, tuple(entries), target, ended)
