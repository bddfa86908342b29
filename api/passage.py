"""What the gateway knows of one request on its way through: facts of its route, limits that were counted, a claimed key."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope

from api.limits import Limits, Quotas, Verdict
from api.representations import Lines
from core.errors import ErrorKind, Refused
from domain.idempotency import Claim

_KEY = "aula.passage"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Deprecated:
    """A route that will go: since when clients should look for another, until when it answers, and where to look."""

    since: datetime
    sunset: datetime
    successor: str
    """Path of what to use instead."""

    def headers(self) -> Lines:
        """As RFC 9745 (Deprecation), RFC 8594 (Sunset) and RFC 5829 (successor-version) write it."""
        return [
            (b"deprecation", b"@%d" % int(self.since.timestamp())),
            (b"sunset", format_datetime(self.sunset.astimezone(UTC), usegmt=True).encode()),
            (b"link", f'<{self.successor}>; rel="successor-version"'.encode()),
        ]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a route has stated (`api.access.stated`)."""

    limit: str = ""
    """Class of limits; empty: none."""
    area: str = ""
    """What its public answers show; empty: they are not kept."""
    timed: bool = True
    """Ends within the time that requests have."""
    streams: bool = False
    """May answer without an end."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Go with every answer."""


def facts_of(handler: BaseRouteHandler, method: str, path: str) -> Facts:
    """The facts of the route that `handler` serves."""
    opt = handler.opt
    public = path.startswith(("/api/", "/products/"))
    limit = opt.get("limit", ("read" if method in _READS else "write") if public else "")
    deprecated = opt.get("deprecated")
    streams = bool(opt.get("streams"))
    return Facts(
        limit=limit,
        area=opt.get("cached", ""),
        timed=limit != "upload" and not streams,
        streams=streams,
        headers=tuple(deprecated.headers()) if isinstance(deprecated, Deprecated) else (),
    )


NOWHERE = Facts(limit="read")
"""Of addresses where there is no route."""


@dataclass(slots=True)
class Passage:
    """One request on its way."""

    facts: Facts
    limits: Limits
    quotas: Quotas
    address: str
    verdicts: list[Verdict] = field(default_factory=list)
    claim: Claim | None = None


def begin(scope: Scope, passage: Passage) -> None:
    """Let what comes later find the passage."""
    scope[_KEY] = passage  # type: ignore[literal-required]


def passage_of(scope: Any) -> Passage | None:
    """The passage of a request; None where there is no gateway before the application."""
    found: Passage | None = scope.get(_KEY)
    return found


async def count_user(connection: ASGIConnection[Any, Any, Any, Any], user_id: object) -> None:
    """Count a request of who is signed in. Raises Refused (429; 503 on uploads, whose clients give up at 429)."""
    passage = passage_of(connection.scope)
    quota = passage.quotas.user.get(passage.facts.limit) if passage else None
    if passage is None or quota is None:
        return
    verdict = await passage.limits.take(quota, str(user_id))
    passage.verdicts.append(verdict)
    if not verdict.allowed:
        raise too_many(passage.facts, verdict)


def too_many(facts: Facts, verdict: Verdict) -> Refused:
    """The refusal of one request too many."""
    kind = ErrorKind.TRANSIENT if facts.limit == "upload" else ErrorKind.TOO_MANY
    message = f"Too many requests; try again in {verdict.retry_after_s} s."
    return Refused("request.too_many", message, kind=kind, retry_after_s=verdict.retry_after_s)


def limit_headers(verdicts: list[Verdict]) -> Lines:
    """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers), and `Retry-After` where one refuses."""
    if not verdicts:
        return []
    return [
        (b"ratelimit-policy", ", ".join(each.quota.policy for each in verdicts).encode()),
        (b"ratelimit", ", ".join(each.state for each in verdicts).encode()),
    ]
