"""First bytes of a file: tells playlists, text and foreign containers from what ffprobe may look at."""

from pathlib import Path

from core.errors import BadMedia

_HEAD = 4096
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"<smil", b"[playlist]", b"<html", b"<!DOCTYPE")
_PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_PHOTO_BRANDS = frozenset({b"heic", b"heix", b"heif", b"avif", b"mif1", b"msf1"})
# Video containers that exist but that we don't read: MXF, RealMedia, GIF, WTV, Y4M, IVF, NUT, GXF, DV.
_OTHERS = (
    b"\x06\x0e\x2b\x34",
    b".RMF",
    b"GIF8",
    b"\xb7\xd8\x00\x20",
    b"YUV4MPEG2",
    b"DKIF",
    b"nut/multimedia",
    b"\x00\x00\x00\x00\x01\xbc",
    b"\x1f\x07\x00",
)


def refuse_text(path: Path) -> None:
    """Raises BadMedia `media.not_a_video` for playlists, manifests and plain text, whatever the name says.

    ffprobe's format whitelist stops them too; this keeps them from being opened at all.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if text.startswith(_PLAYLISTS) or _is_text(head):
        raise BadMedia("media.not_a_video", "The file is text or a playlist, not a video.")


def refuse_pictures(path: Path) -> None:
    """Raises BadMedia `media.not_a_video` for photos, also those in containers that video uses too."""
    with path.open("rb") as file:
        head = file.read(12)
    if head.startswith(_PHOTOS) or (head[4:8] == b"ftyp" and head[8:] in _PHOTO_BRANDS) or head[8:] == b"WEBP":
        raise BadMedia("media.not_a_video", "The file is a picture, not a video.")


def is_other_video(path: Path) -> bool:
    """Whether the file is a video of a kind that is not supported."""
    with path.open("rb") as file:
        return file.read(32).startswith(_OTHERS)


def _is_text(head: bytes) -> bool:
    """Only printable characters: no container begins like that."""
    return all(byte >= 32 or byte in (9, 10, 13) for byte in head) and _decodes(head)


def _decodes(head: bytes) -> bool:
    try:
        head[: len(head) - 4 if len(head) > 8 else None].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 8
    return True
