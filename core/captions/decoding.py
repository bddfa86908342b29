"""Bytes of a text file as text, whatever editor wrote them."""

import codecs
import re

from core.captions import MAX_BYTES
from core.errors import ErrorKind, Refused

# Longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What subtitle editors write besides Unicode. Python knows many more names, some of which are no character sets at all.
_DECLARABLE = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-ascii|latin-?1|iso-?8859-?\d{1,2}|(windows|cp)-?(125\d|874)|koi8-[ru]|shift[_-]?jis|"
    r"euc-(jp|kr)|gb2312|gbk|gb18030|big5"
)
_SAMPLE = 4096
# CR alone is an old Mac's line end; CR CR LF comes from a file that was converted once too often. A run is taken as a whole:
# to look for its LF from each of its CRs would take hours for a file of nothing else.
_LINE_ENDS = re.compile(r"\r+\n?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def decode(data: bytes, charset: str | None = None) -> str:
    """The text, with `\\n` as line end and no other control character but tabs.

    A byte order mark decides, then `charset` (as in a Content-Type), then what the bytes look like: UTF-16, UTF-8, and
    Windows-1252 for everything else. Raises Refused `captions.too_large`, `captions.charset` (unknown or wrong).
    """
    if len(data) > MAX_BYTES:
        raise Refused(
            "captions.too_large", f"The file is larger than the {MAX_BYTES} bytes that are allowed.", kind=ErrorKind.TOO_LARGE
        )
    return _CONTROLS.sub("", _LINE_ENDS.sub(_line_ends, _text(data, charset)))


def _line_ends(run: re.Match[str]) -> str:
    return "\n" if run.group().endswith("\n") else "\n" * len(run.group())


def _text(data: bytes, charset: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if charset is not None:
        return _declared(data, charset.strip().lower())
    if (wide := _utf_16(data)) is not None:
        return data.decode(wide, "replace")
    return _utf_8_or_western(data)


def _declared(data: bytes, charset: str) -> str:
    try:
        if _DECLARABLE.fullmatch(charset):
            return data.decode(charset.replace("windows-", "cp"))
    except (LookupError, UnicodeDecodeError):
        pass
    raise Refused("captions.charset", f"The file can't be read as {charset[:40]}.")


def _utf_16(data: bytes) -> str | None:
    """UTF-16 without a mark: digits, spaces and line ends have a zero in each pair, always on the same side."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 8 and even < odd / 8:
        return "utf-16-le"
    if even > len(sample) / 8 and odd < even / 8:
        return "utf-16-be"
    return None


def _utf_8_or_western(data: bytes) -> str:
    """UTF-8 with a broken byte or two stays UTF-8; in Western text hardly any pair of bytes happens to be valid."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken == 0 or broken * 4 < sum(character > "\x7f" for character in text) - broken:
        return text
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
