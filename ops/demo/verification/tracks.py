"""Fetches every segment of a track, checks it against its playlist and decodes it from the first byte to the last."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from ops.demo.verification import probe
from ops.demo.verification.hls import MediaPlaylist, Variant, VerificationError, parse_media
from ops.demo.verification.probe import Programs

# First byte of avcC's profile_idc as ffprobe names it (H.264, table A-1 and its constraint flags).
_PROFILES = {"Constrained Baseline": 0x42, "Baseline": 0x42, "Main": 0x4D, "High": 0x64}


@dataclass(frozen=True, slots=True)
class TrackReport:
    """What was found out about one track."""

    name: str
    width: int
    height: int
    codecs: str
    bandwidth: int
    segments: int
    frames: int
    bytes: int
    duration_s: float
    ended: bool
    file: Path
    """Init and segments joined into one file."""


def get(client: httpx.Client, url: str) -> httpx.Response:
    """GET `url` with redirects followed; raises VerificationError unless the answer is 200."""
    response = client.get(url, follow_redirects=True)
    if response.status_code != 200:
        raise VerificationError(f"{httpx.URL(url).path.rsplit('/', 1)[-1]} answers {response.status_code}")
    return response


def track_name(uri: str) -> str:
    """The name of a track: the folder that its playlist lies in, or the playlist's own name."""
    parts = uri.partition("?")[0].split("/")
    return parts[-2] if len(parts) > 1 else parts[-1].removesuffix(".m3u8")


def _join(client: httpx.Client, playlist: MediaPlaylist, target: Path) -> int:
    """Write init and segments one after another into `target`; returns the bytes of the segments."""
    total = 0
    with target.open("wb") as file:
        file.write(get(client, playlist.init_url).content)
        for entry in playlist.entries:
            body = get(client, entry.url).content
            if not body:
                raise VerificationError(f"{entry.url.rsplit('/', 1)[-1]} is empty")
            if round(entry.duration_s) > playlist.target_duration:
                raise VerificationError(f"{entry.url.rsplit('/', 1)[-1]} is longer than the target duration")
            file.write(body)
            total += len(body)
    return total


def _check_video_codecs(name: str, codecs: str, facts: probe.StreamFacts, resolution: tuple[int, int]) -> None:
    if facts.codec == "h264":
        declared = (int(codecs[5:7], 16), int(codecs[9:11], 16)) if codecs.startswith("avc1.") else (0, 0)
        if declared != (_PROFILES.get(facts.profile, -1), facts.level):
            raise VerificationError(f"{name}: CODECS says {codecs}, ffprobe says {facts.profile} level {facts.level}")
    elif not (facts.codec == "av1" and codecs.startswith("av01.")):
        raise VerificationError(f"{name}: CODECS says {codecs}, ffprobe says {facts.codec}")
    if resolution != (facts.width, facts.height):
        raise VerificationError(f"{name}: RESOLUTION says {resolution}, ffprobe says {(facts.width, facts.height)}")


def check_video(client: httpx.Client, programs: Programs, variant: Variant, work: Path) -> TrackReport:
    """Fetch, decode and compare one rung with what the master playlist promises; raises VerificationError."""
    name = track_name(variant.uri)
    playlist = parse_media(get(client, variant.url).text, variant.url)
    file = work / f"{name}.mp4"
    size = _join(client, playlist, file)
    facts = probe.stream_facts(programs, file)
    video = next((c for c in variant.codecs if not c.startswith("mp4a")), "")
    _check_video_codecs(name, video, facts, (variant.width, variant.height))
    return TrackReport(
        name=name,
        width=variant.width,
        height=variant.height,
        codecs=",".join(variant.codecs),
        bandwidth=variant.bandwidth,
        segments=len(playlist.entries),
        frames=probe.decode(programs, file, "v"),
        bytes=size,
        duration_s=playlist.duration_s,
        ended=playlist.ended,
        file=file,
    )


def check_audio(
    client: httpx.Client, programs: Programs, url: str, uri: str, codecs: str, work: Path, bandwidth: int = 0
) -> TrackReport:
    """Fetch, decode and compare the audio track at `url`; `codecs` is what the variants promise. Raises VerificationError."""
    name = track_name(uri)
    playlist = parse_media(get(client, url).text, url)
    file = work / f"{name}.mp4"
    size = _join(client, playlist, file)
    facts = probe.stream_facts(programs, file)
    if (facts.codec, facts.profile, codecs) != ("aac", "LC", "mp4a.40.2"):
        raise VerificationError(f"{name}: CODECS says {codecs}, ffprobe says {facts.codec} {facts.profile}")
    probe.decode(programs, file, "a")
    return TrackReport(
        name=name,
        width=0,
        height=0,
        codecs=codecs,
        bandwidth=bandwidth,
        segments=len(playlist.entries),
        frames=0,
        bytes=size,
        duration_s=playlist.duration_s,
        ended=playlist.ended,
        file=file,
    )
