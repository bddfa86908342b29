"""A file is what its bytes say; its name may only agree."""

from pathlib import Path
from uuid import UUID

import pytest

from core.errors import BadMedia
from core.file_types import attachment, renamed, safe_name, settled
from pipelines.files import look
from storage import keys
from tests.support.lesson_files import (
    DOCM,
    DOCX,
    GZIP,
    HTML,
    ODT,
    PDF,
    SVG,
    bomb,
    false_directory,
    picture,
    tarred,
    zipped,
)

OFFICE = "application/vnd.openxmlformats-officedocument."
OPAQUE = "application/octet-stream"

TAKEN = [
    ("slides.pdf", PDF, "application/pdf"),
    ("SLIDES.PDF", PDF, "application/pdf"),
    ("no ending", PDF, "application/pdf"),
    ("photo.png", picture(), "image/png"),
    ("photo.jpg", picture(), "image/png"),
    ("photo.jpeg", picture("JPEG"), "image/jpeg"),
    ("photo.webp", picture("WEBP"), "image/webp"),
    ("loop.gif", picture("GIF"), "image/gif"),
    ("essay.docx", DOCX, f"{OFFICE}wordprocessingml.document"),
    ("table.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), f"{OFFICE}spreadsheetml.sheet"),
    ("talk.pptx", zipped("[Content_Types].xml", "ppt/presentation.xml"), f"{OFFICE}presentationml.presentation"),
    ("essay.odt", ODT, "application/vnd.oasis.opendocument.text"),
    ("book.epub", zipped("a.xhtml", mimetype=b"application/epub+zip"), "application/epub+zip"),
    ("essay.zip", DOCX, "application/zip"),
    ("code.zip", zipped("main.py"), "application/zip"),
    ("empty.zip", zipped(), "application/zip"),
    ("bomb.zip", bomb(), "application/zip"),
    ("code.tar", tarred(), "application/x-tar"),
    ("code.tar.gz", GZIP, "application/gzip"),
    ("code.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
    ("notes.txt", "Grüße\r\n\tund mehr".encode(), "text/plain"),
    ("notes.md", b"# Notes", "text/markdown"),
    ("data.csv", b"\xef\xbb\xbfa;b\n1;2\n", "text/csv"),
    ("data.json", b'{"a": 1}', "application/json"),
    ("run.sh", b"#!/bin/sh\nrm -rf /\n", "text/plain"),
    ("script.js", b"alert(1)", "text/plain"),
    # Browsers would run these, if they were told what they are.
    ("page.html", HTML, OPAQUE),
    ("drawing.svg", SVG, OPAQUE),
    ("feed.xml", b'<?xml version="1.0"?><a/>', OPAQUE),
    ("page.htm", b"no tags at all", OPAQUE),
    ("notes.txt", HTML, OPAQUE),
    ("notes.txt", b"\xef\xbb\xbf \n\t<SVG onload=alert(1)>", OPAQUE),
    ("no ending", HTML, OPAQUE),
    # What is two things at once is what its first bytes say.
    ("both.pdf", PDF + HTML, "application/pdf"),
    ("both.pdf", PDF + zipped("a.txt"), "application/pdf"),
    ("both.png", picture() + HTML, "image/png"),
]

REFUSED = [
    ("slides.pdf", HTML, "file.not_what_it_says"),
    ("slides.pdf", SVG, "file.not_what_it_says"),
    ("slides.pdf", b"just text", "file.not_what_it_says"),
    ("slides.pdf", picture(), "file.not_what_it_says"),
    ("slides.pdf", zipped("a.txt"), "file.not_what_it_says"),
    ("photo.png", SVG, "file.not_what_it_says"),
    ("photo.png", HTML + picture(), "file.unknown_type"),
    ("photo.png", PDF, "file.not_what_it_says"),
    ("page.html", PDF, "file.not_what_it_says"),
    ("notes.txt", PDF, "file.not_what_it_says"),
    ("essay.docx", zipped("word.txt"), "file.not_what_it_says"),
    ("essay.docx", DOCM, "file.macros"),
    ("essay.docm", DOCM, "file.macros"),
    ("empty.txt", b"", "file.empty"),
    ("setup.exe", b"MZ\x90\x00" + bytes(60), "file.executable"),
    ("slides.pdf", b"MZ\x90\x00" + bytes(60), "file.executable"),
    ("slides.pdf", b"\x7fELF\x02\x01\x01" + bytes(60), "file.executable"),
    ("tool", b"\xcf\xfa\xed\xfe" + bytes(60), "file.executable"),
    ("a.class", b"\xca\xfe\xba\xbe\x00\x00", "file.executable"),
    ("harmless.exe", b"only text", "file.executable"),
    ("slides.pdf.exe. ", PDF, "file.executable"),
    ("tool.jar", zipped("META-INF/MANIFEST.MF"), "file.executable"),
    ("film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(20), "file.is_media"),
    ("song.mp3", b"ID3\x04" + bytes(20), "file.is_media"),
    ("song.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "file.is_media"),
    ("phone.heic", b"\x00\x00\x00\x18ftypheic" + bytes(20), "file.unknown_type"),
    ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "file.unknown_type"),
    ("data.bin", bytes(range(256)), "file.unknown_type"),
    ("latin.txt", "Grüße".encode("latin-1"), "file.not_utf8"),
    ("wide.txt", "Grüße".encode("utf-16"), "file.not_utf8"),
    ("cut.txt", "Grüße ü".encode()[:-1], "file.not_utf8"),
    ("bell.txt", b"ding \x07 dong", "file.not_utf8"),
    ("cut.zip", zipped("a.txt")[:40], "file.damaged"),
    ("false.zip", false_directory(), "file.damaged"),
]


def _settle(tmp_path: Path, name: str, data: bytes) -> str:
    path = tmp_path / "file"
    path.write_bytes(data)
    return settled(name, look.content_type(path, lambda: None))


@pytest.mark.parametrize(("name", "data", "expected"), TAKEN, ids=[f"{name}-{kind}" for name, _, kind in TAKEN])
def test_what_is_taken_has_the_type_of_its_content(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    assert _settle(tmp_path, name, data) == expected


@pytest.mark.parametrize(("name", "data", "code"), REFUSED, ids=[f"{name}-{code}" for name, _, code in REFUSED])
def test_what_is_refused_is_told_why(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    with pytest.raises(BadMedia) as refused:
        _settle(tmp_path, name, data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_any_beginning_of_an_archive_is_looked_at_without_harm(tmp_path: Path) -> None:
    whole = zipped("[Content_Types].xml", "word/document.xml")
    for length in range(1, len(whole)):
        with pytest.raises(BadMedia):
            _settle(tmp_path, "essay.docx", whole[:length])


def test_text_is_read_to_its_end(tmp_path: Path) -> None:
    assert _settle(tmp_path, "long.txt", "ü".encode() * 2**20) == "text/plain"
    with pytest.raises(BadMedia):
        _settle(tmp_path, "long.txt", b"x" * 2**21 + b"\xff")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("slides.pdf", "slides.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\slides.pdf", "slides.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("///", "file"),
        ("\x00", "file"),
        ("講義 資料.pdf", "講義 資料.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_names_keep_what_has_a_place_in_a_name(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_download_is_announced_under_its_own_name_whatever_letters_that_has() -> None:
    assert attachment("slides.pdf") == "attachment; filename=\"slides.pdf\"; filename*=UTF-8''slides.pdf"
    assert attachment("講義.pdf") == "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E8%AC%9B%E7%BE%A9.pdf"
    assert attachment('a";x=\\"%41.txt') == (
        "attachment; filename=\"a_;x=___41.txt\"; filename*=UTF-8''a%22%3Bx%3D%5C%22%2541.txt"
    )
    assert attachment("a'b (1)*.md").endswith("filename*=UTF-8''a%27b%20%281%29%2A.md")


def test_another_name_must_not_promise_another_type() -> None:
    assert renamed("notes.md", "text/plain") == "text/markdown"
    assert renamed("notes", "text/markdown") == "text/plain"
    assert renamed("other.pdf", "application/pdf") == "application/pdf"
    assert renamed("page.txt", OPAQUE) == OPAQUE
    for name, kind in [("notes.pdf", "text/plain"), ("photo.html", "image/png"), ("notes.exe", "text/plain")]:
        with pytest.raises(BadMedia):
            renamed(name, kind)


def test_keys_of_files_have_letters_that_need_no_encoding() -> None:
    file_id, attempt = (UUID(int=number) for number in (1, 2))
    folder = f"files/{file_id}/{attempt}/"
    assert keys.file(file_id, attempt, "Übung 1.PDF") == f"{folder}ubung-1.pdf"
    assert keys.file(file_id, attempt, "講義.pdf") == f"{folder}file.pdf"
    assert keys.file(file_id, attempt, "Makefile") == f"{folder}makefile"
    assert keys.picture_beside(keys.file(file_id, attempt, "a.png")) == keys.file_picture(file_id, attempt)
