"""Courses where other parts of the platform touch them: accounts that are gone, prices in the audit log, foreign documents."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text

from api.services import Services
from core.course_document import CourseDocument, CourseFacts
from db.models import AuditEntry, Course
from domain import account_deletion, course_documents, courses
from domain.policies import Actor, Role
from tests.api.conftest import problem_of
from tests.support import tus
from tests.support.courses import API, new_course
from tests.support.people import Person
from tests.support.wait import eventually

SignIn = Callable[..., Awaitable[Person]]


async def test_an_account_that_is_gone_teaches_no_course_that_is_handed_over(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    course = await new_course(client, instructor)
    admin, heir = await sign_in("admin"), await sign_in("instructor", name="heir")
    async with services.sessions.begin() as session:
        actor = Actor(instructor.id, frozenset({Role.INSTRUCTOR}))
        await account_deletion.delete_account(session, actor, instructor.id, services.clock())
    url = f"{API}/courses/{course['id']}/owner"
    gone = await client.put(url, json={"userId": str(instructor.id)}, headers=admin.auth)
    assert gone.status_code == 200, "the owner stays who it is"
    answer = await client.put(url, json={"userId": str(heir.id)}, headers=admin.auth)
    assert (answer.status_code, answer.json()["owner"]["displayName"], answer.json()["instructors"]) == (200, "heir", [])


async def test_what_a_course_cost_before_is_in_the_audit_log(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    course = await new_course(client, instructor)
    for change in ({"price": {"amount": "19.90", "currency": "EUR"}}, {"summary": "Words."}):
        answer = await client.patch(f"{API}/courses/{course['id']}", json=change, headers=instructor.auth)
        assert answer.status_code == 200
    async with services.sessions() as session:
        query = select(AuditEntry.detail).where(AuditEntry.action == "course.changed").order_by(AuditEntry.id)
        details = list(await session.scalars(query))
    assert details == [
        {"fields": ["currency", "price_minor"], "price": {"from": "0.00 USD", "to": "19.90 EUR"}},
        {"fields": ["summary"]},
    ]


async def test_a_document_from_elsewhere_is_tidied_as_what_authors_type(services: Services, instructor: Person) -> None:
    facts = CourseFacts(title=" A course ", category=" Design ", tags=("Design", "design ", " ", "CLOUD"))
    actor = Actor(instructor.id, frozenset({Role.INSTRUCTOR}))
    async with services.sessions.begin() as session:
        course, _ = await course_documents.make(session, actor, CourseDocument(course=facts), source="archive")
    async with services.sessions() as session:
        made = await session.get_one(Course, course.id)
    assert (made.title, made.category, made.tags) == ("A course", "Design", ["design", "cloud"])


@pytest.mark.parametrize("what", ["an enrolment", "a file"])
async def test_nothing_comes_into_a_course_that_is_just_being_deleted(
    client: AsyncClient, services: Services, instructor: Person, learner: Person, what: str
) -> None:
    course = await new_course(client, instructor)
    owner = Actor(instructor.id, frozenset({Role.INSTRUCTOR}))

    async def put_in() -> tuple[int, str]:
        if what == "a file":
            metadata = ",".join(f"{name} {tus.b64(value)}" for name, value in _notes(course["id"]).items())
            answer = await tus.create(client, instructor, 10, **{"Upload-Metadata": metadata})
        else:
            url, body = f"{API}/courses/{course['id']}/enrolments", {"email": learner.email}
            answer = await client.post(url, json=body, headers=instructor.auth)
        return answer.status_code, problem_of(answer)["code"]

    async def somebody_waits() -> bool:
        async with services.sessions() as session:
            # In this database alone: other tests run beside this one.
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            return bool(await session.scalar(text(waiting)))

    meets: Callable[[], bool | Awaitable[bool]] = somebody_waits
    async with services.sessions.begin() as session:
        row = await courses.editable_course(session, owner, course["id"])
        await courses.delete(session, owner, row)
        late = asyncio.create_task(put_in())
        await eventually(meets, "somebody to wait for the course")
    assert await late == (404, "course.not_found")


def _notes(course_id: str) -> dict[str, str]:
    return {"filename": "notes.pdf", "purpose": "file", "course": course_id}


async def test_a_draft_that_is_sold_is_not_deleted(client: AsyncClient, instructor: Person) -> None:
    course = await new_course(client, instructor)
    price = {"amount": "10.00", "currency": "EUR"}
    offer = {"name": "The course", "kind": "course", "category": "courses", "price": price, "courseIds": [course["id"]]}
    made = await client.post(f"{API}/products", json=offer, headers=instructor.auth)
    assert made.status_code == 201, made.text
    url = f"{API}/courses/{course['id']}"
    refused = await client.delete(url, headers=instructor.auth)
    assert (refused.status_code, problem_of(refused)["code"]) == (409, "course.sold")
    assert (await client.delete(f"{API}/products/{made.json()['id']}", headers=instructor.auth)).status_code == 204
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
