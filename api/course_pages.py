"""Pages of courses as search engines and other sites need them: the web application's page with a head of its own.

What is injected is data: a title, meta elements, and JSON-LD, which browsers never run, so the content security policy has
nothing to say about it. Drafts get the plain page with status 404: only the API, asked with a token, knows who may see them.
"""

import html
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.pictures import address_of
from api.services import Services
from core.catalog import CourseState
from core.logging import get_logger
from core.markdown import render_all
from core.money import to_decimal
from core.slugs import MAX_LENGTH, SLUG_PATTERN
from db.patience import brief, is_passing
from db.queries import catalog
from db.queries import course_pages as queries
from db.queries.catalog import Facts

SITE = "Aula"
_SLUG = re.compile(SLUG_PATTERN)
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_DESCRIPTION = re.compile(r'\s*<meta\s+name="description"[^>]*>')
_TAG = re.compile(r"<[^>]*>")
_BEGINNING = 200
_ROOT = '<div id="root"></div>'
# What HTML or old JavaScript parsers could take for something else inside a script element.
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_log = get_logger(__name__)


async def page_for(services: Services, path: str, page: str) -> tuple[str, int]:
    """The page of `path`, which is made of the web application's own, and its status.

    A published course has a head of its own, as has a lesson that anyone may see. Any other course has status 404.
    """
    kind, _, name = path.strip("/").partition("/")
    if kind not in _HEADS or not name or "/" in name:
        return page, 200
    try:
        head = await _HEADS[kind](services, name)
    except Exception as error:
        if not is_passing(error):
            raise
        # While the database is away, the page itself can say so better than an error in JSON.
        _log.warning("page_without_head", error=brief(error))
        return page, 200
    if head is None:
        return page, 404 if kind == "courses" else 200
    return head.put_into(page), 200


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a page."""

    title: str
    description: str
    address: str
    data: dict[str, Any]
    """In the words of schema.org."""
    text: str
    """Safe HTML, for those without JavaScript."""
    image: str | None = None
    kind: str = "website"

    def put_into(self, page: str) -> str:
        """The page with this head in place of its own, and with the text."""
        lines = [
            f"<title>{html.escape(self.title)} · {SITE}</title>",
            _meta("name", "description", self.description),
            f'<link rel="canonical" href="{html.escape(self.address)}" />',
            _meta("property", "og:type", self.kind),
            _meta("property", "og:site_name", SITE),
            _meta("property", "og:title", self.title),
            _meta("property", "og:description", self.description),
            _meta("property", "og:url", self.address),
            *([_meta("property", "og:image", self.image)] if self.image else []),
            _meta("name", "twitter:card", "summary_large_image" if self.image else "summary"),
            f'<script type="application/ld+json">{_json(self.data)}</script>',
        ]
        head = "\n    ".join(lines)
        # Functions, for what people write may look like a reference to a group.
        plain = _TITLE.sub(lambda _: head, _DESCRIPTION.sub("", page, count=1), count=1)
        text = f"<noscript><h1>{html.escape(self.title)}</h1>{self.text}</noscript>"
        return plain.replace(_ROOT, _ROOT + text, 1)


async def _course_head(services: Services, slug: str) -> Head | None:
    if len(slug) > MAX_LENGTH or not _SLUG.fullmatch(slug):
        return None
    async with services.sessions() as session:
        row = await catalog.by_slug(session, slug)
    if row is None or row.state is not CourseState.PUBLISHED:
        return None
    base = _base(services)
    address = f"{base}/courses/{row.slug}"
    cover = address_of(row.cover_id)
    return Head(
        title=row.title,
        description=row.summary or row.title,
        address=address,
        data=_described(base, address, row),
        text=(await render_all([row.description]))[0],
        image=base + cover if cover else None,
    )


async def _lesson_head(services: Services, lesson_id: str) -> Head | None:
    try:
        identifier = UUID(lesson_id)
    except ValueError:
        return None
    async with services.sessions() as session:
        found = await queries.previewed(session, identifier)
    if found is None:
        return None
    base = _base(services)
    address = f"{base}/lessons/{identifier}"
    text = (await render_all([found.body]))[0]
    description = _beginning(text) or found.title
    course = {"@type": "Course", "@id": f"{base}/courses/{found.slug}", "name": found.course_title}
    data = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "@id": address,
        "url": address,
        "name": found.title,
        "description": description,
        "inLanguage": found.language,
        "isAccessibleForFree": True,
        "isPartOf": course,
    }
    title = f"{found.title} · {found.course_title}"
    return Head(title=title, description=description, address=address, data=data, text=text, kind="article")


_HEADS: dict[str, Callable[[Services, str], Awaitable[Head | None]]] = {"courses": _course_head, "lessons": _lesson_head}


def _base(services: Services) -> str:
    return services.settings.api.public_url.rstrip("/")


def _beginning(text: str) -> str:
    """The first words of some HTML of ours."""
    words = " ".join(html.unescape(_TAG.sub(" ", text)).split())
    return words if len(words) <= _BEGINNING else words[:_BEGINNING].rsplit(" ", 1)[0] + " …"


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(content)}" />'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


def _described(base: str, address: str, row: Facts) -> dict[str, Any]:
    """The course in the words of schema.org."""
    teachers = [row.owner_name, *(each["displayName"] for each in row.instructors or ())]
    instance: dict[str, Any] = {"@type": "CourseInstance", "courseMode": "Online"}
    if row.duration_s:
        instance["courseWorkload"] = _workload(row.duration_s)
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": address,
        "url": address,
        "name": row.title,
        "description": row.summary or row.title,
        "inLanguage": row.language,
        "provider": {"@type": "Organization", "name": SITE, "url": base},
        "instructor": [{"@type": "Person", "name": name} for name in teachers],
        "teaches": list(row.outcomes),
        "keywords": list(row.tags),
        "datePublished": row.published_at.isoformat() if row.published_at else None,
        "dateModified": row.updated_at.isoformat(),
        "offers": _offer(row),
        "isAccessibleForFree": row.price_minor == 0,
        "hasCourseInstance": instance,
    }
    if row.level.value != "all":
        described["educationalLevel"] = row.level.value.capitalize()
    return {name: value for name, value in described.items() if value not in (None, "", [])}


def _offer(row: Facts) -> dict[str, Any]:
    price = to_decimal(row.price_minor, row.currency)
    kind = "Free" if row.price_minor == 0 else "Paid"
    return {"@type": "Offer", "category": kind, "price": str(price), "priceCurrency": row.currency}


def _workload(seconds: int) -> str:
    """A duration in ISO 8601, to the minute."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
