"""Cursor pagination: a cursor is the id of the last item of the page before, and opaque where the order is not that of ids."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from api.wire import Page
from core.errors import ErrorKind, Refused

Cursor = Annotated[UUID | None, QueryParameter(name="cursor", description="`nextCursor` of the page before.")]
OpaqueCursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        min_length=4,
        max_length=2000,
        pattern=r"^[A-Za-z0-9_-]+$(?!\n)",
        description="`nextCursor` of the page before.",
    ),
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=100, description="Items a page.")]

T = TypeVar("T")
V = TypeVar("V")


def page(rows: Sequence[T], limit: int, view: Callable[[T], V], identify: Callable[[T], UUID]) -> Page[V]:
    """One page of `rows`, which were asked for with `limit + 1`: the surplus row tells that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[view(row) for row in shown], next_cursor=str(identify(shown[-1])) if more else None)


def seal(place: msgspec.Struct) -> str:
    """An opaque cursor that says `place`."""
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


P = TypeVar("P", bound=msgspec.Struct)


def unseal(cursor: str, kind: type[P]) -> P:
    """What `seal` made a cursor of. Raises Refused `request.bad_cursor` (UNPROCESSABLE), also for one of another order."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Refused(
            "request.bad_cursor", "The cursor is not one that this list has given.", kind=ErrorKind.UNPROCESSABLE
        ) from None
