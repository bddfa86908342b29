"""What crawlers ask for first: robots.txt, and a sitemap of the published courses, in parts where there are many."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from xml.sax.saxutils import escape

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from api.services import Injected, Services
from db.queries import course_pages as queries

PART = 50_000
"""Addresses in one file, as sitemaps.org has it."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML = "application/xml"
_HOUR = {"Cache-Control": "public, max-age=3600"}
_PAGES = ("/", "/courses")
_CLOSED = ("/api/", "/products/", "/stream/", "/health/", "/metrics")
Begin = Annotated[UUID | None, QueryParameter(name="from")]


def sitemap_routes(part: int = PART) -> list[HTTPRouteHandler]:
    """The routes; `part` is what tests make small."""

    @get("/robots.txt", include_in_schema=False, name="robots", media_type="text/plain")
    async def robots(services: Injected) -> Response[str]:
        """Crawlers may see the pages; what the API and the streams give is none of theirs."""
        closed = (f"Disallow: {path}" for path in _CLOSED)
        text = "\n".join(("User-agent: *", *closed, "Allow: /", "", f"Sitemap: {_base(services)}/sitemap.xml", ""))
        return Response(text, media_type="text/plain", headers=_HOUR)

    @get("/sitemap.xml", include_in_schema=False, name="sitemap", media_type=_XML)
    async def sitemap(services: Injected, begin: Begin = None) -> Response[str]:
        """All published courses; beyond what one file may have, an index of parts, which lie where the whole does."""
        async with services.sessions() as session:
            rows = await queries.published(session, begin=begin, limit=part + 1)
            if begin is not None:
                return _xml(_urls(services, [], rows[:part]))
            if len(rows) <= part:
                return _xml(_urls(services, [(path, None) for path in _PAGES], rows))
            beginnings = await queries.beginnings(session, part)
        parts = "".join(f"<sitemap><loc>{_base(services)}/sitemap.xml?from={each}</loc></sitemap>\n" for each in beginnings)
        return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">\n{parts}</sitemapindex>')

    return [robots, sitemap]


def _urls(services: Services, pages: Iterable[tuple[str, datetime | None]], rows: Iterable[Any]) -> str:
    entries = [*pages, *((f"/courses/{row.slug}", row.updated_at) for row in rows)]
    base = _base(services)
    body = "".join(f"<url><loc>{base}{escape(path)}</loc>{_changed(moment)}</url>\n" for path, moment in entries)
    return f'<urlset xmlns="{_NAMESPACE}">\n{body}</urlset>'


def _changed(moment: datetime | None) -> str:
    return f"<lastmod>{moment.date().isoformat()}</lastmod>" if moment else ""


def _base(services: Services) -> str:
    return escape(services.settings.api.public_url.rstrip("/"))


def _xml(body: str) -> Response[str]:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', media_type=_XML, headers=_HOUR)
