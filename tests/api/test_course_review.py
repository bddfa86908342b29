"""From draft to published and back, and who teaches: by the table of moves, and by what a course has to have."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from api.services import Services
from core.catalog import MOVES, CourseAction, CourseState
from core.ids import new_id
from db.models import AssetState, Course, Question, Quiz, User
from tests.api.conftest import problem_of
from tests.support.courses import API, new_course, new_lesson, new_module, published_course
from tests.support.films import make_film
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
BODIES = {CourseAction.REJECT: {"note": "More, please."}}


@pytest.fixture
async def admin(sign_in: SignIn) -> Person:
    return await sign_in("admin", name="admin")


async def _act(client: AsyncClient, person: Person, course_id: str, action: str, **body: str) -> tuple[int, str]:
    """Status, and the new state or the problem's code."""
    sent = body or BODIES.get(CourseAction(action))
    answer = await client.post(f"{API}/courses/{course_id}/{action}", json=sent, headers=person.auth)
    return answer.status_code, problem_of(answer)["code"] if answer.status_code >= 400 else answer.json()["state"]


async def test_every_move_of_the_table_is_made_and_no_other(
    client: AsyncClient, services: Services, instructor: Person, admin: Person
) -> None:
    course = await published_course(client, instructor, admin)
    for state, action in product(CourseState, CourseAction):
        archived_at = services.clock() if state is CourseState.ARCHIVED else None
        async with services.sessions.begin() as session:
            values = {"state": state, "archived_at": archived_at, "taken_down_reason": None}
            await session.execute(update(Course).where(Course.id == course["id"]).values(values))
        to = MOVES.get((state, action))
        expected = (200, to.value) if to else (409, "course.wrong_state")
        assert await _act(client, admin, course["id"], action) == expected, (state, action)


async def test_a_course_is_reviewed_before_it_is_published(
    client: AsyncClient, instructor: Person, admin: Person, learner: Person
) -> None:
    course = await new_course(client, instructor)
    course_id = course["id"]
    assert await _act(client, instructor, course_id, "submit") == (422, "course.incomplete")
    module = await new_module(client, instructor, course_id)
    await new_lesson(client, instructor, module["id"])
    assert await _act(client, instructor, course_id, "publish") == (403, "course.review_required")
    assert await _act(client, instructor, course_id, "submit") == (200, "in_review")
    assert [each["id"] for each in (await client.get(f"{API}/courses/review", headers=admin.auth)).json()["items"]] == [
        course_id
    ]
    for person in (instructor, learner):
        assert (await client.get(f"{API}/courses/review", headers=person.auth)).status_code == 403
        assert await _act(client, person, course_id, "approve") == (403, "auth.role_missing")
        assert await _act(client, person, course_id, "reject", note="No.") == (403, "auth.role_missing")
    assert await _act(client, admin, course_id, "reject", note="The text is short.") == (200, "draft")
    seen = (await client.get(f"{API}/courses/{course_id}", headers=instructor.auth)).json()
    assert seen["review"]["note"] == "The text is short."
    assert await _act(client, instructor, course_id, "submit") == (200, "in_review")
    assert await _act(client, admin, course_id, "approve") == (200, "published")
    first = (await client.get(f"{API}/courses/{course_id}")).json()["publishedAt"]
    assert await _act(client, instructor, course_id, "archive") == (200, "archived")
    assert await _act(client, instructor, course_id, "restore") == (200, "published")
    assert (await client.get(f"{API}/courses/{course_id}")).json()["publishedAt"] == first


