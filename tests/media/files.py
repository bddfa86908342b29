"""Kinds that are no video, pretend to be one, or are a video and something else at once."""

import gzip
import io
import zipfile
from pathlib import Path

from PIL import Image

from tests.media.surgery import avi_with_subtitle, box, compressed_index, external_alias, external_data, reference_movie
from tests.media.workshop import (
    AAC,
    H264,
    Kind,
    Maker,
    Workshop,
    clip,
    content,
    edited,
    filled,
    random_bytes,
    recipe,
)

_NO_VIDEO = "media.not_a_video"
_M3U8 = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{uri}\n#EXT-X-ENDLIST\n"
_MPD = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"><Period>'
    '<AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>{uri}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>"
)
_CONCAT = "ffconcat version 1.0\nfile '{uri}'\n"
_SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
_ASX = '[Reference]\nRef1={socket}\n<asx version="3.0"><entry><ref href="{socket}"/></entry></asx>\n'


def _to(uri: str, text: str) -> Maker:
    return content(text.replace("{uri}", uri))


def _recoded(text: str, codec: str, head: bytes = b"") -> Maker:
    """The text of a playlist in another coding, behind other bytes."""

    def make(shop: Workshop, path: Path) -> None:
        path.write_bytes(head + filled(shop, text).encode(codec))

    return make


