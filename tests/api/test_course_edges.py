"""Courses where other parts of the platform touch them: accounts that are gone, prices in the audit log, foreign documents."""

from collections.abc import Awaitable, Callable

from httpx import AsyncClient
from sqlalchemy import select

from api.services import Services
from core.course_document import CourseDocument, CourseFacts
from db.models import AuditEntry, Course
from domain import account_deletion, course_documents
from domain.policies import Actor, Role
from tests.support.courses import API, new_course
from tests.support.people import Person

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
