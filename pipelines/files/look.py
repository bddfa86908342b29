"""Tells what a file is by its bytes. Nothing is expanded: of an archive the list of names is read, and not far into that.

What is not known is refused; so a file that is two things at once is what its first bytes say, and is served as nothing else.
"""

import codecs
import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import BadMedia
from core.file_types import OPAQUE, TEXT, ZIP, program

_PIECE = 2**20
_HEAD = 4096
_MAGICS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"BZh", "application/x-bzip2"),
)
_PROGRAMS = (
    *(b"MZ", b"\x7fELF", b"\x00asm", b"dex\n", b"L\x00\x00\x00\x01\x14\x02\x00", b"\xca\xfe\xba\xbe"),
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
)
_MEDIA = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"FLV\x01", b"\x00\x00\x01\xba")
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif", b"avis")
# Text that browsers would take for a page, whatever it is called.
_ACTIVE = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<svg", b"<?xml", b"<math")
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b") + b"\x7f"

_END = struct.Struct("<4s4H2LH")
_END_REACH = _END.size + 2**16
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
# Office documents have hundreds of parts; the telling ones are found long before.
_DIRECTORY = 4 * 2**20
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
}
_ODF = "application/vnd.oasis.opendocument."
_NAMED = frozenset({*(_ODF + kind for kind in ("text", "spreadsheet", "presentation", "graphics")), "application/epub+zip"})


def digest(path: Path, check: Callable[[], None]) -> str:
    """SHA-256 of the file, in hex; `check` is called now and then and may raise."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            check()
            hasher.update(piece)
    return hasher.hexdigest()


def content_type(path: Path, check: Callable[[], None]) -> str:
    """The media type of what the file holds.

    Raises BadMedia `file.empty`, `.executable`, `.is_media`, `.damaged`, `.macros`, `.not_utf8`, `.unknown_type`.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head:
            raise BadMedia("file.empty", "The file is empty.")
        if head.startswith(_PROGRAMS):
            raise program()
        for magic, kind in _MAGICS:
            if head.startswith(magic):
                return kind
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _zip_type(file, head)
        if head[257:262] == b"ustar":
            return "application/x-tar"
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return "image/webp"
        if _is_media(head):
            raise BadMedia("file.is_media", "Videos and sounds are uploaded as such, not as files.")
        file.seek(0)
        return _text_type(file, head, check)


def _is_media(head: bytes) -> bool:
    boxed = head[4:8] == b"ftyp" and head[8:12] not in _PICTURE_BRANDS
    return boxed or head.startswith(_MEDIA) or (head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"AVI "))


def _text_type(file: BinaryIO, head: bytes, check: Callable[[], None]) -> str:
    """Raises BadMedia where it is no UTF-8 without control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            check()
            if piece.translate(None, _CONTROLS) != piece:
                raise _not_known(head)
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_known(head) from None
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:16].lower()
    return OPAQUE if start.startswith(_ACTIVE) else TEXT


def _not_known(head: bytes) -> BadMedia:
    if head.startswith(_BOMS) or b"\x00" not in head:
        return BadMedia("file.not_utf8", "Text has to be UTF-8, without control characters; save it so and try again.")
    return BadMedia(
        "file.unknown_type", "Only PDFs, pictures, office documents, archives and text are taken, and this is none of them."
    )


def _zip_type(file: BinaryIO, head: bytes) -> str:
    """What an archive is: office documents and books are told by names in it."""
    named = _named_type(head)
    names = set(_names(file))
    if any(name.endswith("vbaProject.bin") for name in names) or (named is not None and "Basic/script-lc.xml" in names):
        raise BadMedia("file.macros", "Documents with macros are not taken; save it without them.")
    if named is not None:
        return named
    if "[Content_Types].xml" in names:
        return next((kind for part, kind in _MAIN_PARTS.items() if part in names), ZIP)
    return ZIP


def _named_type(head: bytes) -> str | None:
    """OpenDocument and EPUB put their type in front, as it is: a first part called `mimetype`."""
    if len(head) < _LOCAL.size:
        return None
    *_, method, _, _, _, size, _, name_length, extra_length = _LOCAL.unpack_from(head)
    start = _LOCAL.size + name_length
    if method != 0 or head[_LOCAL.size : start] != b"mimetype" or size > 200:
        return None
    text = head[start + extra_length :][:size].decode("ascii", "replace").strip()
    return text if text in _NAMED else None


def _names(file: BinaryIO) -> Iterator[str]:
    """Names of what is in the archive, of its first few thousand parts. Raises BadMedia `file.damaged` without a directory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_REACH))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise BadMedia("file.damaged", "The archive is damaged: its end is missing.")
    *_, length, offset, _ = _END.unpack_from(tail, at)
    if offset + length > size:
        # Only archives of 4 GB have such numbers for a reason.
        raise BadMedia("file.damaged", "The archive is damaged: its list of files is missing.")
    file.seek(offset)
    directory = file.read(min(length, _DIRECTORY))
    place = 0
    while place + _ENTRY.size <= len(directory):
        magic, *fields = _ENTRY.unpack_from(directory, place)
        name_length, extra_length, comment_length = fields[9:12]
        if magic != b"PK\x01\x02":
            raise BadMedia("file.damaged", "The archive is damaged: its list of files can't be read.")
        start = place + _ENTRY.size
        yield directory[start : start + name_length].decode("utf-8", "replace")
        place = start + name_length + extra_length + comment_length
