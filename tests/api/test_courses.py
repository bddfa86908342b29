"""Courses: made and changed by their authors, seen by whom they are for, listed page by page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from api.services import Services
from core.ids import new_id
from db.models import AuditEntry, Entitlement
from tests.api.conftest import problem_of
from tests.support.courses import API, new_course, new_lesson, new_module, published_course
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
COURSES = f"{API}/courses"


@pytest.fixture
async def admin(sign_in: SignIn) -> Person:
    return await sign_in("admin", name="admin")


async def test_a_course_begins_as_a_draft_of_its_maker(client: AsyncClient, instructor: Person) -> None:
    answer = await client.post(
        COURSES,
        json={
            "title": "  Syst\u00e8mes qui durent ",
            "summary": "What makes them last.",
            "description": "# Why\n\n*Because*.",
            "language": "fr",
            "level": "intermediate",
            "category": "Architecture",
            "tags": ["Design", "design ", "Cloud"],
            "outcomes": ["Choose for reasons"],
            "price": {"amount": "19.90", "currency": "EUR"},
        },
        headers=instructor.auth,
    )
    assert answer.status_code == 201, answer.text
    course = answer.json()
    assert (course["title"], course["slug"]) == ("Syst\u00e8mes qui durent", "systemes-qui-durent")
    assert (course["state"], course["revision"], course["publishedAt"], course["free"]) == ("draft", 1, None, False)
    assert course["price"] == {"amount": "19.90", "amountMinor": 1990, "currency": "EUR"}
    assert course["tags"] == ["design", "cloud"]
    assert course["descriptionHtml"] == "<h1>Why</h1>\n<p><em>Because</em>.</p>\n"
    assert course["owner"]["id"] == str(instructor.id)
    assert course["mine"] == {"permissions": ["edit", "enrol", "grade", "publish"], "enrolled": False}
    assert (course["lessonCount"], course["durationS"], course["coverUrl"]) == (0, 0, None)
    again = await client.get(f"{COURSES}/{course['id']}", headers=instructor.auth)
    assert again.json() == course
    # The gateway may tell answers of one revision apart, behind a dot.
    assert again.headers["etag"].strip('"').partition(".")[0] == answer.headers["etag"].strip('"')


async def test_a_free_course_needs_no_price(client: AsyncClient, instructor: Person) -> None:
    course = await new_course(client, instructor)
    assert course["price"] == {"amount": "0.00", "amountMinor": 0, "currency": "USD"}
    assert course["free"]


async def test_learners_make_no_courses(client: AsyncClient, learner: Person) -> None:
    answer = await client.post(COURSES, json={"title": "A course"}, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.role_missing")


async def test_slugs_are_made_unique_or_refused(client: AsyncClient, instructor: Person) -> None:
    made = await asyncio.gather(*(new_course(client, instructor, "Same title") for _ in range(5)))
    slugs = {course["slug"] for course in made}
    assert len(slugs) == 5
    assert {"same-title", "same-title-2"} <= slugs
    answer = await client.post(COURSES, json={"title": "Other", "slug": "same-title"}, headers=instructor.auth)
    problem = problem_of(answer)
    assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (409, "course.slug_taken", "slug")
    other = await new_course(client, instructor, "Other", slug="other-one")
    url = f"{COURSES}/{other['id']}"
    answer = await client.patch(url, json={"slug": "same-title", "title": "New"}, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "course.slug_taken")
    kept = (await client.get(url, headers=instructor.auth)).json()
    assert (kept["slug"], kept["title"], kept["revision"]) == ("other-one", "Other", 1)
    answer = await client.patch(url, json={"slug": "another"}, headers=instructor.auth)
    assert (answer.status_code, answer.json()["slug"]) == (200, "another")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "title"),
        ({"title": ""}, 400, "title"),
        ({"title": "   "}, 400, "title"),
        ({"title": "a\nb"}, 400, "title"),
        ({"title": "a\n"}, 400, "title"),
        ({"title": "x" * 201}, 400, "title"),
        ({"title": "a", "slug": "Not a slug"}, 400, "slug"),
        ({"title": "a", "slug": "a--b"}, 400, "slug"),
        ({"title": "a", "level": "expert"}, 400, "level"),
        ({"title": "a", "language": "english"}, 400, "language"),
        ({"title": "a", "tags": ["x"] * 21}, 400, "tags"),
        ({"title": "a", "tags": [" "]}, 400, "tags"),
        ({"title": "a", "description": "a\u0000b"}, 400, "description"),
        ({"title": "a", "price": {"amount": "-1", "currency": "USD"}}, 400, "price"),
        ({"title": "a", "price": {"amount": 1, "currency": "USD"}}, 400, "price"),
        ({"title": "a", "price": {"amount": "1.005", "currency": "USD"}}, 422, "price.amount"),
        ({"title": "a", "price": {"amount": "1.5", "currency": "JPY"}}, 422, "price.amount"),
        ({"title": "a", "price": {"amount": "1", "currency": "XXX"}}, 422, "price.currency"),
        ({"title": "a", "ownerId": str(new_id())}, 400, ""),
    ],
)
async def test_bad_courses_are_refused(
    client: AsyncClient, instructor: Person, body: dict[str, Any], status: int, field: str
) -> None:
    answer = await client.post(COURSES, json=body, headers=instructor.auth)
    assert answer.status_code == status, answer.text
    problem = problem_of(answer)
    if status == 422:
        assert problem["errors"][0]["field"] == field
    assert (await client.get(f"{COURSES}/mine", headers=instructor.auth)).json()["items"] == []


async def test_a_stale_change_is_refused(client: AsyncClient, instructor: Person) -> None:
    course = await new_course(client, instructor)
    url = f"{COURSES}/{course['id']}"
    tag = (await client.get(url, headers=instructor.auth)).headers["etag"]
    headers = {**instructor.auth, "If-Match": tag}
    assert (await client.patch(url, json={"title": "Newer"}, headers=headers)).status_code == 200
    for method, path, body in (
        ("PATCH", url, {"title": "Stale"}),
        ("DELETE", url, None),
        ("POST", f"{url}/submit", None),
        ("POST", f"{url}/modules", {"title": "A module"}),
    ):
        answer = await client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, problem_of(answer)["code"]) == (412, "request.stale")
    now = (await client.get(url, headers=instructor.auth)).json()
    assert (now["title"], now["revision"]) == ("Newer", 2)


async def test_drafts_are_not_there_for_others(client: AsyncClient, instructor: Person, sign_in: SignIn) -> None:
    course = await new_course(client, instructor)
    stranger = await sign_in("instructor")
    nothing = problem_of(await client.get(f"{COURSES}/{new_id()}"))
    for headers in ({}, stranger.auth):
        for path in (course["id"], f"by-slug/{course['slug']}", f"{course['id']}/curriculum"):
            problem = problem_of(await client.get(f"{COURSES}/{path}", headers=headers))
            assert {**problem, "requestId": ""} == {**nothing, "requestId": ""}
    for method, path, body in (("PATCH", "", {"title": "Mine"}), ("DELETE", "", None), ("POST", "/submit", None)):
        answer = await client.request(method, f"{COURSES}/{course['id']}{path}", json=body, headers=stranger.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "course.not_found")
    assert (await client.get(COURSES)).json()["items"] == []


async def test_published_courses_are_everybodys_to_see_and_nobodys_to_change(
    client: AsyncClient, instructor: Person, admin: Person, learner: Person
) -> None:
    course = await published_course(client, instructor, admin, slug="a-course")
    by_slug = await client.get(f"{COURSES}/by-slug/a-course")
    assert by_slug.status_code == 200
    assert by_slug.json() == (await client.get(f"{COURSES}/{course['id']}")).json()
    assert by_slug.json()["mine"] is None
    assert by_slug.json()["review"] is None
    seen = (await client.get(f"{COURSES}/by-slug/a-course", headers=learner.auth)).json()
    assert seen["mine"] == {"permissions": [], "enrolled": False}
    assert seen["review"] is None
    answer = await client.patch(f"{COURSES}/{course['id']}", json={"title": "Mine"}, headers=learner.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "course.not_yours")


@pytest.mark.parametrize("slug", ["No-Such", "a%00b", "a%0A", "%F0%9F%92%A9", "no-such-course"])
async def test_what_is_no_slug_is_not_there(client: AsyncClient, slug: str) -> None:
    answer = await client.get(f"{COURSES}/by-slug/{slug}")
    assert (answer.status_code, problem_of(answer)["code"]) == (404, "course.not_found")


async def test_archived_courses_stay_with_those_who_are_enrolled(
    client: AsyncClient, services: Services, instructor: Person, admin: Person, learner: Person, sign_in: SignIn
) -> None:
    course = await published_course(client, instructor, admin)
    url = f"{COURSES}/{course['id']}"
    async with services.sessions.begin() as session:
        session.add(Entitlement(user_id=learner.id, course_id=course["id"], source="grant"))
    assert (await client.post(f"{url}/archive", json={}, headers=instructor.auth)).status_code == 200
    stranger = await sign_in("learner")
    assert (await client.get(url)).status_code == 404
    assert (await client.get(url, headers=stranger.auth)).status_code == 404
    assert (await client.get(url, headers=learner.auth)).json()["state"] == "archived"
    assert (await client.get(url, headers=instructor.auth)).status_code == 200
    assert (await client.get(COURSES)).json()["items"] == []


async def test_only_drafts_without_learners_are_deleted(
    client: AsyncClient, services: Services, instructor: Person, admin: Person, learner: Person
) -> None:
    empty, taken = [await new_course(client, instructor) for _ in range(2)]
    async with services.sessions.begin() as session:
        session.add(Entitlement(user_id=learner.id, course_id=taken["id"], source="grant"))
    published = await published_course(client, instructor, admin)
    for course in (taken, published):
        answer = await client.delete(f"{COURSES}/{course['id']}", headers=instructor.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "course.not_empty")
    assert (await client.delete(f"{COURSES}/{empty['id']}", headers=instructor.auth)).status_code == 204
    assert (await client.get(f"{COURSES}/{empty['id']}", headers=instructor.auth)).status_code == 404


async def _titles(client: AsyncClient, query: str, limit: int = 2) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        answer = await client.get(f"{COURSES}?limit={limit}&{query}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += [item["title"] for item in page["items"]]
        if page["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['nextCursor']}"


async def test_the_catalogue_is_paged_sorted_and_narrowed(client: AsyncClient, instructor: Person, admin: Person) -> None:
    facts: list[tuple[str, dict[str, Any]]] = [
        ("Beta", {"category": "Data", "language": "de", "tags": ["sql"]}),
        ("alpha", {"category": "Data", "price": {"amount": "5", "currency": "USD"}, "level": "beginner"}),
        ("Gamma 100%", {"tags": ["SQL", "ops"], "level": "advanced"}),
        ("\u00c4ther", {"category": "Alchemy"}),
        ("alpha", {}),
    ]
    for title, more in facts:
        await published_course(client, instructor, admin, title, **more)
    await new_course(client, instructor, "A draft", category="Data")
    titles = [title for title, _ in facts]
    assert await _titles(client, "") == titles[::-1]
    by_title = await _titles(client, "sort=title")
    assert sorted(by_title) == sorted(titles)
    assert by_title.index("alpha") < by_title.index("Beta") < by_title.index("Gamma 100%")
    for query, expected in {
        "category=Data": ["alpha", "Beta"],
        "language=DE": ["Beta"],
        "level=advanced": ["Gamma 100%"],
        "tag=Sql": ["Gamma 100%", "Beta"],
        "price=paid": ["alpha"],
        "price=free&category=Data": ["Beta"],
        "q=ALPHA": ["alpha", "alpha"],
        "q=alch": ["\u00c4ther"],
        "q=%25": ["Gamma 100%"],
        "q=_": [],
        "category=data": [],
    }.items():
        assert await _titles(client, query) == expected, query
        assert sorted(await _titles(client, query + "&sort=title")) == sorted(expected)


@pytest.mark.parametrize("cursor", ["AAAA", "bm90IGpzb24", "WyJuZXdlc3QiLC0xLCJ4Il0", "W10g"])
async def test_a_cursor_of_somebodys_own_making_is_refused(client: AsyncClient, cursor: str) -> None:
    for sort in ("newest", "title"):
        answer = await client.get(f"{COURSES}?sort={sort}&cursor={cursor}")
        assert (answer.status_code, problem_of(answer)["code"]) == (422, "request.bad_cursor")


async def test_a_cursor_of_another_order_is_refused(client: AsyncClient, instructor: Person, admin: Person) -> None:
    for title in ("a", "b"):
        await published_course(client, instructor, admin, title)
    page = (await client.get(f"{COURSES}?limit=1&sort=title")).json()
    answer = await client.get(f"{COURSES}?limit=1&cursor={page['nextCursor']}")
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "request.bad_cursor")


@pytest.mark.parametrize(
    "query", ["sort=oldest", "price=cheap", "level=x", "limit=0", "limit=101", "q=", "cursor=%00", "tag=a%0Ab"]
)
async def test_bad_filters_are_refused(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"{COURSES}?{query}")
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")


async def test_authors_find_their_courses(client: AsyncClient, instructor: Person, admin: Person, sign_in: SignIn) -> None:
    own = await new_course(client, instructor, "Own")
    public = await published_course(client, instructor, admin, "Public")
    other = await sign_in("instructor")
    await new_course(client, other, "Not mine")
    shared = await new_course(client, other, "Shared")
    url = f"{COURSES}/{shared['id']}/instructors/{instructor.id}"
    assert (await client.put(url, json={"permissions": []}, headers=other.auth)).status_code == 200

    async def listed(query: str = "") -> list[str]:
        page = (await client.get(f"{COURSES}/mine{query}", headers=instructor.auth)).json()
        return [item["id"] for item in page["items"]]

    assert await listed() == [shared["id"], public["id"], own["id"]]
    assert await listed("?state=published") == [public["id"]]
    assert await listed(f"?cursor={public['id']}") == [own["id"]]


async def test_what_was_done_to_a_course_is_in_the_audit_log(
    client: AsyncClient, services: Services, instructor: Person, admin: Person
) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    await new_lesson(client, instructor, module["id"])
    url = f"{COURSES}/{course['id']}"
    await client.patch(url, json={"title": "Another"}, headers=instructor.auth)
    await client.post(f"{url}/publish", headers=admin.auth)
    await client.post(f"{url}/archive", json={"reason": "Copied."}, headers=admin.auth)
    async with services.sessions() as session:
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    noted = [
        (entry.action, entry.actor_id)
        for entry in entries
        if str(entry.subject_id) == course["id"] and entry.action != "course.revision_kept"
    ]
    assert noted == [
        ("course.created", instructor.id),
        ("module.added", instructor.id),
        ("lesson.added", instructor.id),
        ("course.changed", instructor.id),
        ("course.published", admin.id),
        ("course.taken_down", admin.id),
    ]
