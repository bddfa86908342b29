"""What search engines and other sites see of courses: heads of their own, a sitemap, robots.txt."""

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from api.app import create_app
from api.services import Services
from api.sitemap import sitemap_routes
from api.web import web_routes
from core.catalog import CourseState, LessonKind
from core.ids import new_id
from core.settings import Settings
from db.models import Course, Lesson, Module
from tests.support.in_process import in_process
from tests.support.school import add_person

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta name="description" content="Aula: upload a lecture." />
    <title>Aula</title>
  </head>
  <body>
    <div id="root"></div>
    <script type="module" src="/assets/main.js"></script>
  </body>
</html>
"""
EVIL = '</title><script>alert(1)</script>" onload="x \\1 \\g<0> <!-- & \' \u2028'
_TEXTS = re.compile(r'content="[^"]*"|<title>.*?</title>|<noscript>.*?</noscript>|<script.*?</script>', re.DOTALL)
_PUBLISHED = datetime(2030, 1, 2, tzinfo=UTC)
_NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture
async def client(
    settings: Settings, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """The application around a page of which every byte is known, with two courses in a part of the sitemap."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("api.app.web_routes", lambda: web_routes(dist))
    monkeypatch.setattr("api.app.sitemap_routes", lambda: sitemap_routes(2))
    async with in_process(create_app(settings, services)) as client:
        yield client


async def add_course(services: Services, slug: str, state: CourseState = CourseState.PUBLISHED, **values: Any) -> UUID:
    async with services.sessions.begin() as session:
        owner_id = await add_person(session, "instructor", name="Ines Example")
        times = {"published_at": None if state is CourseState.DRAFT else _PUBLISHED}
        course = Course(
            **{"id": new_id(), "owner_id": owner_id, "slug": slug, "title": "A course", "state": state, **times, **values}
        )
        session.add(course)
        await session.flush()
        return course.id


