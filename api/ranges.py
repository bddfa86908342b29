"""Byte ranges and entity tags of HTTP (RFC 9110, sections 13 and 14), as far as players use them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.IGNORECASE)
# Python refuses to convert thousands of digits; no object is larger than nineteen digits say.
_MAX_DIGITS = 19


class Selection(NamedTuple):
    """What of a representation to answer with: the status, and the bytes from `start` up to and without `end`."""

    status: int
    start: int
    end: int


def select(method: str, headers: Mapping[str, str], size: int, etag: str, modified: datetime | None = None) -> Selection:
    """200 with the whole, 206 with one range, 304 or 416 without any; `etag` is quoted, header names are lower case.

    `modified` is None where dates tell nothing: If-Modified-Since is then ignored, as it is beside If-None-Match.

    Several ranges, other units and malformed ones are ignored, as RFC 9110 allows; so are ranges of anything but GET.
    """
    known = headers.get("if-none-match")
    if _client_has(known, etag) or (known is None and _unchanged(headers.get("if-modified-since"), modified)):
        return Selection(304, 0, 0)
    whole = Selection(200, 0, size)
    # If-Range compares strongly; a date in it is never trusted, which costs the client a whole answer at worst.
    if method != "GET" or headers.get("if-range", etag).strip() != etag:
        return whole
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or max(map(len, found.groups())) > _MAX_DIGITS:
        return whole
    return _satisfy(found[1], found[2], size) or whole


def _satisfy(first: str, last: str, size: int) -> Selection | None:
    if not first and not last:
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return Selection(206, start, end) if start < end else Selection(416, 0, 0)


def _client_has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))


def _unchanged(since: str | None, modified: datetime | None) -> bool:
    if since is None or modified is None:
        return False
    try:
        asked = parsedate_to_datetime(since)
    except ValueError:
        return False
    # A date without a zone is one in UTC; the header has no fractions of a second.
    return modified.replace(microsecond=0) <= (asked if asked.tzinfo else asked.replace(tzinfo=UTC))
