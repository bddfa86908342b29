"""Serves streams below `/stream`: verifies the signature, then hands the file to the server or the client to the object store.

What follows the mount is a storage key, with a token before it unless the cookie carries one. Nothing is decoded: keys consist
of characters that nobody needs to encode, so a path with `%`, `..`, a backslash or an empty part is refused unread.
"""

import asyncio
import functools
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from api.denylist import DenyList
from api.exchange import Content, Exchange, Headers
from core.clock import Clock, utc_now
from core.errors import AulaError, ErrorKind, Refused, Transient
from core.logging import get_logger
from storage.base import Missing, ObjectInfo, Storage, StoredObject
from storage.content_types import ENDED, cache_control, content_type
from storage.signing import MOUNT, STILLS_ONLY, TOKEN_FORM, SignatureRefused, Signer

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# A name is shorter than the 255 bytes that file systems take: what is longer fails there as no missing file does.
_PATH = re.compile(
    rf"{MOUNT}/(?:(?P<token>{TOKEN_FORM})/)?"
    rf"(?P<key>(?:hls|stills)/(?P<asset>{_UUID})/{_UUID}(?:/[A-Za-z0-9][A-Za-z0-9._-]{{0,199}}){{1,2}})"
)
_ALLOW = ("allow", "GET, HEAD, OPTIONS")
_PREFLIGHT: Headers = [
    ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
    ("access-control-allow-headers", "Range, If-None-Match, If-Range"),
    ("access-control-max-age", "86400"),
    _ALLOW,
]
_EXPOSED = ("access-control-expose-headers", "Content-Length, Content-Range, ETag, Accept-Ranges")
# A playlist of twelve hours has 0.5 MB, an init 1 kB, a storyboard sheet less than 1 MB.
_THROUGH_LIMIT = 4 * 2**20
# Long enough for clocks that differ, shorter than the signature's life.
_PRESIGN_S = 300
# Reading a small file that has just been written takes less than the way to a thread and back.
_IN_LOOP = 256 * 1024
_PLAYLIST, _SEGMENT = ".m3u8", ".m4s"

_P = ParamSpec("_P")
_T = TypeVar("_T")

_log = get_logger(__name__)


def with_streams(app: ASGIApp, delivery: ASGIApp) -> ASGIApp:
    """`app` with `delivery` beside it, outside of the framework.

    A mount costs nothing measurable, but the framework's CORS, once configured, speaks for every path: it would refuse the
    preflight of a player elsewhere, to whom a signed path is open, and promise credentials where none are taken.
    """

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        streams = scope["type"] == ScopeType.HTTP and scope["path"].startswith(f"{MOUNT}/")
        await (delivery if streams else app)(scope, receive, send)

    return route


