"""HLS playlists as pure text, and how far all tracks of a version have got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from core.media import Part, Plan, Rung, Segment, TrackKind
from transcoding.iframes import can_scrub, iframe_stream

# Players start a growing playlist at its live edge unless told otherwise; Shaka ignores an offset of exactly 0.
_START = "#EXT-X-START:TIME-OFFSET=0.001"
_VERSION = "#EXT-X-VERSION:7"
_AUDIO_GROUP = "audio"
_TEXT_GROUP = "text"
# What the container and HTTP add to the bare segments.
_OVERHEAD = 1.02
# Sounds end with the version but for a part of an AAC frame and a sliver of a segment.
_SLACK_S = 0.15


def contiguous(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts of one track in order, from chunk 0 up to the first that is missing."""
    ordered = {part.chunk: part for part in parts}
    end = next(index for index in range(len(ordered) + 1) if index not in ordered)
    return tuple(ordered[index] for index in range(end))


def common_prefix(parts: Mapping[str, Sequence[Part]]) -> dict[str, tuple[Part, ...]]:
    """What every listed track has, as parts in order and cut back to whole segments.

    A track that lags stalls players, so none may be listed beyond the shortest. Where audio and video segments do not end at
    the same time, a segment is kept when at most half of it lies beyond the common end.
    """
    ready = {track: contiguous(found) for track, found in parts.items()}
    end_s = min((length_s(found) for found in ready.values()), default=0.0)
    return {track: _until(found, end_s) for track, found in ready.items()}


def complete(parts: Mapping[str, Sequence[Part]], plan: Plan) -> bool:
    """Whether every listed track is there to the end of the version: all chunks of a rung, the whole length of a sound."""
    rungs = {rung.name for rung in plan.rungs}

    def ends(track: str, found: Sequence[Part]) -> bool:
        ready = contiguous(found)
        # A last chunk may be shorter than any slack.
        return len(ready) == len(plan.chunks) if track in rungs else length_s(ready) >= plan.duration_s - _SLACK_S

    return bool(parts) and all(ends(track, found) for track, found in parts.items())


def length_s(parts: Sequence[Part]) -> float:
    """Length of all segments together."""
    return sum(segment.duration_s for part in parts for segment in part.segments)


def _until(parts: tuple[Part, ...], end_s: float) -> tuple[Part, ...]:
    kept: list[Part] = []
    at_s = 0.0
    for part in parts:
        segments: list[Segment] = []
        for segment in part.segments:
            if at_s + segment.duration_s > end_s + max(segment.duration_s / 2, _SLACK_S):
                break
            segments.append(segment)
            at_s += segment.duration_s
        if segments:
            kept.append(_with_segments(part, tuple(segments)))
        if len(segments) < len(part.segments):
            break
    return tuple(kept)


def _with_segments(part: Part, segments: tuple[Segment, ...]) -> Part:
    if segments == part.segments:
        return part
    share = sum(segment.duration_s for segment in segments) / sum(segment.duration_s for segment in part.segments)
    return msgspec.structs.replace(part, segments=segments, frames=round(part.frames * share))


def media_playlist(plan: Plan, parts: Sequence[Part], *, ended: bool, key_uri: str = "") -> str:
    """The playlist of one track; segments and init lie beside it. Its type stays EVENT, the end is only appended.

    `key_uri` is where players get the key of segments that are stored encrypted.
    """
    lines = [
        "#EXTM3U",
        _VERSION,
        f"#EXT-X-TARGETDURATION:{plan.target_duration}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        _START,
    ]
    init = None
    for part in parts:
        if part.init_name and part.init_name != init:
            init = part.init_name
            lines.append(f'#EXT-X-MAP:URI="{init}"')
        for segment in part.segments:
            if segment.iv is not None:
                # Behind the map: what stands before it would hold for the init segment too, which is clear.
                lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{key_uri}",IV=0x{segment.iv}')
            lines += [f"#EXTINF:{segment.duration_s:.6f},", segment.name]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class MasterTrack:
    """A track as the master names it."""

    name: str
    kind: TrackKind
    parts: tuple[Part, ...]
    language: str | None = None
    label: str | None = None