def _zip(_: Workshop, path: Path) -> None:
    """Ten megabytes of nothing in ten kilobytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("video.mp4", bytes(10 * 2**20))


def _image(form: str) -> Maker:
    def make(_: Workshop, path: Path) -> None:
        Image.effect_noise((64, 64), 50).convert("RGB").save(path, form)

    return make


def _behind(tail: bytes) -> Maker:
    """A video with something else behind its last box."""
    return edited(clip(), lambda data: data + tail)


def _in_front(text: bytes) -> Maker:
    """A video with something else in a free box before everything; its fragments find their media wherever they lie."""
    fragments = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
    return edited(clip(options=(*H264, *AAC, *fragments)), lambda data: box(b"free", text.ljust(1024)) + data)


def _archive_behind(shop: Workshop, path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", "<script>alert(1)</script>")
    _behind(archive.getvalue())(shop, path)


def _subtitle_lure(shop: Workshop, path: Path) -> None:
    base = clip("avi", options=("-c:v", "mpeg4", "-c:a", "pcm_s16le", "-threads", "1"))
    text = filled(shop, _M3U8.replace("{uri}", "{socket}")).encode()
    edited(base, avi_with_subtitle(text))(shop, path)


def _elsewhere(shop: Workshop, path: Path) -> None:
    edited(clip(options=(*H264, *AAC)), external_data(str(shop.canary).encode()))(shop, path)


def _elsewhere_by_alias(shop: Workshop, path: Path) -> None:
    edited(clip("mov"), external_alias(str(shop.canary).encode()))(shop, path)


def _elsewhere_by_address(shop: Workshop, path: Path) -> None:
    edited(clip(), external_data(shop.socket_url.encode()))(shop, path)


def _reference_movie(shop: Workshop, path: Path) -> None:
    path.write_bytes(reference_movie(shop.canary_url.encode()))


def _attached(shop: Workshop, path: Path) -> None:
    """A Matroska file with a page as an attachment."""
    page = path.with_suffix(".html")
    page.write_text(filled(shop, '<img src="{socket}">'))
    shop.ffmpeg(
        *("-i", shop.clip(), "-map", "0", "-c", "copy", "-attach", page, "-metadata:s:t", "mimetype=text/html"),
        *("-f", "matroska", path),
    )
    page.unlink()


_ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x14" + b"TIT2\x00\x00\x00\x0a\x00\x00\x03A lecture"[:20]

KINDS = (
    Kind("nothing at all", content(b""), "media.empty", short=True),
    Kind("one byte", content(b"\x47"), _NO_VIDEO, short=True),
    Kind("all zeros", content(bytes(2**16)), _NO_VIDEO, short=True),
    Kind("random bytes", content(random_bytes(1, 2**16)), _NO_VIDEO, short=True),
    Kind("plain text", content("I am not a video.\n" * 50), _NO_VIDEO),
    Kind("text in UTF-16", _recoded("Not a video.\n" * 50, "utf-16"), _NO_VIDEO),
    Kind("HTML page", content("<!DOCTYPE html><html><body>404</body></html>"), _NO_VIDEO),
    Kind(
        "SVG picture", content('<svg xmlns="http://www.w3.org/2000/svg"><image href="{socket}"/></svg>'), _NO_VIDEO, lures=True
    ),
    Kind("ZIP that unpacks to a thousand times its size", _zip, _NO_VIDEO, short=True),
    Kind("gzip that unpacks to a thousand times its size", content(gzip.compress(bytes(10 * 2**20), mtime=0)), _NO_VIDEO),
    Kind("PDF", content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + random_bytes(2, 5000)), _NO_VIDEO),
    Kind("program (ELF)", content(b"\x7fELF\x02\x01\x01" + bytes(9) + random_bytes(3, 5000)), _NO_VIDEO),
    Kind("JPEG picture", _image("JPEG"), _NO_VIDEO, short=True),
    Kind("PNG picture", _image("PNG"), _NO_VIDEO),
    Kind("WebP picture", _image("WEBP"), _NO_VIDEO),
    Kind("GIF animation", recipe("gif", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=1"), "media.unsupported_container"),
    Kind("HEIC picture", content(box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"mdat", bytes(100))), _NO_VIDEO),
    Kind("MXF", clip("mxf", options=("-c:v", "mpeg2video", "-c:a", "pcm_s16le")), "media.unsupported_container"),
    Kind("Matroska under the name of an MP4", clip("mkv"), short=True),
    Kind("MP3 under the name of an MP4", clip("mp3", video=None, options=("-c:a", "libmp3lame")), tracks="sound"),
    Kind("m3u8 that names a file", _to("{canary}", _M3U8), _NO_VIDEO, short=True, lures=True),
    Kind("m3u8 that names an address", _to("{socket}", _M3U8), _NO_VIDEO, lures=True),
    Kind("m3u8 in UTF-16", _recoded(_M3U8.replace("{uri}", "{socket}"), "utf-16"), _NO_VIDEO, lures=True),
    Kind("m3u8 behind zeros", _recoded(_M3U8.replace("{uri}", "{canary}"), "utf-8", bytes(16)), _NO_VIDEO, lures=True),
    Kind(
        "m3u8 behind an ID3 tag", _recoded(_M3U8.replace("{uri}", "{canary}"), "utf-8", _ID3), _NO_VIDEO, short=True, lures=True
    ),
    Kind("MPD that names a file", _to("{canary}", _MPD), _NO_VIDEO, lures=True),
    Kind("MPD that names an address", _to("{socket}", _MPD), _NO_VIDEO, short=True, lures=True),
    Kind("ffconcat list", _to("{canary}", _CONCAT), _NO_VIDEO, lures=True),
    Kind(
        "ffconcat list behind an ID3 tag", _recoded(_CONCAT.replace("{uri}", "{canary}"), "utf-8", _ID3), _NO_VIDEO, lures=True
    ),
    Kind("SDP", content(_SDP), _NO_VIDEO, lures=True),
    Kind("ASX playlist", content(_ASX), _NO_VIDEO, lures=True),
    Kind("AVI whose subtitle is an m3u8", _subtitle_lure, "media.undecodable", short=True, lures=True),
    Kind("MP4 whose samples lie in another file", _elsewhere, short=True, lures=True),
    Kind("MP4 whose samples lie at an address", _elsewhere_by_address, lures=True),
    Kind("MOV whose samples lie behind an alias", _elsewhere_by_alias, "media.not_a_video", lures=True),
    Kind("MOV that only refers to another", _reference_movie, "media.no_streams", lures=True),
    Kind("Matroska with a page attached", _attached, lures=True),
    Kind("MP4 and ZIP at once", _archive_behind),
    Kind("MP4 and HTML at once", _in_front(b"<!DOCTYPE html><script>alert(1)</script>")),
    Kind("MP4 and PDF at once", _in_front(b"%PDF-1.7\n")),
    Kind("MP4 with a playlist behind it", _behind(b"\n#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n")),
    Kind("JPEG and MP4 at once", edited(clip(), lambda data: b"\xff\xd8\xff\xfe\x00\x10JPEG comment\0\0" + data), _NO_VIDEO),
    Kind(
        "MOV whose deflated index is a bomb",
        edited(clip("mov"), lambda data: compressed_index(data, 256 * 2**20)),
        _NO_VIDEO,
    ),
)
