"""Serves streams below `/stream`: verifies the signature, then hands the file to the server or the client to the object store.

What follows the mount is a storage key, with a token before it unless the cookie carries one. Files of lessons
(`api.served_files`) are opened by signatures of their own and by no other. Nothing is decoded: keys consist
of characters that nobody needs to encode, so a path with `%`, `..`, a backslash or an empty part is refused unread.
"""

import asyncio
import functools
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from stat import S_ISREG
from typing import ParamSpec, TypeVar
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from api.denylist import DenyList
from api.exchange import Exchange, Headers
from api.representations import PLAYLISTS, Kept, Lines, Representation, describe
from api.served_files import LoadFile, headers_of, represent
from core.clock import Clock, utc_now
from core.errors import AulaError, ErrorKind, Refused, Transient
from core.logging import get_logger
from storage.base import Missing, Storage
from storage.signing import FILES_ONLY, MOUNT, STILLS_ONLY, TOKEN_FORM, SignatureRefused, Signer

AUTH_PATH = "/internal/stream-auth"
"""Where a proxy that sends files itself asks whether it may: 204 or 403 for the request line in `X-Original-URI`."""

LoadKey = Callable[[UUID, UUID], Awaitable[bytes | None]]
"""Gives the 16 bytes that the segments of (asset, version) are encrypted with; None where they are not."""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# A name is shorter than the 255 bytes that file systems take: what is longer fails there as no missing file does.
_PATH = re.compile(
    rf"{MOUNT}/(?:(?P<token>{TOKEN_FORM})/)?(?P<key>(?:hls|stills|downloads|files)/(?P<asset>{_UUID})/(?P<version>{_UUID})"
    r"(?P<rest>(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,199}){1,3}))"
)
_ALLOW = ("allow", "GET, HEAD, OPTIONS")
_PREFLIGHT: Headers = [
    ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
    ("access-control-allow-headers", "Range, If-None-Match, If-Range"),
    ("access-control-max-age", "86400"),
    _ALLOW,
]
_EXPOSED = (b"access-control-expose-headers", b"Content-Length, Content-Range, ETag, Accept-Ranges")
_ANYBODY: Lines = [(b"access-control-allow-origin", b"*"), _EXPOSED]
_BY_ORIGIN = (b"vary", b"Origin")
# A playlist of twelve hours has 0.5 MB, an init 1 kB, a storyboard sheet less than 1 MB.
_THROUGH_LIMIT = 4 * 2**20
# Long enough for clocks that differ, shorter than the signature's life.
_PRESIGN_S = 300
# Reading a small file that has just been written takes less than the way to a thread and back; so does packing it.
_IN_LOOP = 256 * 1024
_PACK_IN_LOOP = 32 * 1024
_SEGMENT = ".m4s"
_KEY_REST = "/content.key"
# Kept in memory: playlists, and what is as small as inits, posters and cues are.
_KEEP_FILE = 64 * 1024
_KEEP_ALL = 32 * 2**20
_KEYS_KEPT = 4096
# Sessions that are none, and what their signatures open.
_ALONE = {STILLS_ONLY: "stills/", FILES_ONLY: "files/"}
# A proxy may go by an answer for so long, which adds to the time that a revocation takes.
_VOUCH_S = 3

_P = ParamSpec("_P")
_T = TypeVar("_T")

_log = get_logger(__name__)