async def test_who_submits_learns_which_lessons_lack_what(
    client: AsyncClient, services: Services, instructor: Person, admin: Person
) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    films = [
        await make_film(services.sessions, services.storage, instructor.id, state)
        for state in (AssetState.UPLOADED, AssetState.PLAYABLE)
    ]
    quiz = Quiz(course_id=course["id"], title="Empty")
    async with services.sessions.begin() as session:
        session.add(quiz)
    lacking = {
        (await new_lesson(client, instructor, module["id"], title, **more))["id"]: lack
        for title, lack, more in (
            ("a", "has no text.", {"body": " \n"}),
            ("b", "has no video that plays.", {"kind": "video"}),
            ("c", "has no video that plays.", {"kind": "video", "assetId": str(films[0].asset_id)}),
            ("d", "has no file that is ready.", {"kind": "file"}),
            ("e", "has no quiz with questions.", {"kind": "quiz", "quizId": str(quiz.id)}),
            ("f", "has no assignment.", {"kind": "assignment"}),
        )
    }
    good = [
        await new_lesson(client, instructor, module["id"], "g"),
        await new_lesson(client, instructor, module["id"], "h", kind="video", assetId=str(films[1].asset_id), body=""),
    ]
    for person, action in ((instructor, "submit"), (admin, "publish")):
        answer = await client.post(f"{API}/courses/{course['id']}/{action}", headers=person.auth)
        assert answer.status_code == 422
        told = {
            each["field"].removeprefix("lessons/"): each["message"].split("\u201d ")[1] for each in problem_of(answer)["errors"]
        }
        assert told == lacking
    async with services.sessions.begin() as session:
        question = Question(quiz_id=quiz.id, position="V", kind="essay", prompt="Why?", content={})
        session.add(question)
    for lesson_id in lacking:
        await client.delete(f"{API}/lessons/{lesson_id}", headers=instructor.auth)
    await new_lesson(client, instructor, module["id"], kind="quiz", quizId=str(quiz.id))
    assert good
    assert await _act(client, instructor, course["id"], "submit") == (200, "in_review")


async def test_what_an_admin_takes_down_only_an_admin_brings_back(
    client: AsyncClient, instructor: Person, admin: Person
) -> None:
    course = await published_course(client, instructor, admin)
    assert await _act(client, admin, course["id"], "archive", reason="Copied from a book.") == (200, "archived")
    seen = (await client.get(f"{API}/courses/{course['id']}", headers=instructor.auth)).json()
    assert seen["review"]["takenDownReason"] == "Copied from a book."
    assert await _act(client, instructor, course["id"], "restore") == (403, "course.taken_down")
    assert await _act(client, admin, course["id"], "restore") == (200, "published")
    assert await _act(client, instructor, course["id"], "archive", reason="A pause.") == (200, "archived")
    assert await _act(client, instructor, course["id"], "restore") == (200, "published")


async def test_of_two_reviewers_one_decides(client: AsyncClient, instructor: Person, admin: Person) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    await new_lesson(client, instructor, module["id"])
    await _act(client, instructor, course["id"], "submit")
    answers = await asyncio.gather(
        _act(client, admin, course["id"], "approve"), _act(client, admin, course["id"], "reject", note="No.")
    )
    assert sorted(status for status, _ in answers) == [200, 409]


# What each permission opens: PATCH the course, submit it, list its co-instructors, choose them.
@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ([], (403, 403, 403, 403)),
        (["edit"], (200, 403, 200, 403)),
        (["publish"], (403, 200, 403, 403)),
        (["enrol", "grade"], (403, 403, 403, 403)),
        (["edit", "publish", "enrol", "grade"], (200, 200, 200, 403)),
    ],
)
async def test_co_instructors_do_what_they_may(
    client: AsyncClient, instructor: Person, sign_in: SignIn, permissions: list[str], expected: tuple[int, ...]
) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    await new_lesson(client, instructor, module["id"])
    helper = await sign_in("instructor", name="helper")
    url = f"{API}/courses/{course['id']}"
    answer = await client.put(f"{url}/instructors/{helper.id}", json={"permissions": permissions}, headers=instructor.auth)
    assert [(each["id"], each["permissions"]) for each in answer.json()] == [(str(helper.id), sorted(permissions))]
    seen = (await client.get(url, headers=helper.auth)).json()
    assert seen["mine"] == {"permissions": sorted(permissions), "enrolled": False}
    assert [each["displayName"] for each in seen["instructors"]] == ["helper"]
    answers = [
        await client.patch(url, json={"title": "Another"}, headers=helper.auth),
        await client.post(f"{url}/submit", headers=helper.auth),
        await client.get(f"{url}/instructors", headers=helper.auth),
        await client.put(f"{url}/instructors/{helper.id}", json={"permissions": ["edit"]}, headers=helper.auth),
    ]
    assert tuple(answer.status_code for answer in answers) == expected
    assert {problem_of(each)["code"] for each in answers if each.status_code == 403} <= {"course.not_yours"}
    assert (await client.delete(f"{url}/instructors/{helper.id}", headers=instructor.auth)).status_code == 204
    assert (await client.get(url, headers=helper.auth)).status_code == 404


