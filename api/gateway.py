"""The gateway before the routes: hosts, limits, public answers from memory, time limits, repeats, compression.

Sits between the edge (`api.edge`: ids, headers, metrics) and the framework, so it answers for what the framework never sees,
and knows the route all the same: the facts that a route states (`api.access.stated`) are looked up by the framework's router.
"""

import asyncio
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from prometheus_client import Counter

from api import idempotency
from api.addresses import Addresses
from api.answers import Outgoing
from api.exchange import Exchange
from api.limits import Verdict
from api.passage import NOWHERE, Facts, Passage, begin, facts_of, too_many
from api.problems import STATUS
from api.response_cache import Kept, ResponseCache, Target
from api.services import Services
from core.errors import AulaError, ErrorKind, Refused
from core.logging import get_logger
from db.session import areas_of

CACHED = Counter("aula_http_cache_total", "Public answers from memory (hit) and made anew (miss).", ["result"])
_HIT, _MISS = CACHED.labels("hit"), CACHED.labels("miss")

_WANTED = frozenset({b"authorization", b"x-forwarded-for", b"accept-encoding", b"if-none-match", b"host"})
_READ = ("GET", "HEAD")
_API = ("/api/", "/products/")
# Machines ask by address.
_ANY_HOST = ("/health", "/metrics")
_log = get_logger(__name__)


class Gateway:
    """The ASGI application around the framework."""

    def __init__(self, app: ASGIApp, router: Any, services: Services) -> None:
        """`router` finds the route of a path and a method, as Litestar's does (`handle_routing`)."""
        settings = services.settings.gateway
        self._app = app
        self._services = services
        self._timeout_s = settings.request_timeout_s
        self._hosts = [host.lower() for host in settings.allowed_hosts]
        self._knows_host = lru_cache(256)(self._is_allowed)
        self._addresses = Addresses(settings.trusted_proxies)
        self._areas = areas_of(services.sessions)
        self._cache = ResponseCache(settings.cache_bytes, settings.cache_life_s, settings.cache_blind_s)
        self._router = router
        self._facts: dict[tuple[int, str], Facts] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        head = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED}
        if self._hosts and not self._knows_host(head.get(b"host", "")) and not scope["path"].startswith(_ANY_HOST):
            await _refuse(scope, receive, send, Refused("request.unknown_host", "This host is not served here."), 421)
            return
        head_only = scope["method"] == "HEAD"
        public = scope["method"] in _READ and b"authorization" not in head
        target = (scope["raw_path"].partition(b"?")[0], scope["query_string"])
        kept = self._cache.get(target) if public else None
        facts = kept.facts if kept is not None else self._facts_of(scope)
        services = self._services
        client = scope.get("client")
        address = self._addresses.of(client[0] if client else "", head.get(b"x-forwarded-for", ""))
        passage = Passage(facts, services.limits, services.quotas, address)
        outgoing = Outgoing(
            send, passage, services, head.get(b"accept-encoding", ""), head.get(b"if-none-match", ""), head_only=head_only
        )
        generation: str | None = None
        verdict: Verdict | None = None
        if public and facts.area:
            # Before the answer is made: what is committed from here on makes it stale.
            changes = self._areas.changes(facts.area) if self._areas else 0
            verdict, generation = await self._look(passage, facts.area)
            if kept is not None and self._cache.is_true(kept, generation, changes) and (verdict is None or verdict.allowed):
                _HIT.inc()
                await self._from_memory(scope, kept, outgoing)
                return
            outgoing.keeper = self._keeper(scope, target, facts, generation, changes)
        elif quota := services.quotas.address.get(facts.limit):
            verdict = await services.limits.take(quota, address)
            passage.verdicts.append(verdict)
        if verdict is not None and not verdict.allowed:
            await _refuse(scope, receive, outgoing, too_many(facts, verdict))
            return
        if kept is not None:
            # It was a GET's, and so is what takes its place: only GETs are kept.
            scope["method"] = "GET"
        begin(scope, passage)
        await self._run(scope, receive, outgoing)

    async def _look(self, passage: Passage, area: str) -> tuple[Verdict | None, str | None]:
        """Count the request and read the generation of `area`, in one round trip at most."""
        limits, quota = passage.limits, passage.quotas.address.get(passage.facts.limit)
        reading = limits.generation(area)
        if quota is None:
            return None, await reading
        verdict = limits.at_hand(quota, passage.address)
        if verdict is None:
            verdict = await limits.ask(quota, passage.address)
        passage.verdicts.append(verdict)
        return verdict, await reading

    async def _from_memory(self, scope: HTTPScope, kept: Kept, outgoing: Outgoing) -> None:
        scope["path_template"] = kept.template
        await outgoing.document(kept.document)

    def _keeper(self, scope: HTTPScope, target: Target, facts: Facts, generation: str | None, changes: int) -> Any:
        def keep(document: Any) -> None:
            _MISS.inc()
            self._cache.keep(target, document, facts, str(scope.get("path_template", "")), generation, changes)

        return keep

    async def _run(self, scope: HTTPScope, receive: Receive, outgoing: Outgoing) -> None:
        """Have the framework answer, within the time that there is."""
        passage = outgoing.passage
        try:
            if not passage.facts.timed:
                await self._app(scope, receive, outgoing)
                return
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._app(scope, receive, outgoing)
            except TimeoutError:
                if outgoing.begun:
                    raise
                _log.error("request_timed_out", route=str(scope.get("path_template")))
                outgoing.forget()
                late = Refused("request.timeout", "This took too long; try again.", kind=ErrorKind.TRANSIENT, retry_after_s=5)
                await _refuse(scope, receive, outgoing, late)
        finally:
            if passage.claim is not None:
                # Nothing was answered: the key is free again.
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(idempotency.conclude(self._services, passage.claim, None))

    def _facts_of(self, scope: HTTPScope) -> Facts:
        """What the route has stated. A HEAD that has no route of its own becomes a GET whose body is left out."""
        method = scope["method"]
        path = scope["path"]
        found = self._route(path, method)
        if found is None and method == "HEAD":
            found = self._route(path, "GET")
            if found is not None and not found.streams:
                scope["method"] = "GET"
        if found is None:
            return NOWHERE if path.startswith(_API) else Facts()
        return found

    def _route(self, path: str, method: str) -> Facts | None:
        try:
            handler = self._router.handle_routing(path=path.rstrip("/") or "/", method=method)[1]
        except HTTPException:
            return None
        key = (id(handler), method)
        facts = self._facts.get(key)
        if facts is None:
            facts = self._facts[key] = facts_of(handler, method, path)
        return facts

    def _is_allowed(self, host: str) -> bool:
        name = host.lower()
        name = name[: name.rfind("]") + 1] if name.startswith("[") else name.partition(":")[0]
        return any(fnmatchcase(name, pattern) for pattern in self._hosts)


async def _refuse(scope: HTTPScope, receive: Receive, send: Any, error: AulaError, status: int | None = None) -> None:
    status = status or STATUS[error.kind]
    retry = error.detail.get("retry_after_s")
    headers = [("retry-after", str(retry))] if retry else []
    await Exchange(scope, receive, send).problem(status, error.code, error.message, headers)
