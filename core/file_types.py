"""Which files lessons may have, by what they are and by what their names promise. Pure; `pipelines/files/look.py` reads bytes.

A type is decided by content. A name may correct nothing but what text is read as, and must not promise another family: a page
called `notes.pdf` is refused, a PNG called `photo.jpg` is taken as the PNG that it is.
"""

from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import quote

from core.errors import BadMedia

OPAQUE = "application/octet-stream"
"""What browsers would run, if they were told what it is."""
TEXT = "text/plain"
ZIP = "application/zip"
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Pictures that are rendered anew, to be shown in place."""
MAX_NAME = 255


class Family(StrEnum):
    """What a file is for its reader; names may be wrong within a family."""

    PDF = "pdf"
    PICTURE = "picture"
    OFFICE = "office"
    ARCHIVE = "archive"
    TEXT = "text"


_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_FAMILIES: dict[Family, dict[str, str]] = {
    Family.PDF: {".pdf": "application/pdf"},
    Family.PICTURE: {
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".webp": "image/webp",
        ".gif": "image/gif",
    },
    Family.OFFICE: {
        ".docx": f"{_OFFICE}wordprocessingml.document",
        ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
        ".pptx": f"{_OFFICE}presentationml.presentation",
        ".odt": f"{_ODF}text",
        ".ods": f"{_ODF}spreadsheet",
        ".odp": f"{_ODF}presentation",
        ".odg": f"{_ODF}graphics",
        ".epub": "application/epub+zip",
    },
    Family.ARCHIVE: {
        ".zip": ZIP,
        ".tar": "application/x-tar",
        ".gz": "application/gzip",
        ".tgz": "application/gzip",
        ".7z": "application/x-7z-compressed",
        ".xz": "application/x-xz",
        ".bz2": "application/x-bzip2",
    },
    # All of it is UTF-8, so the name alone tells what it is read as.
    Family.TEXT: {
        ".txt": TEXT,
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".json": "application/json",
        **dict.fromkeys((".html", ".htm", ".xhtml", ".xht", ".svg", ".xml", ".xsl", ".mhtml"), OPAQUE),
    },
}
_BY_SUFFIX = {suffix: (family, kind) for family, kinds in _FAMILIES.items() for suffix, kind in kinds.items()}
_FAMILY_OF = {kind: family for family, kinds in _FAMILIES.items() for kind in kinds.values()}
_PROGRAMS = frozenset({".exe", ".com", ".scr", ".pif", ".msi", ".dll", ".lnk", ".hta", ".jar", ".apk", ".vbs", ".cpl", ".chm"})


def settled(filename: str, content: str) -> str:
    """The media type of a file with this name whose content is `content`; of text the name says more.

    Raises BadMedia `file.executable`, `file.not_what_it_says`.
    """
    suffix = suffix_of(filename)
    if suffix in _PROGRAMS:
        raise program()
    promised, kind = _BY_SUFFIX.get(suffix, (None, ""))
    found = _FAMILY_OF.get(content, Family.TEXT)
    if promised is None:
        return content
    if promised is found:
        return kind if found is Family.TEXT and content == TEXT else content
    if suffix == ".zip" and found is Family.OFFICE:
        # Office documents are archives, and may well be meant as such.
        return ZIP
    raise BadMedia("file.not_what_it_says", f"This is no {suffix[1:]} file: its content is something else.")


def renamed(filename: str, media_type: str) -> str:
    """The media type of a file of this type under another name. Raises BadMedia as `settled` does."""
    plain = media_type.startswith("text/") or media_type == "application/json"
    return settled(filename, TEXT if plain else media_type)


def program() -> BadMedia:
    """Why programs are refused."""
    return BadMedia("file.executable", "Programs are not taken.")


def suffix_of(filename: str) -> str:
    """`.pdf`, in lower case; "" where there is none."""
    return PurePosixPath(filename.rstrip(". ")).suffix.lower()


def safe_name(filename: str) -> str:
    """The name as people gave it, without folders and without what has no place in a name; never empty."""
    shown = "".join(c for c in filename if c.isprintable())
    base = PurePosixPath(shown.replace("\\", "/")).name.strip().lstrip(".")
    stem, suffix = PurePosixPath(base).stem, PurePosixPath(base).suffix[:20]
    return (stem[: MAX_NAME - len(suffix)] + suffix).strip() or "file"


def attachment(filename: str) -> str:
    """`Content-Disposition` that saves a file under its name (RFC 6266), whatever letters that has (RFC 8187)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='!#$&+-.^_`|~')}"
