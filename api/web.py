"""The web application's built files: hashed assets for good, the page always fresh, and the page for every route of its own."""

import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from api.auth import services_of
from api.course_pages import page_for
from api.wire import HttpRequest, not_found

DIST = Path(__file__).parent.parent / "web" / "dist"

_IMMUTABLE = "public, max-age=31536000, immutable"
_FRESH = "no-cache"
_PAGE = "text/html"
# Pages that are not the same for each address.
_MADE = ("/courses/", "/lessons/")
_RESERVED = ("/api/", "/schema/", "/health/", "/stream/", "/metrics/")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    cache_control: str
    etag: str


def _load(dist: Path) -> dict[str, _File]:
    """Every file by its URL path. A few hundred kilobytes: held in memory, so that no path of a request touches the disk."""
    files: dict[str, _File] = {}
    for path in sorted(p for p in dist.rglob("*") if p.is_file()):
        name = "/" + path.relative_to(dist).as_posix()
        content = path.read_bytes()
        guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        # Vite puts a hash of the content into the names below assets/.
        cache = _IMMUTABLE if name.startswith("/assets/") else _FRESH
        files[name] = _File(content, guessed, cache, f'"{_digest(content)}"')
    return files


def web_routes(dist: Path = DIST) -> list[HTTPRouteHandler]:
    """The routes that serve `dist`; none when the web application has not been built."""
    files = _load(dist) if (dist / "index.html").is_file() else {}
    if not files:
        return []

    page = files["/index.html"].content.decode()

    @get(["/", "/{path:path}"], include_in_schema=False, name="web")
    async def web(request: HttpRequest) -> Response[bytes]:
        """A built file, or the page: the page's own routes are known to the browser alone."""
        wanted = "/" + str(request.path_params.get("path", "")).strip("/")
        if f"{wanted}/".startswith(_RESERVED):
            raise not_found("request")
        found = files.get(wanted)
        if found is None and (wanted.startswith("/assets/") or "." in wanted.rpartition("/")[2]):
            raise not_found("request")
        if found is None and wanted.startswith(_MADE):
            return _made(request, *await page_for(services_of(request), wanted, page))
        file = found or files["/index.html"]
        headers = {"Cache-Control": file.cache_control, "ETag": file.etag}
        if request.headers.get("if-none-match") == file.etag:
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        return Response(file.content, headers=headers, media_type=file.media_type)

    return [web]


def _made(request: HttpRequest, page: str, status_code: int) -> Response[bytes]:
    """A page made for this address, which is always asked for anew and sent again only when it has changed."""
    content = page.encode()
    headers = {"Cache-Control": _FRESH, "ETag": f'"{_digest(content)}"'}
    if status_code == 200 and request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=_PAGE)
    return Response(content, status_code=status_code, headers=headers, media_type=_PAGE)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()
