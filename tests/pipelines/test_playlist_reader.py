"""Reading playlists back, as a player would."""

import pytest

from core.errors import Transient
from pipelines.media.playlist_reader import Listed, Rendition, read_manifest, read_master, read_media


def test_a_master_tells_its_variants_and_renditions() -> None:
    text = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original, loud",DEFAULT=YES,URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x240,AUDIO="audio"
240p/index.m3u8
"""
    assert read_master(text) == [
        Rendition("audio/index.m3u8"),
        Rendition("240p/index.m3u8", "avc1.64000d,mp4a.40.2"),
    ]


def test_a_media_playlist_tells_its_segments() -> None:
    text = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-MAP:URI="init-1.mp4"
#EXTINF:4.000000,
a.m4s
#EXTINF:1.5,
b.m4s
#EXT-X-ENDLIST
"""
    playlist = read_media(text)
    assert playlist.segments == [Listed("a.m4s", 4.0), Listed("b.m4s", 1.5)]
    assert (playlist.init_uri, playlist.target_duration, playlist.kind, playlist.ended) == ("init-1.mp4", 4, "EVENT", True)


@pytest.mark.parametrize("text", ["", "<html>", "#EXTINF:1,\n"])
def test_what_is_no_playlist_is_told(text: str) -> None:
    with pytest.raises(Transient, match="not a playlist"):
        read_media(text)


def test_keys_and_ranges_belong_to_the_segment_behind_them() -> None:
    text = """#EXTM3U
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-KEY:METHOD=AES-128,URI="../content.key",IV=0x0a
#EXTINF:4.0,
#EXT-X-BYTERANGE:300@52
a.m4s
#EXT-X-KEY:METHOD=AES-128,URI="../content.key",IV=0x0b
#EXTINF:4.0,
b.m4s
"""
    assert read_media(text).segments == [Listed("a.m4s", 4.0, "0a", (52, 300)), Listed("b.m4s", 4.0, "0b")]


MANIFEST = """<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation id="240p">
<SegmentList timescale="1000"><SegmentTimeline><S t="10000" d="4000" r="1"/><S d="500"/></SegmentTimeline>
<SegmentURL media="a.m4s"/><SegmentURL media="b.m4s"/><SegmentURL media="c.m4s"/>
</SegmentList></Representation></AdaptationSet></Period></MPD>"""


def test_a_manifest_tells_its_segments() -> None:
    assert read_manifest(MANIFEST) == {"240p": [Listed("a.m4s", 4.0), Listed("b.m4s", 4.0), Listed("c.m4s", 0.5)]}


@pytest.mark.parametrize("text", ["", "#EXTM3U", MANIFEST.replace('r="1"', 'r="2"'), MANIFEST.replace('id="240p"', "")])
def test_what_is_no_manifest_is_told(text: str) -> None:
    with pytest.raises(Transient, match="not a manifest"):
        read_manifest(text)