def master_playlist(
    plan: Plan, tracks: Sequence[MasterTrack], playlist_name: str = "index.m3u8", iframe_name: str | None = None
) -> str:
    """The master playlist of `tracks`: H.264 before AV1, lowest rung first; with no rung among them, audio is the variant.

    URIs are `<track>/<playlist_name>`. BANDWIDTH is the peak of the segments so far, but at least what the rung's rate cap
    allows over a segment while more is to come, so that it never has to rise. `iframe_name`: what I-frame playlists are called,
    where there are some.
    """
    lines = ["#EXTM3U", _VERSION, "#EXT-X-INDEPENDENT-SEGMENTS", _START]
    found = {track.name: track for track in tracks}
    sounds = [track for sound in plan.sounds if (track := found.get(sound.normalised_name) or found.get(sound.name))]
    texts = [track for track in tracks if track.kind == "text"]
    rungs = sorted((rung for rung in plan.rungs if rung.name in found), key=_order)
    for number, track in enumerate(sounds if rungs else sounds[1:]):
        lines.append(_rendition("AUDIO", _AUDIO_GROUP, track, playlist_name, default=number == 0, plan=plan))
    lines += [_rendition("SUBTITLES", _TEXT_GROUP, track, playlist_name, default=False, plan=plan) for track in texts]
    groups = [f'SUBTITLES="{_TEXT_GROUP}"'] if texts else []
    sound_rates = [rates(track.parts) for track in sounds]
    sound_peak, sound_average = max(sound_rates, default=(0, 0))
    for rung in rungs:
        parts = found[rung.name].parts
        peak, average = rates(parts)
        if not complete({rung.name: parts}, plan):
            peak = max(peak, int(rung.max_rate * _OVERHEAD))
        attributes = [
            f"BANDWIDTH={peak + sound_peak}",
            f"AVERAGE-BANDWIDTH={average + sound_average}",
            f'CODECS="{",".join(dict.fromkeys([parts[0].codecs, *(track.parts[0].codecs for track in sounds)]))}"',
            f"RESOLUTION={rung.width}x{rung.height}",
            f"FRAME-RATE={float(Fraction(rung.fps_num, rung.fps_den)):.3f}",
            *([f'AUDIO="{_AUDIO_GROUP}"'] if sounds else []),
            *groups,
        ]
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{rung.name}/{playlist_name}"]
    if sounds:
        lines += _sound_variant(sounds[0], alone=not rungs, groups=groups, playlist_name=playlist_name)
    if iframe_name is not None:
        scrubbed = [(rung, found[rung.name].parts) for rung in rungs if can_scrub(rung, found[rung.name].parts)]
        lines += [iframe_stream(rung, parts, f"{rung.name}/{iframe_name}") for rung, parts in scrubbed]
    return "\n".join(lines) + "\n"


def _order(rung: Rung) -> tuple[bool, int]:
    return rung.codec != "h264", rung.width * rung.height


def _sound_variant(track: MasterTrack, *, alone: bool, groups: list[str], playlist_name: str) -> list[str]:
    """For who only listens, or has no better line: the sound without a picture."""
    peak, average = rates(track.parts)
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{track.parts[0].codecs}"']
    attributes += groups if alone else [f'AUDIO="{_AUDIO_GROUP}"', *groups]
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{track.name}/{playlist_name}"]


def _rendition(kind: str, group: str, track: MasterTrack, playlist_name: str, *, default: bool, plan: Plan) -> str:
    attributes = [f"TYPE={kind}", f'GROUP-ID="{group}"', f'NAME="{track.label or track.name}"']
    attributes += [f'LANGUAGE="{track.language}"'] if track.language else []
    attributes += [f"DEFAULT={'YES' if default else 'NO'}", "AUTOSELECT=YES"]
    if track.kind == "audio":
        sound = next(sound for sound in plan.sounds if track.name in (sound.name, sound.normalised_name))
        attributes.append(f'CHANNELS="{sound.channels}"')
    else:
        attributes.append("FORCED=NO")
    attributes.append(f'URI="{track.name}/{playlist_name}"')
    return f"#EXT-X-MEDIA:{','.join(attributes)}"


def rates(parts: Sequence[Part]) -> tuple[int, int]:
    """(peak, average) bits per second over segments; a last sliver of a segment does not count as a peak."""
    segments = [segment for part in parts for segment in part.segments]
    total_s = sum(segment.duration_s for segment in segments)
    if not total_s:
        return 0, 0
    average = sum(segment.size for segment in segments) * 8 / total_s
    peak = max((segment.size * 8 / segment.duration_s for segment in segments if segment.duration_s >= 0.5), default=average)
    return round(max(peak, average)), round(average)
