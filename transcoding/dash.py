"""DASH manifests as pure text: a static MPD (ISO/IEC 23009-1) over the very segments that the HLS playlists name.

Segment names are not numbered (they carry the attempt that made them), so each is listed, with a timeline that gives its exact
place in ticks of its track. All tracks begin at the common base of 10 s, which `presentationTimeOffset` takes away again.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from core.media import AudioPlan, Part, Plan, Rung
from transcoding.commands import BASE_S
from transcoding.playlists import MasterTrack, rates

_NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
# Segment lists are in none of the narrower profiles.
_PROFILE = "urn:mpeg:dash:profile:isoff-main:2011"
_ROLE = "urn:mpeg:dash:role:2011"
_CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"


def dash_manifest(plan: Plan, tracks: Sequence[MasterTrack]) -> str | None:
    """The manifest of whole tracks, in which text is left out. None when the ticks of one are not known.

    One adaptation set per video codec and one per sound. Addresses are `<track>/<file>`.
    """
    found = {track.name: track.parts for track in tracks if track.kind != "text" and track.parts}
    if not found or any(not part.timescale for parts in found.values() for part in parts):
        return None
    ends = [Fraction(sum(_ticks(parts)), parts[0].timescale) for parts in found.values()]
    root = Element(
        "MPD",
        xmlns=_NAMESPACE,
        profiles=_PROFILE,
        type="static",
        mediaPresentationDuration=f"PT{float(max(ends)):.6f}S",
        minBufferTime=f"PT{plan.target_duration}S",
    )
    period = SubElement(root, "Period", id="0", start="PT0S")
    rungs = sorted((rung for rung in plan.rungs if rung.name in found), key=lambda rung: rung.width * rung.height)
    for codec in ("h264", "av1"):
        if family := [rung for rung in rungs if rung.codec == codec]:
            _video(period, family, found)
    heard = [(sound, name) for sound in plan.sounds for name in (sound.normalised_name, sound.name) if name in found]
    for number, (sound, name) in enumerate(heard):
        _sound(period, sound, name, found[name], "main" if number == 0 else "alternate")
    ET.indent(root)
    # Its own declaration would name the encoding of the machine's locale.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _video(period: Element, rungs: Sequence[Rung], found: dict[str, tuple[Part, ...]]) -> None:
    family = _adaptation_set(period, "video", "main")
    for rung in rungs:
        parts = found[rung.name]
        rate = Fraction(rung.fps_num, rung.fps_den)
        fields = {"width": str(rung.width), "height": str(rung.height), "frameRate": str(rate), "sar": "1:1"}
        _segments(_representation(family, rung.name, parts, fields), parts)


def _sound(period: Element, sound: AudioPlan, name: str, parts: tuple[Part, ...], role: str) -> None:
    family = _adaptation_set(period, "audio", role)
    if sound.language:
        family.set("lang", sound.language)
    # Elements come in the schema's order: roles, labels, representations.
    SubElement(family, "Label").text = sound.label
    representation = _representation(family, name, parts, {"audioSamplingRate": str(parts[0].timescale)})
    SubElement(representation, "AudioChannelConfiguration", schemeIdUri=_CHANNELS, value=str(sound.channels))
    _segments(representation, parts)


def _adaptation_set(period: Element, kind: str, role: str) -> Element:
    found = SubElement(
        period,
        "AdaptationSet",
        id=str(len(period)),
        contentType=kind,
        mimeType=f"{kind}/mp4",
        segmentAlignment="true",
        startWithSAP="1",
    )
    SubElement(found, "Role", schemeIdUri=_ROLE, value=role)
    return found


def _representation(family: Element, name: str, parts: tuple[Part, ...], fields: dict[str, str]) -> Element:
    peak, _ = rates(parts)
    return SubElement(family, "Representation", {"id": name, "codecs": parts[0].codecs, "bandwidth": str(peak), **fields})


def _segments(representation: Element, parts: tuple[Part, ...]) -> None:
    track, timescale = parts[0].track, parts[0].timescale
    base = str(BASE_S * timescale)
    listed = SubElement(representation, "SegmentList", timescale=str(timescale), presentationTimeOffset=base)
    SubElement(listed, "Initialization", sourceURL=f"{track}/{parts[0].init_name}")
    timeline = SubElement(listed, "SegmentTimeline")
    for ticks, run in groupby(_ticks(parts)):
        entry = SubElement(timeline, "S", d=str(ticks))
        if more := len(list(run)) - 1:
            entry.set("r", str(more))
    timeline[0].set("t", base)
    for part in parts:
        for segment in part.segments:
            SubElement(listed, "SegmentURL", media=f"{track}/{segment.name}")


def _ticks(parts: Sequence[Part]) -> Iterator[int]:
    """Durations of all segments; seconds were made of ticks, so rounding gives them back exactly."""
    return (round(segment.duration_s * part.timescale) for part in parts for segment in part.segments)