async def test_co_instructors_are_people_who_are_there(
    client: AsyncClient, services: Services, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    course = await new_course(client, instructor)
    url = f"{API}/courses/{course['id']}/instructors"
    gone = await sign_in("instructor")
    async with services.sessions.begin() as session:
        await session.execute(update(User).where(User.id == gone.id).values(disabled_at=services.clock()))
    for user_id, status, code in (
        (instructor.id, 422, "instructor.is_owner"),
        (new_id(), 404, "user.not_found"),
        (gone.id, 404, "user.not_found"),
    ):
        answer = await client.put(f"{url}/{user_id}", json={"permissions": ["edit"]}, headers=instructor.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    answer = await client.put(f"{url}/{learner.id}", json={"permissions": ["rule"]}, headers=instructor.auth)
    assert answer.status_code == 400
    body = {"email": learner.email.upper(), "permissions": ["grade", "grade"]}
    answer = await client.post(url, json=body, headers=instructor.auth)
    assert [(each["id"], each["permissions"]) for each in answer.json()] == [(str(learner.id), ["grade"])]
    answer = await client.post(url, json={"email": "nobody@example.org", "permissions": []}, headers=instructor.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (404, "user.not_found")


async def test_a_course_is_handed_over_to_another_instructor(
    client: AsyncClient, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    course = await new_course(client, instructor)
    url = f"{API}/courses/{course['id']}"
    heir = await sign_in("instructor", name="heir")
    for person in (learner.id, new_id()):
        answer = await client.put(f"{url}/owner", json={"userId": str(person)}, headers=instructor.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (422, "course.owner_unfit")
    await client.put(f"{url}/instructors/{heir.id}", json={"permissions": []}, headers=instructor.auth)
    answer = await client.put(f"{url}/owner", json={"userId": str(heir.id)}, headers=heir.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "course.not_yours")
    answer = await client.put(f"{url}/owner", json={"userId": str(heir.id)}, headers=instructor.auth)
    assert (answer.json()["owner"]["displayName"], answer.json()["mine"]["permissions"]) == (
        "heir",
        ["edit", "enrol", "grade", "publish"],
    )
    assert [each["id"] for each in answer.json()["instructors"]] == [str(instructor.id)]
    answer = await client.put(f"{url}/owner", json={"userId": str(instructor.id)}, headers=instructor.auth)
    assert answer.status_code == 403


async def test_courses_never_come_before_themselves(client: AsyncClient, instructor: Person, admin: Person) -> None:
    a, b, c = [await published_course(client, instructor, admin, title) for title in "abc"]
    draft = await new_course(client, instructor)

    async def require(course: dict[str, str], *required: dict[str, str]) -> tuple[int, object]:
        body = {"courseIds": [each["id"] for each in required]}
        answer = await client.put(f"{API}/courses/{course['id']}/prerequisites", json=body, headers=instructor.auth)
        told = answer.json()
        return answer.status_code, told.get("code") or [each["title"] for each in told["prerequisites"]]

    assert await require(b, a, a) == (200, ["a"])
    assert await require(c, b) == (200, ["b"])
    assert await require(a, c) == (422, "course.prerequisite_cycle")
    assert await require(a, a) == (422, "course.prerequisite_cycle")
    assert await require(a, draft) == (422, "course.prerequisite_unknown")
    assert await require(a, {"id": str(new_id())}) == (422, "course.prerequisite_unknown")
    seen = (await client.get(f"{API}/courses/{c['id']}")).json()
    assert [each["slug"] for each in seen["prerequisites"]] == [b["slug"]]
    await _act(client, instructor, b["id"], "archive")
    assert (await client.get(f"{API}/courses/{c['id']}")).json()["prerequisites"] == []
    # What is not shown stays, whether it is named or not, and counts again once it is published.
    d = await published_course(client, instructor, admin, "d")
    assert await require(c, b) == (200, [])
    assert await require(c, d) == (200, ["d"])
    await _act(client, instructor, b["id"], "restore")
    await _act(client, instructor, b["id"], "submit")
    await _act(client, admin, b["id"], "publish")
    assert sorted(each["title"] for each in (await client.get(f"{API}/courses/{c['id']}")).json()["prerequisites"]) == [
        "b",
        "d",
    ]
    assert await require(c) == (200, [])
    both = await asyncio.gather(require(a, c), require(c, a))
    assert sorted(status for status, _ in both) == [200, 422]
