"""`Idempotency-Key` at the edge: a hook on the routes that have stated it, and the keeping of their answers.

The hook (`first_or_again`) runs when the caller is known and before the route; the gateway hands over what was answered. Never
kept: failures of ours (5xx), refusals for being too many (429), and answers that carry cookies.
"""

import hashlib
import re
from typing import Any

from litestar import Request, Response

from api.auth import services_of
from api.passage import Passage, passage_of
from api.services import Services
from core.errors import Refused
from core.logging import get_logger
from db.patience import brief, is_passing
from domain import idempotency as domain
from domain.idempotency import Answered, Claim

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
_KEY = re.compile(KEY_PATTERN)

MOST_BYTES = 2**20
"""Of an answer that is kept."""
# What makes two requests the same besides method, address and body: tus announces a file in headers alone.
_TOLD_BY = ("content-type", "upload-length", "upload-metadata")
_KEPT_HEADERS = (
    "content-type",
    "location",
    "etag",
    "tus-resumable",
    "upload-expires",
    "upload-offset",
    "aula-asset-id",
    "aula-file-id",
)
# Beyond the time that a request has, for the answer to be written.
_LOCK_EXTRA_S = 10.0

_log = get_logger(__name__)


async def first_or_again(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """Hook before the route: None lets it run, and its answer will be kept; else the answer that was given before.

    Raises Refused `idempotency.bad_key` (400), `idempotency.mismatch` (422), `idempotency.in_flight` (409).
    """
    key = request.headers.get(HEADER)
    passage = passage_of(request.scope)
    if key is None or passage is None:
        return None
    if not _KEY.fullmatch(key):
        raise Refused("idempotency.bad_key", f"{HEADER} takes 1 to 255 visible ASCII characters.")
    services = services_of(request)
    gateway = services.settings.gateway
    fingerprint = _fingerprint(request, await request.body())
    async with services.sessions.begin() as session:
        found = await domain.claim(
            session,
            scope=_scope(request, passage),
            key=key,
            fingerprint=fingerprint,
            now=services.clock(),
            lock_s=gateway.request_timeout_s + _LOCK_EXTRA_S,
            life_s=gateway.idempotency_life_s,
        )
    if isinstance(found, Claim):
        passage.claim = found
        return None
    headers = {**found.headers, REPLAYED: "true"}
    media_type = headers.pop("content-type", "")
    return Response(found.body, status_code=found.status, headers=headers, media_type=media_type or None)


def _scope(request: Request[Any, Any, Any], passage: Passage) -> str:
    actor = request.scope.get("user")
    return f"user:{actor.id}" if actor is not None else f"address:{passage.address}"


def _fingerprint(request: Request[Any, Any, Any], body: bytes) -> str:
    told = hashlib.sha256()
    scope = request.scope
    facts = [scope["method"], scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")]
    for part in (*facts, *(request.headers.get(name, "") for name in _TOLD_BY)):
        told.update(f"{len(part)}:{part}\n".encode())
    told.update(body)
    return told.hexdigest()


async def conclude(services: Services, claim: Claim, answer: tuple[int, list[tuple[bytes, bytes]], bytes] | None) -> None:
    """What the claim came to: the answer is kept for repeats, or the key is let go. Never fails: the answer goes out anyway."""
    keeps = answer is not None and _may_keep(*answer)
    try:
        async with services.sessions.begin() as session:
            if answer is None or not keeps:
                await domain.release(session, claim)
                return
            status, headers, body = answer
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
            kept = {name: named[name] for name in _KEPT_HEADERS if name in named}
            if not await domain.keep(session, claim, Answered(status, kept, body)):
                _log.warning("idempotency_claim_lost")
    except Exception as error:  # noqa: BLE001 -- the answer goes out, whatever keeps it from being kept
        if not is_passing(error):
            _log.exception("idempotency_not_kept")
        else:
            # Repeats are told to wait until the lock runs out.
            _log.warning("idempotency_not_kept", error=brief(error))


def _may_keep(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
    secret = any(name.lower() == b"set-cookie" for name, _ in headers)
    return status < 500 and status != 429 and not secret and len(body) <= MOST_BYTES
