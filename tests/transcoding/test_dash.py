"""DASH manifests as text."""

import xml.etree.ElementTree as ET

from msgspec.structs import replace

from core.media import Part, Rung
from tests.transcoding.samples import sample_info, sample_part
from transcoding.dash import dash_manifest
from transcoding.keyframes import KeyFrames
from transcoding.plan import make_plan
from transcoding.playlists import MasterTrack

PLAN = make_plan(sample_info(426, 240, duration_s=10.0), KeyFrames(tuple(map(float, range(0, 10, 4))), 10))
MPD = "{urn:mpeg:dash:schema:mpd:2011}"


def track(name: str, *, timescale: int = 12_800, codecs: str = "avc1.64001f") -> MasterTrack:
    parts = [replace(part, timescale=timescale, codecs=codecs) for part in parts_of(name)]
    return MasterTrack(name, "audio" if name.startswith("audio") else "video", tuple(parts))


def parts_of(name: str) -> list[Part]:
    return [sample_part(name, 0, [4.0, 4.0]), sample_part(name, 1, [2.0])]


def test_the_manifest_lists_every_segment_in_its_place() -> None:
    sound = track("audio", timescale=48_000, codecs="mp4a.40.2")
    assert (
        dash_manifest(PLAN, [track("240p"), sound])
        == """<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static" \
mediaPresentationDuration="PT10.000000S" minBufferTime="PT4S">
  <Period id="0" start="PT0S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main" />
      <Representation id="240p" codecs="avc1.64001f" bandwidth="400000" width="426" height="240" frameRate="25" sar="1:1">
        <SegmentList timescale="12800" presentationTimeOffset="128000">
          <Initialization sourceURL="240p/init-240p.mp4" />
          <SegmentTimeline>
            <S d="51200" r="1" t="128000" />
            <S d="25600" />
          </SegmentTimeline>
          <SegmentURL media="240p/c0_0.m4s" />
          <SegmentURL media="240p/c0_1.m4s" />
          <SegmentURL media="240p/c1_0.m4s" />
        </SegmentList>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main" />
      <Label>Original</Label>
      <Representation id="audio" codecs="mp4a.40.2" bandwidth="400000" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2" />
        <SegmentList timescale="48000" presentationTimeOffset="480000">
          <Initialization sourceURL="audio/init-audio.mp4" />
          <SegmentTimeline>
            <S d="192000" r="1" t="480000" />
            <S d="96000" />
          </SegmentTimeline>
          <SegmentURL media="audio/c0_0.m4s" />
          <SegmentURL media="audio/c0_1.m4s" />
          <SegmentURL media="audio/c1_0.m4s" />
        </SegmentList>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
"""
    )


def test_codecs_and_sounds_have_sets_of_their_own() -> None:
    first = PLAN.sounds[0]
    second = replace(first, name="audio-2", language="de", label='Deutsch <& "laut">')
    rungs = (*PLAN.rungs, _av1(PLAN.rungs[0]))
    plan = replace(PLAN, rungs=rungs, sounds=(first, second))
    tracks = [track("240p"), track("240p-av1", codecs="av01.0.00M.08"), track("audio-r128"), track("audio-2")]
    root = ET.fromstring(dash_manifest(plan, tracks) or "")
    sets = list(root.iter(f"{MPD}AdaptationSet"))
    assert [[each.attrib["id"] for each in found.iter(f"{MPD}Representation")] for found in sets] == [
        ["240p"],
        ["240p-av1"],
        ["audio-r128"],
        ["audio-2"],
    ]
    assert [found.get("lang") for found in sets] == [None, None, None, "de"]
    assert [label.text for label in root.iter(f"{MPD}Label")] == ["Original", 'Deutsch <& "laut">']
    assert [role.attrib["value"] for role in root.iter(f"{MPD}Role")] == ["main", "main", "main", "alternate"]


def _av1(rung: Rung) -> Rung:
    return replace(rung, name=f"{rung.name}-av1", codec="av1")


def test_text_is_left_out_and_a_track_without_a_clock_allows_no_manifest() -> None:
    text = MasterTrack("text-en", "text", (replace(sample_part("text-en", 0, [10.0]), init_name="", codecs="wvtt"),))
    assert "text-en" not in (dash_manifest(PLAN, [track("240p"), text]) or "text-en")
    assert dash_manifest(PLAN, [track("240p"), track("audio", timescale=0)]) is None
    assert dash_manifest(PLAN, [text]) is None


def test_ticks_of_odd_frame_rates_come_back_exactly() -> None:
    lengths = [119 * 1001 / 30_000, 120 * 1001 / 30_000, 1001 / 30_000]
    parts = (replace(sample_part("240p", 0, lengths), timescale=30_000),)
    manifest = dash_manifest(PLAN, [MasterTrack("240p", "video", parts)]) or ""
    assert [f'd="{count * 1001}"' in manifest for count in (119, 120, 1)] == [True] * 3
