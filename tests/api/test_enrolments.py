"""Enrolments: once however often it is asked, announced with the fact, let in by entitlements that have a source and an end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import event, func, select, update

from api.services import Services
from core.catalog import CourseState
from core.enrolment_jobs import ANNOUNCE, OfEnrolment
from core.ids import new_id
from core.settings import Settings
from db.models import AuditEntry, Course, CourseInstructor, CoursePrerequisite, Enrolment, Entitlement, Job, Message
from domain import enrolments, entitlements
from domain.policies import Actor
from tests.api.conftest import problem_of
from tests.support.drain import Drain
from tests.support.lessons import MadeCourse, make_course
from tests.support.people import Person
from transcoding.tools import Tools

SignIn = Callable[..., Awaitable[Person]]
API = "/api/v1"


@pytest.fixture
async def course(services: Services, instructor: Person) -> MadeCourse:
    """A free course."""
    return await make_course(services.sessions, instructor.id)


@pytest.fixture
async def paid(services: Services, instructor: Person) -> MadeCourse:
    return await make_course(services.sessions, instructor.id, price_minor=4900, currency="EUR")


async def _enrol(client: AsyncClient, course: MadeCourse, who: Person, body: dict[str, Any] | None = None) -> Any:
    return await client.post(f"{API}/courses/{course.id}/enrolments", json=body, headers=who.auth)


async def _enrolled(client: AsyncClient, course: MadeCourse, who: Person, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await _enrol(client, course, who, body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def _count(services: Services, model: type[Any], *where: Any) -> int:
    async with services.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


async def _actions(services: Services, subject_type: str) -> list[str]:
    async with services.sessions() as session:
        query = select(AuditEntry.action).where(AuditEntry.subject_type == subject_type).order_by(AuditEntry.id)
        return list(await session.scalars(query))


@pytest.mark.parametrize("body", [None, {}, {"userId": None}])
async def test_a_free_course_is_open_to_all_who_ask(
    client: AsyncClient, services: Services, course: MadeCourse, learner: Person, body: dict[str, Any] | None
) -> None:
    made = await _enrolled(client, course, learner, body)
    assert (made["courseId"], made["userId"]) == (str(course.id), str(learner.id))
    assert made["entitled"]
    assert made["accessEndsAt"] is made["endedAt"] is made["completedAt"] is None
    assert await _actions(services, "enrolment") == ["enrolment.began"]
    assert await _actions(services, "entitlement") == ["entitlement.granted"]
    async with services.sessions() as session:
        (entitlement,) = await session.scalars(select(Entitlement))
    assert (entitlement.source, entitlement.ends_at, entitlement.granted_by) == ("free", None, None)


async def test_fifty_at_once_are_one_enrolment(
    client: AsyncClient, services: Services, course: MadeCourse, learner: Person
) -> None:
    answers = await asyncio.gather(*(_enrol(client, course, learner) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    for model in (Enrolment, Entitlement):
        assert await _count(services, model) == 1
    assert await _count(services, Job, Job.kind == ANNOUNCE.name) == 1
    assert await _actions(services, "enrolment") == ["enrolment.began"]


async def test_an_enrolment_that_is_rolled_back_announces_nothing(
    services: Services, course: MadeCourse, learner: Person
) -> None:
    async with services.sessions() as session:
        actor = Actor(learner.id, frozenset({"learner"}))
        await enrolments.enrol(session, actor, course.id, services.clock())
        await session.rollback()
    assert await _count(services, Job, Job.kind == ANNOUNCE.name) == 0
    assert await _count(services, Enrolment) == 0


async def test_the_learner_gets_one_mail_however_often_it_is_announced(
    client: AsyncClient, services: Services, settings: Settings, tools: Tools, course: MadeCourse, learner: Person
) -> None:
    made = await _enrolled(client, course, learner)
    drain = Drain(settings, services.sessions, services.storage, tools)
    await drain.all()
    async with services.sessions.begin() as session:
        again = OfEnrolment(UUID(made["id"]))
        await enrolments.announce(session, again, "https://school.example")
    await drain.all()
    assert await _count(services, Message, Message.template == "enrolled", Message.state == "sent") == 1
    async with services.sessions() as session:
        message = await session.scalar(select(Message).where(Message.template == "enrolled"))
    assert message is not None
    assert message.recipient == learner.email
    kept = (settings.data_dir / "mail" / f"{message.id}.eml").read_text()
    assert f"/courses/{course.slug}" in kept


async def test_what_costs_something_is_not_to_be_had_for_asking(
    client: AsyncClient, services: Services, paid: MadeCourse, learner: Person
) -> None:
    answer = await _enrol(client, paid, learner)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "enrolment.payment_required")
    assert await _count(services, Enrolment) == 0
    # Whoever sells it says so by an entitlement.
    async with services.sessions.begin() as session:
        await entitlements.grant(session, user_id=learner.id, course_id=paid.id, source="purchase", source_id=new_id())
    assert (await _enrolled(client, paid, learner))["entitled"]


async def test_those_who_may_enrol_others_let_them_in(
    client: AsyncClient, services: Services, paid: MadeCourse, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    ends_at = (services.clock() + timedelta(days=30)).replace(microsecond=0)
    made = await _enrolled(client, paid, instructor, {"email": learner.email.upper(), "endsAt": ends_at.isoformat()})
    assert made["userId"] == str(learner.id)
    assert datetime.fromisoformat(made["accessEndsAt"]) == ends_at
    # Again, and shorter: nothing is taken away.
    sooner = (ends_at - timedelta(days=20)).isoformat()
    again = await _enrolled(client, paid, await sign_in("admin"), {"userId": str(learner.id), "endsAt": sooner})
    assert (again["id"], again["accessEndsAt"]) == (made["id"], made["accessEndsAt"])
    for_good = await _enrolled(client, paid, instructor, {"userId": str(learner.id)})
    assert (for_good["id"], for_good["accessEndsAt"]) == (made["id"], None)
    async with services.sessions() as session:
        (entitlement,) = await session.scalars(select(Entitlement))
    assert (entitlement.source, entitlement.granted_by) == ("grant", instructor.id)
    assert await _actions(services, "entitlement") == ["entitlement.granted", "entitlement.granted"]


async def test_a_helper_enrols_others_with_the_permission_alone(
    client: AsyncClient, services: Services, course: MadeCourse, learner: Person, sign_in: SignIn
) -> None:
    helper, other = await sign_in("instructor"), await sign_in("instructor")
    async with services.sessions.begin() as session:
        session.add(CourseInstructor(course_id=course.id, user_id=helper.id, permissions=["enrol"]))
        session.add(CourseInstructor(course_id=course.id, user_id=other.id, permissions=["edit", "grade"]))
    body = {"userId": str(learner.id)}
    for who in (other, learner):
        refused = await _enrol(client, course, who, body)
        assert (refused.status_code, problem_of(refused)["code"]) == (403, "course.not_yours")
    assert (await client.get(f"{API}/courses/{course.id}/enrolments", headers=other.auth)).status_code == 403
    assert (await _enrolled(client, course, helper, body))["userId"] == str(learner.id)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"userId": str(new_id())}, 404, "user.not_found"),
        ({"email": "nobody@example.org"}, 404, "user.not_found"),
        ({"email": "a@example.org", "userId": str(new_id())}, 422, "enrolment.whom"),
        ({"endsAt": "2090-01-01T00:00:00Z"}, 422, "enrolment.whom"),
        ({"email": "SELF", "endsAt": "2020-01-01T00:00:00Z"}, 422, "enrolment.bad_end"),
        ({"email": "SELF", "endsAt": "9999-12-31T23:59:59-12:00"}, 422, "enrolment.bad_end"),
        ({"email": "SELF", "endsAt": "2090-01-01T00:00:00"}, 400, "request.invalid"),
        ({"email": "no address"}, 400, "request.invalid"),
        ({"user": "x"}, 400, "request.invalid"),
        ([], 400, "request.invalid"),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(
    client: AsyncClient, course: MadeCourse, instructor: Person, body: Any, status: int, code: str
) -> None:
    if isinstance(body, dict) and body.get("email") == "SELF":
        body = {**body, "email": instructor.email}
    answer = await _enrol(client, course, instructor, body)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)


async def test_who_may_not_enrol_others_learns_nothing_of_accounts(
    client: AsyncClient, course: MadeCourse, learner: Person, instructor: Person
) -> None:
    told = [
        {**problem_of(await _enrol(client, course, learner, {"email": email})), "requestId": ""}
        for email in (instructor.email, "nobody@example.org")
    ]
    assert told[0] == told[1]


async def test_other_courses_may_have_to_be_completed_first(
    client: AsyncClient, services: Services, course: MadeCourse, instructor: Person, learner: Person
) -> None:
    first = await make_course(services.sessions, instructor.id, title="Foundations")
    gone = await make_course(services.sessions, instructor.id, CourseState.ARCHIVED, title="Gone")
    async with services.sessions.begin() as session:
        for required in (first, gone):
            session.add(CoursePrerequisite(course_id=course.id, required_id=required.id))
    refused = problem_of(await _enrol(client, course, learner))
    assert (refused["status"], refused["code"]) == (409, "enrolment.prerequisites")
    assert refused["errors"] == [{"field": str(first.id), "message": "Foundations"}]
    await _enrolled(client, first, learner)
    assert (await _enrol(client, course, learner)).status_code == 409
    async with services.sessions.begin() as session:
        done = update(Enrolment).where(Enrolment.course_id == first.id).values(completed_at=func.now())
        await session.execute(done)
    await _enrolled(client, course, learner)


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (CourseState.DRAFT, 404, "course.not_found"),
        (CourseState.IN_REVIEW, 404, "course.not_found"),
        (CourseState.ARCHIVED, 404, "course.not_found"),
    ],
)
async def test_what_is_not_published_is_not_there_to_enrol_in(
    client: AsyncClient, services: Services, instructor: Person, learner: Person, state: CourseState, status: int, code: str
) -> None:
    course = await make_course(services.sessions, instructor.id, state)
    answer = await _enrol(client, course, learner)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    mine = await _enrol(client, course, instructor)
    assert (mine.status_code, problem_of(mine)["code"]) == (409, "enrolment.closed")


async def test_an_archived_course_stays_open_to_who_was_let_in(
    client: AsyncClient, services: Services, course: MadeCourse, learner: Person
) -> None:
    made = await _enrolled(client, course, learner)
    async with services.sessions.begin() as session:
        archive = update(Course).where(Course.id == course.id)
        await session.execute(archive.values(state=CourseState.ARCHIVED, archived_at=func.now()))
    assert (await _enrolled(client, course, learner))["id"] == made["id"]
    (mine,) = (await client.get(f"{API}/users/me/enrolments", headers=learner.auth)).json()["items"]
    assert mine["course"]["state"] == "archived"


async def test_who_leaves_keeps_what_was_paid_for_and_may_come_back(
    client: AsyncClient, services: Services, paid: MadeCourse, course: MadeCourse, learner: Person
) -> None:
    async with services.sessions.begin() as session:
        await entitlements.grant(session, user_id=learner.id, course_id=paid.id, source="purchase", source_id=new_id())
    for each in (paid, course):
        made = await _enrolled(client, each, learner)
        url = f"{API}/enrolments/{made['id']}"
        assert (await client.delete(url, headers=learner.auth)).status_code == 204
        assert (await client.delete(url, headers=learner.auth)).status_code == 204
        again = await _enrolled(client, each, learner)
        assert (again["id"], again["endedAt"], again["enrolledAt"]) == (made["id"], None, made["enrolledAt"])
    assert await _count(services, Entitlement, Entitlement.source == "purchase", Entitlement.revoked_at.is_(None)) == 1
    assert await _count(services, Entitlement, Entitlement.source == "free") == 2
    assert (await _actions(services, "enrolment")).count("enrolment.ended") == 2


async def test_who_is_taken_out_is_let_in_by_nothing(
    client: AsyncClient, services: Services, paid: MadeCourse, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    async with services.sessions.begin() as session:
        await entitlements.grant(session, user_id=learner.id, course_id=paid.id, source="purchase", source_id=new_id())
    made = await _enrolled(client, paid, learner)
    url = f"{API}/enrolments/{made['id']}"
    for other in (await sign_in("learner"), await sign_in("instructor")):
        refused = await client.delete(url, headers=other.auth)
        unknown = await client.delete(f"{API}/enrolments/{new_id()}", headers=other.auth)
        assert {**problem_of(refused), "requestId": ""} == {**problem_of(unknown), "requestId": ""}
        assert refused.status_code == 404
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    assert problem_of(await _enrol(client, paid, learner))["code"] == "enrolment.payment_required"


async def test_an_entitlement_is_ended_by_who_enrols(
    client: AsyncClient, services: Services, course: MadeCourse, instructor: Person, learner: Person
) -> None:
    await _enrolled(client, course, instructor, {"userId": str(learner.id)})
    listed = (await client.get(f"{API}/courses/{course.id}/entitlements", headers=instructor.auth)).json()["items"]
    url = f"{API}/entitlements/{listed[0]['id']}/end"
    assert (listed[0]["source"], listed[0]["revokedAt"]) == ("grant", None)
    assert (await client.post(url, headers=learner.auth)).status_code == 404
    ended = await client.post(url, json={"reason": "Moved away"}, headers=instructor.auth)
    assert ended.status_code == 200, ended.text
    assert (ended.json()["revokeReason"], ended.json()["revokedAt"] is None) == ("Moved away", False)
    again = await client.post(url, headers=instructor.auth)
    assert again.json() == ended.json()
    (row,) = (await client.get(f"{API}/courses/{course.id}/enrolments", headers=instructor.auth)).json()["items"]
    assert (row["entitled"], row["endedAt"]) == (False, None)
    assert await _actions(services, "entitlement") == ["entitlement.granted", "entitlement.ended"]


async def test_lists_page_by_cursor_in_a_constant_number_of_queries(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    learner = await sign_in("learner", name="ada")
    course = await make_course(services.sessions, instructor.id)
    others = [await sign_in("learner") for _ in range(3)]
    for person in (*others, learner):
        await _enrolled(client, course, person)
    queries: list[str] = []
    count = lambda _conn, _cur, statement, *_: queries.append(statement)  # noqa: E731
    event.listen(services.engine.sync_engine, "before_cursor_execute", count)

    async def listed(url: str, who: Person) -> tuple[list[Any], int]:
        found: list[Any] = []
        cursor, most = "", 0
        while True:
            queries.clear()
            answer = await client.get(f"{url}{'&' if '?' in url else '?'}limit=2{cursor}", headers=who.auth)
            assert answer.status_code == 200, answer.text
            most = max(most, len(queries))
            found += answer.json()["items"]
            if answer.json()["nextCursor"] is None:
                return found, most
            cursor = f"&cursor={answer.json()['nextCursor']}"

    rows, few = await listed(f"{API}/courses/{course.id}/enrolments", instructor)
    assert [row["userId"] for row in rows] == [str(person.id) for person in reversed([*others, learner])]
    assert (rows[0]["displayName"], rows[0]["email"]) == ("ada", learner.email)
    for number in range(4):
        await _enrolled(client, await make_course(services.sessions, instructor.id, title=f"Course {number}"), learner)
    mine, fewer = await listed(f"{API}/users/me/enrolments", learner)
    assert [row["course"]["title"] for row in mine] == ["Course 3", "Course 2", "Course 1", "Course 0", "A made course"]
    assert few <= 5
    assert fewer <= 3
    assert (await listed(f"{API}/courses/{course.id}/enrolments?state=ended", instructor))[0] == []


async def test_an_entitlement_that_has_run_out_lets_nobody_in_until_it_is_granted_again(
    client: AsyncClient, services: Services, paid: MadeCourse, instructor: Person, learner: Person
) -> None:
    await _enrolled(client, paid, instructor, {"userId": str(learner.id)})
    async with services.sessions.begin() as session:
        past = datetime.now(UTC) - timedelta(hours=1)
        await session.execute(update(Entitlement).values(starts_at=past - timedelta(days=1), ends_at=past))
    assert problem_of(await _enrol(client, paid, learner))["code"] == "enrolment.payment_required"
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    again = await _enrolled(client, paid, instructor, {"userId": str(learner.id), "endsAt": until})
    assert again["entitled"]
    assert await _count(services, Entitlement) == 1
