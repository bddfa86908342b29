"""Files for tests, honest and hostile, made in memory."""

import io
import struct
import tarfile
import zipfile
from gzip import compress

from PIL import Image

_WORD = "word/document.xml"


def zipped(*names: str, **stored: bytes) -> bytes:
    """An archive with these names in it; `stored`: what lies first and uncompressed, by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in stored.items():
            archive.writestr(name, data, zipfile.ZIP_STORED)
        for name in names:
            archive.writestr(name, b"<x/>", zipfile.ZIP_DEFLATED)
    return made.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (32, 20)) -> bytes:
    """A red picture."""
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind)
    return made.getvalue()


def tarred() -> bytes:
    """An archive with one file."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("notes.txt"))
    return made.getvalue()


def bomb() -> bytes:
    """An archive of a few kilobytes that would become hundreds of megabytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(4):
            archive.writestr(f"{number}.txt", bytes(8 * 2**20))
    return made.getvalue()


def false_directory() -> bytes:
    """An archive whose end promises a list of files that is longer than the archive."""
    data = bytearray(zipped("a.txt"))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 20] = struct.pack("<2L", 2**31, 0)
    return bytes(data)


PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
DOCX = zipped("[Content_Types].xml", _WORD)
DOCM = zipped("[Content_Types].xml", _WORD, "word/vbaProject.bin")
ODT = zipped("content.xml", mimetype=b"application/vnd.oasis.opendocument.text")
GZIP = compress(b"text")