def with_streams(app: ASGIApp, delivery: ASGIApp) -> ASGIApp:
    """`app` with `delivery` beside it, outside of the framework.

    A mount costs nothing measurable, but the framework's CORS, once configured, speaks for every path: it would refuse the
    preflight of a player elsewhere, to whom a signed path is open, and promise credentials where none are taken.
    """

    mounts = (f"{MOUNT}/", AUTH_PATH)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        streams = scope["type"] == ScopeType.HTTP and scope["path"].startswith(mounts)
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
        load_key: LoadKey | None = None,
        load_file: LoadFile | None = None,
    ) -> None:
        """`cookie` is the cookie's name, `origins` are the other sites that may use it (`api.cookies`).

        Without `load_key` there are no content keys, without `load_file` no files of lessons.
        """
        self._storage = storage
        self._signer = signer
        self._denylist = denylist
        self._cookie = re.compile(rf"(?:^|;)\s*{re.escape(cookie)}=(?P<token>{TOKEN_FORM})\s*(?=;|$)")
        self._origins = frozenset(origins)
        self._clock = clock
        self._load_key = load_key
        self._load_file = load_file
        self._content_keys: dict[tuple[UUID, UUID], bytes] = {}
        self._kept = Kept(_KEEP_ALL)
        folder = storage.local_path("hls")
        self._root = None if folder is None else str(folder.parent)
        self._uuid = functools.lru_cache(4096)(UUID)
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            raise Refused("stream.http_only", "Streams are served over HTTP.")
        exchange = Exchange(scope, receive, send)
        if exchange.path == AUTH_PATH:
            await self._vouch(exchange)
            return
        found = _PATH.fullmatch(exchange.path)
        if found is not None and found["token"]:
            # A signed path is its own credential, so any site may read it; the cookie serves only the sites that are named.
            exchange.always += _ANYBODY
        elif self._origins:
            exchange.always += self._cors(exchange.headers.get("origin"))
        if exchange.method == "OPTIONS":
            await exchange.empty(204, _PREFLIGHT)
        elif exchange.method not in ("GET", "HEAD"):
            await exchange.problem(405, "request.method_not_allowed", "Streams can only be read.", [_ALLOW])
        else:
            await self._answer(exchange, found)

    async def _answer(self, exchange: Exchange, found: re.Match[str] | None) -> None:
        try:
            self._verify(exchange, found)
            assert found is not None
            content = await self._content(found, head=exchange.method == "HEAD")
            if isinstance(content, str):
                await exchange.empty(302, [("location", content), ("cache-control", "no-store"), ("content-length", "0")])
                return
            if content.packable and exchange.takes_gzip():
                in_loop = content.size <= _PACK_IN_LOOP
                content = content.packed() if in_loop else await self._in_thread(content.packed)
            await exchange.content(content, self._storage, self._threads)
        except AulaError as error:
            if error.kind is ErrorKind.INTERNAL:
                _log.error("stream_failed", code=error.code, exc_info=error)
            await exchange.refuse(error)
        except FileNotFoundError:
            await exchange.refuse(Missing(found["key"] if found else ""))
        except OSError as error:
            # A directory's own troubles, such as no descriptor left; without an answer the server gives a bare 500.
            _log.error("stream_failed", code="storage.unavailable", exc_info=error)
            await exchange.refuse(Transient("storage.unavailable", "The file can't be read at the moment; try again."))

    async def _vouch(self, exchange: Exchange) -> None:
        """Tell a proxy whether it may send what it was asked for, and for how many seconds it need not ask again."""
        line = exchange.headers.get("x-original-uri", "").partition("?")[0]
        try:
            until = self._verify(exchange, _PATH.fullmatch(line))
        except AulaError as error:
            await exchange.refuse(error, [("x-accel-expires", "0")])
            return
        left = int((until - self._clock()).total_seconds())
        await exchange.empty(204, [("x-accel-expires", str(min(_VOUCH_S, left)))])

    def _verify(self, exchange: Exchange, found: re.Match[str] | None) -> datetime:
        """Find one token that opens what was asked for, and say until when.

        There may be several: another host's cookie of the same name may stand before ours.
        """
        if found is None:
            raise SignatureRefused("stream.bad_path", "There is no stream at this address.")
        token, asset_id = found["token"], self._uuid(found["asset"])
        tokens = [token] if token else self._cookie.findall(exchange.headers.get("cookie", ""))
        refusal: SignatureRefused | None = None
        for each in tokens[:4]:
            try:
                claims = self._signer.verify(each, asset_id, self._clock())
            except SignatureRefused as refused:
                refusal = refused
                continue
            alone = _ALONE.get(claims.session_id)
            if alone is not None or found["key"].startswith("files/"):
                if alone is not None and found["key"].startswith(alone):
                    return claims.expires_at
                continue
            if not self._denylist.known:
                raise Refused("stream.not_ready", "Streams are not served yet.", kind=ErrorKind.TRANSIENT)
            if claims.session_id in self._denylist:
                raise SignatureRefused("stream.revoked", "This playback session has ended.")
            return claims.expires_at
        raise refusal or SignatureRefused("stream.unsigned", "Start playback first: this address needs a signature.")

    async def _content(self, found: re.Match[str], *, head: bool) -> Representation | str:
        """What to answer with: a representation, or the URL where the object store has it."""
        key = found["key"]
        if key.endswith(_KEY_REST):
            return await self._content_key(found)
        if key.startswith("files/"):
            return await self._file(found, head=head)
        if self._root is None:
            return await self._remote(key, head=head)
        # Asked for each time, so that what is removed is gone at once.
        try:
            facts = os.lstat(f"{self._root}/{key}")
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(key) from None
        if not S_ISREG(facts.st_mode):
            raise Missing(key)
        identity = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        kept = self._kept.get(key, identity)
        if kept is not None:
            return kept
        if facts.st_size > _KEEP_FILE and not key.endswith(PLAYLISTS):
            info = self._storage.stat(key)
            if info is None:
                raise Missing(key)
            return self._kept.keep(identity, describe(info, f"{self._root}/{key}"))
        # Facts and bytes come from one descriptor: a playlist is replaced while it grows.
        if facts.st_size <= _IN_LOOP:
            stored = self._storage.read_object(key)
        else:
            stored = await self._in_thread(self._storage.read_object, key)
        return self._kept.keep(identity, describe(stored.info, stored.data))

    async def _content_key(self, found: re.Match[str]) -> Representation:
        """The key of an encrypted version. It is never an object: whoever reads the store must not find it beside the video."""
        ids = self._uuid(found["asset"]), self._uuid(found["version"])
        if self._load_key is None or not found["key"].startswith("hls/") or found["rest"] != _KEY_REST:
            raise Missing(found["key"])
        value = self._content_keys.get(ids)
        if value is None:
            try:
                value = await self._load_key(*ids)
            except Exception as error:
                _log.warning("content_key_unavailable", error=type(error).__name__)
                raise Transient("stream.key_unavailable", "The key can't be read at the moment; try again.") from error
            if value is None:
                raise Missing(found["key"])
            if len(self._content_keys) >= _KEYS_KEPT:
                self._content_keys.clear()
            self._content_keys[ids] = value
        headers = [(b"content-type", b"application/octet-stream"), (b"cache-control", b"no-store")]
        return Representation(found["key"], len(value), '"key"', headers, value)

    async def _file(self, found: re.Match[str], *, head: bool) -> Representation | str:
        """A file of a lesson. It is asked for each time, so what is deleted is gone at once and has its latest name."""
        key = found["key"]
        facts = await self._load_file(self._uuid(found["asset"])) if self._load_file else None
        headers = facts and headers_of(facts, key)
        info = await self._in_thread(self._storage.stat, key) if headers else None
        if not headers or info is None:
            raise Missing(key)
        if self._root is None and not head:
            url = await self._in_thread(self._storage.presign, key, _PRESIGN_S, dict(headers)["content-disposition"])
            if url is None:
                raise AulaError("stream.no_address", "The object store gives out no addresses.")
            return url
        return represent(info, headers, "" if self._root is None else f"{self._root}/{key}")

    async def _remote(self, key: str, *, head: bool) -> Representation | str:
        """Segments come straight from the store; a HEAD doesn't, because a presigned URL is good for one method."""
        if not key.endswith(_SEGMENT) and not key.startswith("downloads/"):
            try:
                stored = await self._in_thread(self._storage.read_object, key, _THROUGH_LIMIT)
            except Refused as error:
                if error.kind is not ErrorKind.TOO_LARGE:
                    raise
            else:
                kept = self._kept.get(key, stored.info.etag)
                return kept or self._kept.keep(stored.info.etag, describe(stored.info, stored.data))
        if head:
            facts = await self._in_thread(self._storage.stat, key)
            if facts is None:
                raise Missing(key)
            return describe(facts, "")
        url = await self._in_thread(self._storage.presign, key, _PRESIGN_S)
        if url is None:
            raise AulaError("stream.no_address", "The object store gives out no addresses.")
        return url

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _cors(self, origin: str | None) -> Lines:
        """Who else may read what the cookie opens."""
        if origin not in self._origins:
            return [_BY_ORIGIN]
        return [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
            _BY_ORIGIN,
            _EXPOSED,
        ]