class Delivery:
    """The ASGI application. Threads of its own read the object store, so a slow one starves nothing else."""

    def __init__(
        self,
        storage: Storage,
        signer: Signer,
        denylist: DenyList,
        *,
        cookie: str,
        origins: Sequence[str] = (),
        clock: Clock = utc_now,
    ) -> None:
        """`cookie` is the cookie's name, `origins` are the other sites that may use it (`api.cookies`)."""
        self._storage = storage
        self._signer = signer
        self._denylist = denylist
        self._cookie = re.compile(rf"(?:^|;)\s*{re.escape(cookie)}=(?P<token>{TOKEN_FORM})\s*(?=;|$)")
        self._origins = frozenset(origins)
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            raise Refused("stream.http_only", "Streams are served over HTTP.")
        exchange = Exchange(scope, receive, send)
        found = _PATH.fullmatch(exchange.path)
        exchange.always += self._cors(exchange.headers.get("origin"), signed=bool(found and found["token"]))
        if exchange.method == "OPTIONS":
            await exchange.empty(204, _PREFLIGHT)
        elif exchange.method not in ("GET", "HEAD"):
            await exchange.problem(405, "request.method_not_allowed", "Streams can only be read.", [_ALLOW])
        else:
            await self._answer(exchange, found)

    async def _answer(self, exchange: Exchange, found: re.Match[str] | None) -> None:
        try:
            if found is None:
                raise SignatureRefused("stream.bad_path", "There is no stream at this address.")
            self._verify(found["token"], exchange.headers.get("cookie", ""), UUID(found["asset"]), found["key"])
            content = await self._content(found["key"], head=exchange.method == "HEAD")
        except AulaError as error:
            if error.kind is ErrorKind.INTERNAL:
                _log.error("stream_failed", code=error.code, exc_info=error)
            await exchange.refuse(error)
            return
        except OSError as error:
            # A directory's own troubles, such as no descriptor left; without an answer the server gives a bare 500.
            _log.error("stream_failed", code="storage.unavailable", exc_info=error)
            await exchange.refuse(Transient("storage.unavailable", "The file can't be read at the moment; try again."))
            return
        if isinstance(content, str):
            await exchange.empty(302, [("location", content), ("cache-control", "no-store"), ("content-length", "0")])
        else:
            await exchange.content(content, self._storage, self._threads)

    def _verify(self, token: str | None, cookies: str, asset_id: UUID, key: str) -> None:
        """Find one token that opens `key` of the asset: another host's cookie of the same name may stand before ours."""
        tokens = [token] if token else self._cookie.findall(cookies)
        refusal = SignatureRefused("stream.unsigned", "Start playback first: this address needs a signature.")
        for each in tokens[:4]:
            try:
                claims = self._signer.verify(each, asset_id, self._clock())
            except SignatureRefused as refused:
                refusal = refused
                continue
            if claims.session_id == STILLS_ONLY:
                if key.startswith("stills/"):
                    return
                continue
            if not self._denylist.known:
                raise Refused("stream.not_ready", "Streams are not served yet.", kind=ErrorKind.TRANSIENT)
            if claims.session_id in self._denylist:
                raise SignatureRefused("stream.revoked", "This playback session has ended.")
            return
        raise refusal

    async def _content(self, key: str, *, head: bool) -> Content | str:
        """What to answer with: a representation, or the URL where the object store has it."""
        path = self._storage.local_path(key)
        if path is None:
            return await self._remote(key, head=head)
        facts = self._storage.stat(key)
        if facts is None:
            raise Missing(key)
        if not key.endswith(_PLAYLIST):
            return _described(facts, path)
        # A playlist is replaced while it grows: facts and bytes must come from one descriptor, which pathsend can't promise.
        if facts.size <= _IN_LOOP:
            return _small(self._storage.read_object(key))
        return _small(await self._in_thread(self._storage.read_object, key))

    async def _remote(self, key: str, *, head: bool) -> Content | str:
        """Segments come straight from the store; a HEAD doesn't, because a presigned URL is good for one method."""
        if not key.endswith(_SEGMENT):
            try:
                return _small(await self._in_thread(self._storage.read_object, key, _THROUGH_LIMIT))
            except Refused as error:
                if error.kind is not ErrorKind.TOO_LARGE:
                    raise
        if head:
            facts = await self._in_thread(self._storage.stat, key)
            if facts is None:
                raise Missing(key)
            return _described(facts, b"")
        url = await self._in_thread(self._storage.presign, key, _PRESIGN_S)
        if url is None:
            raise AulaError("stream.no_address", "The object store gives out no addresses.")
        return url

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _cors(self, origin: str | None, *, signed: bool) -> Headers:
        """A signed path is its own credential, so any site may read it; the cookie serves only the sites that are named."""
        if signed:
            return [("access-control-allow-origin", "*"), _EXPOSED]
        if origin not in self._origins:
            return [("vary", "Origin")] if self._origins else []
        return [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
            _EXPOSED,
        ]


def _described(info: ObjectInfo, body: Path | bytes) -> Content:
    headers = [("content-type", content_type(info.key)), ("cache-control", cache_control(info.key))]
    return Content(info.key, info.size, info.etag, headers, body)


def _small(found: StoredObject) -> Content:
    """A representation in memory; only the bytes tell whether a playlist has ended."""
    key = found.info.key
    ended = key.endswith(_PLAYLIST) and found.data.rstrip().endswith(b"#EXT-X-ENDLIST")
    headers = [("content-type", content_type(key)), ("cache-control", ENDED if ended else cache_control(key))]
    return Content(key, found.info.size, found.info.etag, headers, found.data)
