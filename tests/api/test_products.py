"""Products in the house's conventions: kinds and their courses, prices, who may change what, and what the log keeps of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import event, select

from api.services import Services
from core.catalog import CourseState
from core.ids import new_id
from db.models import AuditEntry, Course, CourseInstructor, Product
from tests.api.conftest import problem_of
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
URL = "/api/v1/products"
PRICE = {"amount": "19.90", "currency": "USD"}
GOOD: dict[str, Any] = {"name": "System design", "price": PRICE, "category": "courses"}


@pytest.fixture
async def courses(services: Services, instructor: Person) -> list[str]:
    """Ids of three courses of the instructor: two published, the last a draft."""
    ids = [new_id() for _ in range(3)]
    now = datetime.now(UTC)
    async with services.sessions.begin() as session:
        for number, course_id in enumerate(ids):
            state = CourseState.DRAFT if number == 2 else CourseState.PUBLISHED
            course = Course(id=course_id, owner_id=instructor.id, slug=f"course-{number}", title="A course", state=state)
            course.published_at = now if number < 2 else None
            session.add(course)
    return [str(course_id) for course_id in ids]


async def _made(client: AsyncClient, person: Person, **values: Any) -> dict[str, Any]:
    answer = await client.post(URL, json={**GOOD, **values}, headers=person.auth)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def _audited(services: Services) -> list[tuple[str, dict[str, Any]]]:
    async with services.sessions() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "product").order_by(AuditEntry.id))
        return [(row.action, row.detail) for row in rows]


async def test_a_product_is_shown_with_its_price_and_its_text(client: AsyncClient, instructor: Person) -> None:
    product = await _made(client, instructor, description="*Twelve* weeks", sku="A-1", stock=3)
    assert product["price"] == {"amount": "19.90", "amountMinor": 1990, "currency": "USD"}
    assert product["descriptionHtml"].strip() == "<p><em>Twelve</em> weeks</p>"
    assert (product["kind"], product["interval"], product["courseIds"], product["mine"]) == ("other", None, [], True)
    shown = await client.get(f"{URL}/{product['id']}")
    assert shown.status_code == 200
    assert shown.json() == {**product, "mine": False}


async def test_kinds_have_the_courses_and_the_interval_that_they_need(
    client: AsyncClient, instructor: Person, courses: list[str]
) -> None:
    good: list[dict[str, Any]] = [
        {"kind": "course", "courseIds": courses[:1]},
        {"kind": "bundle", "courseIds": courses[:2]},
        {"kind": "plan", "interval": "month"},
        {"kind": "plan", "interval": "year", "courseIds": courses},
        {"kind": "other"},
    ]
    for values in good:
        product = await _made(client, instructor, **values)
        assert product["courseIds"] == sorted(values.get("courseIds", []))
    bad: list[tuple[dict[str, Any], str, str]] = [
        ({"kind": "course"}, "product.courses", "courseIds"),
        ({"kind": "course", "courseIds": courses[:2]}, "product.courses", "courseIds"),
        ({"kind": "bundle", "courseIds": courses[:1]}, "product.courses", "courseIds"),
        ({"kind": "bundle", "courseIds": [courses[0], courses[0]]}, "product.courses", "courseIds"),
        ({"kind": "other", "courseIds": courses[:1]}, "product.courses", "courseIds"),
        ({"kind": "course", "courseIds": [str(new_id())]}, "product.unknown_course", "courseIds"),
        ({"kind": "plan"}, "product.interval", "interval"),
        ({"kind": "course", "courseIds": courses[:1], "interval": "month"}, "product.interval", "interval"),
        ({"price": {"amount": "19.999", "currency": "USD"}}, "money.too_precise", "price.amount"),
        ({"price": {"amount": "1", "currency": "XXX"}}, "money.unknown_currency", "price.currency"),
    ]
    for values, code, field in bad:
        answer = await client.post(URL, json={**GOOD, **values}, headers=instructor.auth)
        problem = problem_of(answer)
        assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (422, code, field), values


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"interval": "week"},
        {"price": 19.9},
        {"price": {"amount": 19.9, "currency": "USD"}},
        {"price": {"amount": "-1", "currency": "USD"}},
        {"price": {"amount": "1e2", "currency": "USD"}},
        {"price": {"amount": "01", "currency": "USD"}},
        {"price": {"amount": "12345678901", "currency": "USD"}},
        {"stock": "3"},
        {"stock": -1},
        {"sku": "a b"},
        {"courseIds": ["x"]},
        {"imageUrl": "/cover.png"},
        {"colour": "red"},
    ],
)
async def test_what_the_schema_forbids_is_invalid(client: AsyncClient, instructor: Person, change: dict[str, Any]) -> None:
    answer = await client.post(URL, json={**GOOD, **change}, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")
    product = await _made(client, instructor)
    answer = await client.patch(f"{URL}/{product['id']}", json=change, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")


async def test_only_courses_that_one_may_edit_are_sold(
    client: AsyncClient, services: Services, instructor: Person, courses: list[str], sign_in: SignIn
) -> None:
    colleague, admin = await sign_in("instructor"), await sign_in("admin")
    body = {**GOOD, "kind": "course", "courseIds": courses[:1]}
    refused = await client.post(URL, json=body, headers=colleague.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (422, "product.unknown_course")
    async with services.sessions.begin() as session:
        session.add(CourseInstructor(course_id=UUID(courses[0]), user_id=colleague.id, permissions=["edit"]))
        session.add(CourseInstructor(course_id=UUID(courses[1]), user_id=colleague.id, permissions=["grade"]))
    assert (await client.post(URL, json=body, headers=colleague.auth)).status_code == 201
    assert (await client.post(URL, json={**body, "courseIds": courses[1:2]}, headers=colleague.auth)).status_code == 422
    bundle = await _made(client, admin, kind="bundle", courseIds=courses)
    assert bundle["courseIds"] == sorted(courses)


async def test_a_course_that_is_not_published_is_named_to_managers_only(
    client: AsyncClient, instructor: Person, learner: Person, courses: list[str]
) -> None:
    bundle = await _made(client, instructor, kind="bundle", courseIds=courses)
    assert bundle["courseIds"] == courses
    for headers in ({}, learner.auth):
        assert (await client.get(f"{URL}/{bundle['id']}", headers=headers)).json()["courseIds"] == courses[:2]
        assert (await client.get(URL, headers=headers)).json()["items"][0]["courseIds"] == courses[:2]
    assert (await client.get(URL, headers=instructor.auth)).json()["items"] == [bundle]


async def test_a_change_keeps_what_it_does_not_name(client: AsyncClient, instructor: Person, courses: list[str]) -> None:
    product = await _made(client, instructor, description="Words", sku="A-1", stock=3, kind="course", courseIds=courses[:1])
    url = f"{URL}/{product['id']}"
    changed = (await client.patch(url, json={"name": " Another "}, headers=instructor.auth)).json()
    kept = {**changed, "name": product["name"], "revision": 1, "updatedAt": product["updatedAt"]}
    assert (changed["name"], changed["revision"], kept) == ("Another", 2, product)
    emptied = {"description": None, "sku": None, "stock": None}
    changed = (await client.patch(url, json=emptied, headers=instructor.auth)).json()
    assert {name: changed[name] for name in emptied} == emptied
    bundle = (await client.patch(url, json={"kind": "bundle", "courseIds": courses[1:]}, headers=instructor.auth)).json()
    assert (bundle["kind"], bundle["courseIds"]) == ("bundle", courses[1:])
    # The kind alone would leave two courses to one.
    refused = await client.patch(url, json={"kind": "course"}, headers=instructor.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (422, "product.courses")
    plan = {"kind": "plan", "interval": "year", "price": {"amount": "99", "currency": "JPY"}}
    changed = (await client.patch(url, json=plan, headers=instructor.auth)).json()
    assert (changed["interval"], changed["price"]["amount"], changed["price"]["amountMinor"]) == ("year", "99", 99)


async def test_stale_changes_are_refused(client: AsyncClient, instructor: Person) -> None:
    made = await client.post(URL, json=GOOD, headers=instructor.auth)
    url, tag = f"{URL}/{made.json()['id']}", made.headers["etag"]
    assert (await client.get(url, headers=instructor.auth)).headers["etag"].startswith(tag.rstrip('"'))
    fresh = await client.patch(url, json={"stock": 1}, headers={**instructor.auth, "If-Match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag
    for method, body in (("PATCH", {"stock": 2}), ("DELETE", None)):
        stale = await client.request(method, url, json=body, headers={**instructor.auth, "If-Match": tag})
        assert (stale.status_code, problem_of(stale)["code"]) == (412, "request.stale")
    assert (await client.get(url)).json()["stock"] == 1
    last = await client.delete(url, headers={**instructor.auth, "If-Match": fresh.headers["etag"]})
    assert last.status_code == 204


async def test_who_may_change_a_product(client: AsyncClient, instructor: Person, learner: Person, sign_in: SignIn) -> None:
    product = await _made(client, instructor)
    url = f"{URL}/{product['id']}"
    stranger, admin = await sign_in("instructor"), await sign_in("admin")
    assert (await client.post(URL, json=GOOD)).status_code == 401
    refused = await client.post(URL, json=GOOD, headers=learner.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "auth.role_missing")
    for method, body in (("PATCH", {"stock": 2}), ("DELETE", None)):
        assert (await client.request(method, url, json=body)).status_code == 401
        refused = await client.request(method, url, json=body, headers=stranger.auth)
        assert (refused.status_code, problem_of(refused)["code"]) == (403, "product.not_yours")
        missing = await client.request(method, f"{URL}/{new_id()}", json=body, headers=stranger.auth)
        assert (missing.status_code, problem_of(missing)["code"]) == (404, "product.not_found")
    assert (await client.patch(url, json={"stock": 2}, headers=admin.auth)).json()["mine"] is True
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    assert problem_of(await client.get(url))["code"] == "product.not_found"


async def test_both_faces_show_one_product(client: AsyncClient, instructor: Person) -> None:
    body = {"name": "Thing", "price": 5, "currency": "JPY", "category": "things"}
    thing = (await client.post("/products/v1/products", json=body, headers=instructor.auth)).json()
    shown = (await client.get(f"{URL}/{thing['id']}")).json()
    assert (shown["kind"], shown["price"]["amountMinor"], shown["createdAt"]) == ("other", 5, thing["createdAt"])
    plan = await _made(client, instructor, kind="plan", interval="month")
    kept = await client.put(f"/products/v1/products/{plan['id']}", json=body, headers=instructor.auth)
    assert kept.status_code == 200
    shown = (await client.get(f"{URL}/{plan['id']}")).json()
    assert (shown["kind"], shown["interval"], shown["name"], shown["revision"]) == ("plan", "month", "Thing", 2)


async def test_pages_go_on_where_the_last_one_ended(client: AsyncClient, instructor: Person) -> None:
    for number in range(5):
        await _made(client, instructor, name=f"Number {number}", category="odd" if number % 2 else "even")
    await _made(client, instructor, kind="plan", interval="month", category="even")
    names, cursor = [], ""
    while True:
        found = (await client.get(f"{URL}?category=even&kind=other&limit=2{cursor}")).json()
        names += [product["name"] for product in found["items"]]
        if found["nextCursor"] is None:
            break
        cursor = f"&cursor={found['nextCursor']}"
    assert names == ["Number 4", "Number 2", "Number 0"]
    for query in ("kind=gift", "limit=0", "limit=101", "cursor=x", "category=%00"):
        assert (await client.get(f"{URL}?{query}")).status_code == 400


async def test_a_list_costs_two_queries_whatever_its_length(
    client: AsyncClient, services: Services, instructor: Person, courses: list[str]
) -> None:
    for _ in range(5):
        await _made(client, instructor, kind="bundle", courseIds=courses)
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(services.engine.sync_engine, "before_cursor_execute", count)
    for limit in (1, 5):
        statements.clear()
        assert len((await client.get(f"{URL}?limit={limit}")).json()["items"]) == limit
        assert len([each for each in statements if "product" in each]) == 2
    event.remove(services.engine.sync_engine, "before_cursor_execute", count)


async def test_prices_and_courses_are_audited(
    client: AsyncClient, services: Services, instructor: Person, courses: list[str]
) -> None:
    product = await _made(client, instructor, kind="course", courseIds=courses[:1])
    url = f"{URL}/{product['id']}"
    change = {"price": {"amount": "25", "currency": "EUR"}, "courseIds": courses[1:2], "stock": 1}
    assert (await client.patch(url, json=change, headers=instructor.auth)).status_code == 200
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    # Refused changes leave no trace.
    assert (await client.patch(url, json=change, headers=instructor.auth)).status_code == 404
    assert await _audited(services) == [
        ("product.created", {"name": "System design", "kind": "course", "price": "19.90 USD"}),
        (
            "product.changed",
            {
                "changed": ["currency", "price_minor", "stock"],
                "price": {"from": "19.90 USD", "to": "25.00 EUR"},
                "courses": {"from": courses[:1], "to": courses[1:2]},
            },
        ),
        ("product.removed", {"name": "System design", "price": "25.00 EUR"}),
    ]


async def test_a_removed_product_stays_for_its_orders(client: AsyncClient, services: Services, instructor: Person) -> None:
    product = await _made(client, instructor, sku="A-1")
    assert (await client.delete(f"{URL}/{product['id']}", headers=instructor.auth)).status_code == 204
    async with services.sessions() as session:
        kept = await session.get_one(Product, UUID(product["id"]))
        assert kept.deleted_at is not None
    await _made(client, instructor, sku="A-1")
    taken = await client.post(URL, json={**GOOD, "sku": "A-1"}, headers=instructor.auth)
    assert (taken.status_code, problem_of(taken)["code"]) == (409, "product.sku_taken")
