"""Modules and lessons: in order, made of what is there, open to whom they are open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text, update

from api.services import Services
from core.ids import new_id
from core.positions import LONG
from db.models import AssetState, Assignment, Enrolment, Entitlement, File, Lesson, Quiz
from tests.api.conftest import problem_of
from tests.support.courses import API, new_course, new_lesson, new_module, published_course
from tests.support.films import make_film
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]


@pytest.fixture
async def admin(sign_in: SignIn) -> Person:
    return await sign_in("admin", name="admin")


async def _curriculum(client: AsyncClient, course_id: str, person: Person | None = None) -> dict[str, Any]:
    answer = await client.get(f"{API}/courses/{course_id}/curriculum", headers=person.auth if person else {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _titles(client: AsyncClient, course_id: str, person: Person) -> list[tuple[str, list[str]]]:
    modules = (await _curriculum(client, course_id, person))["modules"]
    return [(module["title"], [lesson["title"] for lesson in module["lessons"]]) for module in modules]


async def _enrol(services: Services, course_id: str, person: Person) -> None:
    async with services.sessions.begin() as session:
        session.add(Enrolment(course_id=course_id, user_id=person.id))
        session.add(Entitlement(course_id=course_id, user_id=person.id, source="grant"))


async def test_modules_and_lessons_are_put_in_order(client: AsyncClient, instructor: Person) -> None:
    course = await new_course(client, instructor)
    first, second = [await new_module(client, instructor, course["id"], title) for title in ("1", "2")]
    front = await new_module(client, instructor, course["id"], "0", after=None)
    a, b, c = [await new_lesson(client, instructor, first["id"], title) for title in "abc"]
    await new_lesson(client, instructor, first["id"], "ab", after=a["id"])

    async def move(path: str, **body: Any) -> None:
        answer = await client.post(f"{API}/{path}/move", json=body, headers=instructor.auth)
        assert answer.status_code == 200, answer.text

    assert await _titles(client, course["id"], instructor) == [("0", []), ("1", ["a", "ab", "b", "c"]), ("2", [])]
    await move(f"modules/{second['id']}", after=None)
    await move(f"modules/{front['id']}", after=first["id"])
    await move(f"lessons/{c['id']}", moduleId=first["id"], after=None)
    await move(f"lessons/{b['id']}", moduleId=second["id"], after=None)
    await move(f"lessons/{a['id']}", moduleId=second["id"], after=b["id"])
    assert await _titles(client, course["id"], instructor) == [("2", ["b", "a"]), ("1", ["c", "ab"]), ("0", [])]
    # Where it is already.
    await move(f"lessons/{a['id']}", moduleId=second["id"], after=b["id"])
    assert (await _curriculum(client, course["id"], instructor))["modules"][0]["lessons"][1]["title"] == "a"
    lesson = (await client.get(f"{API}/lessons/{a['id']}", headers=instructor.auth)).json()
    assert (lesson["previousId"], lesson["moduleId"]) == (b["id"], second["id"])
    assert (lesson["nextId"], lesson["locked"]) == (c["id"], False)


async def test_moves_at_one_time_do_not_collide(client: AsyncClient, instructor: Person) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    lessons = [await new_lesson(client, instructor, module["id"], str(number)) for number in range(5)]
    body = {"moduleId": module["id"], "after": lessons[0]["id"]}
    moves = [client.post(f"{API}/lessons/{each['id']}/move", json=body, headers=instructor.auth) for each in lessons[1:]]
    made = [
        client.post(f"{API}/courses/{course['id']}/modules", json={"title": "m"}, headers=instructor.auth) for _ in range(4)
    ]
    answers = await asyncio.gather(*moves, *made)
    assert {answer.status_code for answer in answers} == {200, 201}
    titles = (await _titles(client, course["id"], instructor))[0][1]
    assert (titles[0], sorted(titles)) == ("0", ["0", "1", "2", "3", "4"])


async def test_long_keys_are_spread_anew(client: AsyncClient, services: Services, instructor: Person) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    lessons = [await new_lesson(client, instructor, module["id"], title) for title in "abc"]
    low, high = "V" * (LONG - 1) + "W", "V" * (LONG - 1) + "X"
    async with services.sessions.begin() as session:
        for lesson, position in zip(lessons, (low, high, "Z"), strict=True):
            await session.execute(update(Lesson).where(Lesson.id == lesson["id"]).values(position=position))
    await new_lesson(client, instructor, module["id"], "ab", after=lessons[0]["id"])
    assert (await _titles(client, course["id"], instructor))[0][1] == ["a", "ab", "b", "c"]
    async with services.sessions() as session:
        assert await session.scalar(text("SELECT max(length(position)) FROM lessons")) < 4
    body = {"moduleId": module["id"], "after": lessons[0]["id"]}
    assert (await client.post(f"{API}/lessons/{lessons[2]['id']}/move", json=body, headers=instructor.auth)).status_code == 200
    assert (await _titles(client, course["id"], instructor))[0][1] == ["a", "c", "ab", "b"]


async def test_things_go_behind_what_is_there(client: AsyncClient, instructor: Person) -> None:
    course, other = [await new_course(client, instructor) for _ in range(2)]
    module, foreign = [await new_module(client, instructor, each["id"]) for each in (course, other)]
    lesson, strange = [await new_lesson(client, instructor, each["id"]) for each in (module, foreign)]
    for path, body, code in (
        (f"modules/{module['id']}/move", {"after": foreign["id"]}, "module.after_unknown"),
        (f"modules/{module['id']}/move", {"after": module["id"]}, "module.after_unknown"),
        (f"lessons/{lesson['id']}/move", {"moduleId": foreign["id"], "after": None}, "lesson.module_unknown"),
        (f"lessons/{lesson['id']}/move", {"moduleId": module["id"], "after": strange["id"]}, "lesson.after_unknown"),
        (f"courses/{course['id']}/modules", {"title": "m", "after": foreign["id"]}, "module.after_unknown"),
        (f"modules/{module['id']}/lessons", {"title": "l", "kind": "text", "after": strange["id"]}, "lesson.after_unknown"),
        (f"modules/{module['id']}/lessons", {"title": "l", "kind": "text", "assetId": str(new_id())}, "lesson.wrong_kind"),
        (
            f"courses/{course['id']}/modules",
            {"title": "m", "opensAt": "2030-01-01T00:00:00Z", "opensAfterDays": 3},
            "curriculum.two_openings",
        ),
        (f"courses/{course['id']}/modules", {"title": "m", "opensAt": "0001-01-01T00:00:00+14:00"}, "request.bad_date"),
    ):
        answer = await client.post(f"{API}/{path}", json=body, headers=instructor.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (422, code), answer.text
        assert problem_of(answer)["errors"][0]["field"]


async def test_lessons_are_made_of_what_is_the_authors_or_the_courses(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    stranger = await sign_in("instructor")
    course, other = await new_course(client, instructor), await new_course(client, stranger)
    module = await new_module(client, instructor, course["id"])
    own, theirs = [(await make_film(services.sessions, services.storage, each.id)).asset_id for each in (instructor, stranger)]
    rows: dict[str, list[Any]] = {"file": [], "quiz": [], "assignment": []}
    for person, each in ((instructor, course), (stranger, other)):
        rows["file"].append(File(owner_id=person.id, filename="notes.pdf"))
        rows["quiz"].append(Quiz(course_id=each["id"], title="A quiz"))
        rows["assignment"].append(Assignment(course_id=each["id"], title="Work"))
    async with services.sessions.begin() as session:
        session.add_all([row for pair in rows.values() for row in pair])
    parts = {"video": ("assetId", own, theirs)} | {kind: (f"{kind}Id", good.id, bad.id) for kind, (good, bad) in rows.items()}
    for kind, (field, good, bad) in parts.items():
        for wrong in (bad, new_id()):
            body = {"title": "A lesson", "kind": kind, field: str(wrong)}
            answer = await client.post(f"{API}/modules/{module['id']}/lessons", json=body, headers=instructor.auth)
            code = "lesson.asset_unknown" if kind == "video" else f"lesson.{kind}_unknown"
            assert (answer.status_code, problem_of(answer)["code"]) == (422, code)
            assert problem_of(answer)["errors"][0]["field"] == field
        made = await new_lesson(client, instructor, module["id"], kind=kind, **{field: str(good)})
        assert made[field] == str(good)
    async with services.sessions() as session:
        file = await session.get_one(File, rows["file"][0].id)
    assert str(file.course_id) == course["id"]
    video = (await _curriculum(client, course["id"], instructor))["modules"][0]["lessons"][0]
    assert (video["kind"], video["durationS"]) == ("video", 60.0)
    seen = (await client.get(f"{API}/courses/{course['id']}", headers=instructor.auth)).json()
    assert (seen["lessonCount"], seen["durationS"]) == (4, 60)


async def test_a_co_instructor_keeps_what_the_lesson_shows_already(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id)
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    lesson = await new_lesson(client, instructor, module["id"], kind="video", assetId=str(film.asset_id))
    helper = await sign_in("instructor")
    url = f"{API}/courses/{course['id']}/instructors/{helper.id}"
    assert (await client.put(url, json={"permissions": ["edit"]}, headers=instructor.auth)).status_code == 200
    url = f"{API}/lessons/{lesson['id']}"
    body = {"title": "Better", "assetId": str(film.asset_id), "minutes": 3, "opensAfterDays": 7}
    changed = await client.patch(url, json=body, headers=helper.auth)
    assert (changed.status_code, changed.json()["title"], changed.json()["opensAfterDays"]) == (200, "Better", 7)
    changed = await client.patch(url, json={"assetId": None, "minutes": None, "opensAfterDays": None}, headers=helper.auth)
    assert (changed.json()["assetId"], changed.json()["minutes"], changed.json()["opensAfterDays"]) == (None, None, None)
    answer = await client.patch(url, json={"assetId": str(film.asset_id)}, headers=helper.auth)
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "lesson.asset_unknown")


async def test_deleting_a_module_deletes_its_lessons_alone(client: AsyncClient, services: Services, instructor: Person) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id, AssetState.READY)
    course = await new_course(client, instructor)
    kept, module = [await new_module(client, instructor, course["id"], title) for title in ("kept", "gone")]
    lesson = await new_lesson(client, instructor, module["id"], kind="video", assetId=str(film.asset_id))
    other = await new_lesson(client, instructor, kept["id"])
    assert (await client.delete(f"{API}/modules/{module['id']}", headers=instructor.auth)).status_code == 204
    for path in (f"lessons/{lesson['id']}", f"modules/{module['id']}"):
        answer = await client.delete(f"{API}/{path}", headers=instructor.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, path.split("s/")[0] + ".not_found")
    assert (await client.get(f"{API}/assets/{film.asset_id}", headers=instructor.auth)).status_code == 200
    assert (await client.delete(f"{API}/lessons/{other['id']}", headers=instructor.auth)).status_code == 204
    assert await _titles(client, course["id"], instructor) == [("kept", [])]


async def test_lessons_are_open_to_whom_they_are_open(
    client: AsyncClient, services: Services, instructor: Person, admin: Person, learner: Person, sign_in: SignIn
) -> None:
    course = await published_course(client, instructor, admin)
    module = await new_module(client, instructor, course["id"])
    preview = await new_lesson(client, instructor, module["id"], "preview", preview=True)
    plain = await new_lesson(client, instructor, module["id"], "plain")
    later = await new_lesson(client, instructor, module["id"], "later", opensAfterDays=7)
    await _enrol(services, course["id"], learner)
    stranger = await sign_in("learner")
    for person, lesson, expected in (
        (None, preview, 200),
        (None, plain, "enrolment.required"),
        (stranger, preview, 200),
        (stranger, plain, "enrolment.required"),
        (learner, plain, 200),
        (learner, later, "lesson.locked"),
        (instructor, later, 200),
        (admin, later, 200),
    ):
        answer = await client.get(f"{API}/lessons/{lesson['id']}", headers=person.auth if person else {})
        if expected == 200:
            assert (answer.status_code, answer.json()["title"]) == (200, lesson["title"])
        else:
            assert (answer.status_code, problem_of(answer)["code"]) == (403, expected)

    async def locks(person: Person | None) -> dict[str, str | None]:
        found = (await _curriculum(client, course["id"], person))["modules"][1]["lessons"]
        assert all(lesson["locked"] is (lesson["lockedReason"] is not None) for lesson in found)
        return {lesson["title"]: lesson["lockedReason"] for lesson in found}

    assert await locks(None) == {"preview": None, "plain": "not_enrolled", "later": "not_enrolled"}
    assert await locks(learner) == {"preview": None, "plain": None, "later": "opens_later"}
    assert await locks(instructor) == {"preview": None, "plain": None, "later": None}


async def test_lessons_of_drafts_are_not_there_for_others(client: AsyncClient, instructor: Person, sign_in: SignIn) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    lesson = await new_lesson(client, instructor, module["id"], preview=True)
    stranger = await sign_in("instructor")
    nothing = problem_of(await client.get(f"{API}/lessons/{new_id()}"))
    for headers in ({}, stranger.auth):
        problem = problem_of(await client.get(f"{API}/lessons/{lesson['id']}", headers=headers))
        assert {**problem, "requestId": ""} == {**nothing, "requestId": ""}
    for method, path, body, code in (
        ("PATCH", f"lessons/{lesson['id']}", {"title": "Mine"}, "lesson.not_found"),
        ("DELETE", f"modules/{module['id']}", None, "module.not_found"),
        ("POST", f"modules/{module['id']}/lessons", {"title": "Mine", "kind": "text"}, "module.not_found"),
    ):
        answer = await client.request(method, f"{API}/{path}", json=body, headers=stranger.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, code)


async def test_lessons_never_come_before_themselves(client: AsyncClient, instructor: Person) -> None:
    course, other = [await new_course(client, instructor) for _ in range(2)]
    module, foreign = [await new_module(client, instructor, each["id"]) for each in (course, other)]
    a, b, c = [await new_lesson(client, instructor, module["id"], title) for title in "abc"]
    strange = await new_lesson(client, instructor, foreign["id"])

    async def require(lesson: dict[str, Any], *required: dict[str, Any]) -> tuple[int, Any]:
        body = {"lessonIds": [each["id"] for each in required]}
        answer = await client.put(f"{API}/lessons/{lesson['id']}/prerequisites", json=body, headers=instructor.auth)
        return answer.status_code, answer.json().get("code", answer.json().get("requires"))

    assert await require(b, a, a) == (200, [a["id"]])
    assert await require(c, a, b) == (200, sorted([a["id"], b["id"]]))
    assert await require(a, c) == (422, "lesson.prerequisite_cycle")
    assert await require(a, a) == (422, "lesson.prerequisite_cycle")
    assert await require(a, strange) == (422, "lesson.prerequisite_unknown")
    assert await require(c) == (200, [])
    assert await require(a, c) == (200, [c["id"]])
    lessons = (await _curriculum(client, course["id"], instructor))["modules"][0]["lessons"]
    assert [lesson["requires"] for lesson in lessons] == [[c["id"]], [a["id"]], []]


async def test_a_lesson_is_rendered_and_its_pictures_are_signed_for_the_reader(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    course = await new_course(client, instructor)
    module = await new_module(client, instructor, course["id"])
    body = "# One\n\n<script>alert(1)</script>\n\nA\r\nB"
    lesson = await new_lesson(client, instructor, module["id"], body=body)
    assert lesson["body"] == body
    assert lesson["bodyHtml"].startswith("<h1>One</h1>\n<p>&lt;script&gt;")
    answer = await client.patch(f"{API}/lessons/{lesson['id']}", json={"kind": "video"}, headers=instructor.auth)
    assert answer.status_code == 400
    answer = await client.patch(f"{API}/lessons/{lesson['id']}", json={"title": None}, headers=instructor.auth)
    assert answer.status_code == 400
