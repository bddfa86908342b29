"""Cursor pagination over time-ordered ids: a cursor is the id of the last item of the page before."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from litestar.params import QueryParameter

from api.wire import Page

Cursor = Annotated[UUID | None, QueryParameter(name="cursor", description="`nextCursor` of the page before.")]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=100, description="Items a page.")]

T = TypeVar("T")
V = TypeVar("V")


def page(rows: Sequence[T], limit: int, view: Callable[[T], V], identify: Callable[[T], UUID]) -> Page[V]:
    """One page of `rows`, which were asked for with `limit + 1`: the surplus row tells that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[view(row) for row in shown], next_cursor=str(identify(shown[-1])) if more else None)
