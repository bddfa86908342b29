"""Courses as ZIP archives: written for export, and read with suspicion, for an archive may come from anybody.

Nothing is ever unpacked to a disk. What is read is counted as it comes out, whatever the archive says of itself.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from core.course_document import CourseDocument
from core.course_files import DOCUMENT, MAX_DOCUMENT_BYTES, MAX_TEXT_BYTES, pack, unpack, unprocessable
from core.errors import ErrorKind, Refused

MEDIA_TYPE = "application/zip"
MAX_BYTES = 16 * 2**20
"""Of an archive; the nginx configuration that ships takes as much."""
MAX_UNPACKED_BYTES = 40 * 2**20
MAX_ENTRIES = 3000
MAX_RATIO = 200
"""Of what an entry has unpacked to its packed size; text packs ten times at best."""

_RATIO_FROM = 64 * 1024
_ENTRY_MARK = b"PK\x01\x02"
_MODES = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# The same course gives the same bytes, whenever it is written.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def write_archive(document: CourseDocument) -> bytes:
    """The archive of a course; the same course gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in pack(document).items():
            entry = zipfile.ZipInfo(name, date_time=_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return target.getvalue()


def read_archive(content: bytes) -> CourseDocument:
    """The course in an archive. Raises Refused.

    `archive.too_large` (TOO_LARGE), and UNPROCESSABLE: `archive.not_a_zip`, `archive.damaged`, `archive.encrypted`,
    `archive.unsafe_name`, `archive.too_many_entries`, `archive.bomb`, and those of `core.course_files.unpack`.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    if content.count(_ENTRY_MARK) > MAX_ENTRIES:
        # Before anything is made of each of them.
        raise _too_many()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return unpack(_contents(archive))
    except zipfile.BadZipFile as error:
        raise unprocessable("archive.not_a_zip", "This can't be read as a ZIP archive.") from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, OverflowError) as error:
        # What the library raises where the parts of an archive contradict each other.
        raise unprocessable("archive.damaged", "The archive is damaged, or packed in a way that is not read here.") from error


def too_large() -> Refused:
    """The refusal of an archive beyond the size that is taken."""
    return Refused("archive.too_large", f"An archive has at most {MAX_BYTES // 2**20} MB.", kind=ErrorKind.TOO_LARGE)


def _contents(archive: zipfile.ZipFile) -> Mapping[str, bytes]:
    """The course's files in the archive; others are left unread, but not even their names may be strange."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _too_many()
    names: set[str] = set()
    for entry in entries:
        _check(entry)
        if entry.filename in names:
            raise unprocessable("archive.unsafe_name", "Two entries of the archive have the same name.")
        names.add(entry.filename)
    files: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    for entry in entries:
        if entry.is_dir() or not (entry.filename == DOCUMENT or entry.filename.endswith(".md")):
            continue
        limit = MAX_DOCUMENT_BYTES if entry.filename == DOCUMENT else MAX_TEXT_BYTES
        files[entry.filename] = _read(archive, entry, min(limit, left))
        left -= len(files[entry.filename])
    return files


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    strange = not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name.isprintable()
    # `orig_filename` is what stands in the archive: the library cuts names at a NUL.
    if strange or len(name) > 255 or "\x00" in entry.orig_filename:
        raise unprocessable("archive.unsafe_name", "An entry of the archive has a name that leads elsewhere.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise unprocessable("archive.unsafe_name", "The archive has entries that are no files.")
    if entry.flag_bits & _ENCRYPTED:
        raise unprocessable("archive.encrypted", "The archive is encrypted.")
    if entry.compress_type not in _MODES:
        raise unprocessable("archive.damaged", "The archive is packed in a way that is not read here.")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(entry) as source:
        content = source.read(limit + 1)
    if len(content) > limit or len(content) > max(_RATIO_FROM, entry.compress_size * MAX_RATIO):
        raise unprocessable("archive.bomb", "The archive unpacks to more than a course can be.")
    return content


def _too_many() -> Refused:
    return unprocessable("archive.too_many_entries", f"An archive has at most {MAX_ENTRIES} entries.")