def data_in(page: str) -> dict[str, Any]:
    """The JSON-LD in a page; that there is exactly one, and no other script of an author's, is checked on the way."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert [attributes.strip() for attributes, _ in scripts] == [
        'type="application/ld+json"',
        'type="module" src="/assets/main.js"',
    ]
    found: dict[str, Any] = json.loads(scripts[0][1])
    return found


async def test_a_published_course_has_a_head_of_its_own(client: AsyncClient, services: Services) -> None:
    await add_course(
        services,
        "systems",
        title="Systems & people",
        summary="What lasts.",
        description="All **about** it.",
        outcomes=["Choose well."],
        tags=["design"],
        level="beginner",
        price_minor=1990,
        currency="EUR",
        duration_s=5400,
    )
    answer = await client.get("/courses/systems")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = answer.text
    base = services.settings.api.public_url
    for line in (
        "<title>Systems &amp; people · Aula</title>",
        '<meta name="description" content="What lasts." />',
        f'<link rel="canonical" href="{base}/courses/systems" />',
        '<meta property="og:title" content="Systems &amp; people" />',
        '<meta property="og:type" content="website" />',
        f'<meta property="og:url" content="{base}/courses/systems" />',
    ):
        assert page.count(line) == 1, line
    assert page.count('name="description"') == page.count("<title>") == 1
    assert "<noscript><h1>Systems &amp; people</h1><p>All <strong>about</strong> it.</p>" in page
    data = data_in(page)
    assert data["@type"] == "Course"
    assert (data["name"], data["description"], data["inLanguage"]) == ("Systems & people", "What lasts.", "en")
    assert data["offers"] == {"@type": "Offer", "category": "Paid", "price": "19.90", "priceCurrency": "EUR"}
    assert data["hasCourseInstance"] == {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": "PT1H30M"}
    assert data["provider"]["name"] == "Aula"
    assert data["instructor"] == [{"@type": "Person", "name": "Ines Example"}]
    assert (data["teaches"], data["educationalLevel"]) == (["Choose well."], "Beginner")
    again = await client.get("/courses/systems", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_what_authors_write_stays_text(client: AsyncClient, services: Services) -> None:
    await add_course(
        services, "evil", title=EVIL, summary=EVIL, description=f"{EVIL}\n\n<img src=x onerror=alert(1)>", tags=[EVIL]
    )
    page = (await client.get("/courses/evil")).text
    data = data_in(page)
    assert (data["name"], data["description"], data["keywords"]) == (EVIL, EVIL, [EVIL])
    assert f"<title>{html.escape(EVIL)} · Aula</title>" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    # An attribute ends where it should: what is left of the page has no handler.
    assert "onload" not in _TEXTS.sub("", page)


async def test_what_is_not_published_looks_like_what_is_not_there(client: AsyncClient, services: Services) -> None:
    for state in (CourseState.DRAFT, CourseState.IN_REVIEW, CourseState.ARCHIVED):
        slug = f"hidden-{state.name.lower().replace('_', '-')}"
        archived = _PUBLISHED if state is CourseState.ARCHIVED else None
        await add_course(services, slug, state, title="A secret", archived_at=archived)
        hidden, unknown = await client.get(f"/courses/{slug}"), await client.get("/courses/unknown")
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        assert hidden.text == unknown.text == PAGE


async def test_strange_addresses_are_no_courses(client: AsyncClient) -> None:
    for slug in ("A", "a--b", "a" * 81, "a%00b", "a'b", "a%0A", "%F0%9F%98%80", "a%2Fb"):
        answer = await client.get(f"/courses/{slug}")
        assert answer.status_code in (200, 404), slug
        assert answer.text == PAGE, slug


async def test_the_catalogue_and_other_pages_stay_the_plain_page(client: AsyncClient) -> None:
    for path in ("/", "/courses", "/courses/a/edit", "/watch/1"):
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (200, PAGE), path


async def test_previews_have_a_head_of_their_own_and_other_lessons_have_not(client: AsyncClient, services: Services) -> None:
    course_id = await add_course(services, "systems", title="Systems")
    async with services.sessions.begin() as session:
        module = Module(id=new_id(), course_id=course_id, title="M", position="V")
        session.add(module)
        await session.flush()
        shown, closed = (
            Lesson(
                id=new_id(), course_id=course_id, module_id=module.id, title=title, kind=LessonKind.TEXT, position=title,
                body="# Of **queues**\n\nThey grow. " + "And grow. " * 50, preview=title == "Queues",
            )
            for title in ("Queues", "Secrets")
        )  # fmt: skip
        session.add_all((shown, closed))
    page = (await client.get(f"/lessons/{shown.id}")).text
    assert "<title>Queues · Systems · Aula</title>" in page
    data = data_in(page)
    assert (data["@type"], data["isPartOf"]["name"]) == ("LearningResource", "Systems")
    assert data["description"].startswith("Of queues They grow. And grow.")
    assert len(data["description"]) <= 202
    assert "<h1>Of <strong>queues</strong></h1>" in page
    for address in (str(closed.id), str(new_id()), "no-uuid"):
        assert (await client.get(f"/lessons/{address}")).text == PAGE
    async with services.sessions.begin() as session:
        await session.execute(update(Course).values(state=CourseState.DRAFT))
    assert (await client.get(f"/lessons/{shown.id}")).text == PAGE


def locations(xml: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(xml).findall(".//s:loc", _NAMES)]


async def test_the_sitemap_names_every_published_course(client: AsyncClient, services: Services) -> None:
    base = services.settings.api.public_url
    await add_course(services, "one")
    await add_course(services, "draft", CourseState.DRAFT)
    answer = await client.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    assert locations(answer.text) == [f"{base}/", f"{base}/courses", f"{base}/courses/one"]


async def test_a_sitemap_beyond_one_file_comes_in_parts(client: AsyncClient, services: Services) -> None:
    base = services.settings.api.public_url
    for number in range(5):
        await add_course(services, f"course-{number}")
    index = (await client.get("/sitemap.xml")).text
    assert index.count("<sitemapindex") == 1
    found = []
    for part in locations(index):
        assert part.startswith(f"{base}/sitemap.xml?from=")
        found += locations((await client.get(part.removeprefix(base))).text)
    assert found == [f"{base}/courses/course-{number}" for number in range(5)]
    assert (await client.get("/sitemap.xml?from=no-uuid")).status_code == 400


async def test_robots_are_told_what_is_theirs(client: AsyncClient, services: Services) -> None:
    answer = await client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert {"Disallow: /api/", "Disallow: /metrics", "Allow: /"} <= set(lines)
    assert f"Sitemap: {services.settings.api.public_url}/sitemap.xml" in lines
