"""The verification's own reader of playlists."""

import pytest

from ops.demo.verification.hls import VerificationError, parse_master, parse_media

MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Original, as recorded",DEFAULT=YES,URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=500000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,AUDIO="sound"
360p/index.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.000,
a.m4s
#EXTINF:2.500,
b.m4s
"""


def test_a_master_playlist_is_read_with_its_attributes() -> None:
    master = parse_master(MASTER, "http://host/stream/token/master.m3u8")
    (variant,), (audio,) = master.variants, master.audio
    assert variant.url == "http://host/stream/token/360p/index.m3u8"
    assert (variant.width, variant.height, variant.bandwidth) == (640, 360, 800_000)
    assert variant.codecs == ("avc1.64001e", "mp4a.40.2")
    assert audio.name == "Original, as recorded"
    assert audio.url == "http://host/stream/token/audio/index.m3u8"


def test_a_growing_playlist_has_no_end() -> None:
    playlist = parse_media(MEDIA, "http://host/x/index.m3u8")
    assert [entry.url for entry in playlist.entries] == ["http://host/x/a.m4s", "http://host/x/b.m4s"]
    assert playlist.duration_s == 6.5
    assert not playlist.ended
    assert parse_media(MEDIA + "#EXT-X-ENDLIST\n", "http://host/x/index.m3u8").ended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "#EXTM3U\n",
        MASTER.replace('AUDIO="sound"\n', 'AUDIO="other"\n'),
        MASTER.replace(',CODECS="avc1.64001e,mp4a.40.2"', ""),
    ],
)
def test_a_broken_master_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        parse_master(text, "http://host/master.m3u8")


@pytest.mark.parametrize(
    "text",
    [
        MEDIA.replace('#EXT-X-MAP:URI="init.mp4"\n', ""),
        MEDIA.replace("#EXTINF:4.000,\n", ""),
        MEDIA + '#EXT-X-MAP:URI="other.mp4"\n',
    ],
)
def test_a_broken_media_playlist_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        parse_media(text, "http://host/index.m3u8")
