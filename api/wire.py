"""What goes over the wire: base structs (camelCase; bodies refuse unknown fields) and field types shared by all routes."""

from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request

from core.errors import ErrorKind, Refused

T = TypeVar("T")

HttpRequest = Request[Any, Any, Any]

# PostgreSQL keeps no NUL, and other control characters have no business in a name.
# `$` alone would let a line's end through, here but not in JavaScript.
TEXT_PATTERN = r"^[^\x00-\x1f\x7f]*$(?!\n)"
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"
LINES_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Text of several lines."""


class Body(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Base of request bodies."""


class View(msgspec.Struct, rename="camel", kw_only=True):
    """Base of response bodies."""


class Failure(View):
    """Why an asset could not be made into a stream."""

    code: str
    message: str


class Page(msgspec.Struct, Generic[T], rename="camel", kw_only=True):
    """One page of a list; `nextCursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def not_found(what: str) -> Refused:
    """The answer for what is not there, and equally for what the caller may not know of."""
    return Refused(f"{what}.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
