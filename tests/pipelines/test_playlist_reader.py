"""Reading playlists back, as a player would."""

import pytest

from core.errors import Transient
from pipelines.media.playlist_reader import Listed, Rendition, read_master, read_media


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
