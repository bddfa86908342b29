"""Slugs: the readable part of an address."""

import re
import unicodedata

MAX_LENGTH = 80
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

# Letters that Unicode does not take apart into a Latin letter and its marks.
_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
_REST = re.compile(r"[^a-z0-9]+")


def slug_of(title: str, fallback: str) -> str:
    """A slug made from `title`; `fallback` where nothing of it can be written in Latin letters and digits."""
    letters = unicodedata.normalize("NFKD", title.casefold().translate(_FOLDED))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _REST.sub("-", plain)[:MAX_LENGTH].strip("-") or fallback


def with_suffix(slug: str, suffix: str) -> str:
    """`slug`, shortened where it must be, with `-suffix` behind."""
    return f"{slug[: MAX_LENGTH - len(suffix) - 1].rstrip('-')}-{suffix}"
