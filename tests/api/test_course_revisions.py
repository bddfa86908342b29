"""What a course was is kept, can be read, and can be gone back to, with its lessons being the same ones again."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import delete, event, select, update

from api.course_archive import write_archive
from api.services import Services
from core.catalog import LessonKind
from db.models import Asset, AuditEntry, Course, Lesson, LessonPrerequisite, Module, Question, Quiz
from domain import course_revisions
from domain.policies import Actor
from ops.demo_course.content import read_course
from tests.api.conftest import problem_of
from tests.api.test_course_archive import bring, course_with
from tests.support.films import make_film
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]
LESSONS = [
    {"id": "first", "kind": "text", "title": "First", "body": "One.", "minutes": 5},
    {"id": "second", "kind": "text", "title": "Second", "body": "Two.", "requires": ["first"]},
    {"id": "asked", "kind": "quiz", "title": "Asked", "quiz": "q"},
]
QUIZ = {
    "id": "q",
    "title": "Q",
    "questions": [
        {"prompt": "Is it?", "content": {"kind": "true_false", "answer": True}},
        {"prompt": "How many?", "content": {"kind": "numeric", "value": "3"}, "points": "2.5"},
    ],
}


@pytest.fixture
async def course_id(client: AsyncClient, instructor: Person) -> str:
    """A draft of three lessons in two modules."""
    modules = [{"title": "Begin", "lessons": LESSONS[:2]}, {"title": "End", "lessons": LESSONS[2:]}]
    answer = await bring(client, instructor, course_with(modules=modules, quizzes=[QUIZ]))
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["course"]["id"]
    return found


@contextmanager
def counted(services: Services) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    statements: list[str] = []

    def count(_: Any, __: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(services.engine.sync_engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(services.engine.sync_engine, "before_cursor_execute", count)


async def keep(client: AsyncClient, person: Person, course_id: str, note: str = "As it was") -> dict[str, Any]:
    answer = await client.post(f"/api/v1/courses/{course_id}/revisions", json={"note": note}, headers=person.auth)
    assert answer.status_code == 201, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


async def test_a_restored_course_is_what_it_was_with_the_same_lessons(
    client: AsyncClient, services: Services, instructor: Person, course_id: str
) -> None:
    path = f"/api/v1/courses/{course_id}"
    assert (await keep(client, instructor, course_id))["number"] == 1
    before = await client.get(f"{path}/revisions/1", headers=instructor.auth)
    async with services.sessions.begin() as session:
        lessons = {lesson.title: lesson for lesson in await session.scalars(select(Lesson))}
        first, second, asked = lessons["First"], lessons["Second"], lessons["Asked"]
        begin = await session.get_one(Module, first.module_id)
        end = await session.get_one(Module, asked.module_id)
        # Modules and lessons change places, one goes, one comes, texts and questions change.
        begin.position, end.position = "z", "A"
        first.module_id, first.position, first.body = end.id, "zz", "Another one."
        await session.delete(second)
        new = Lesson(course_id=UUID(course_id), module_id=end.id, title="New", kind=LessonKind.TEXT, position="zzz")
        session.add(new)
        await session.execute(delete(Question).where(Question.prompt == "Is it?"))
        course = await session.get_one(Course, UUID(course_id))
        course.title, course.slug, course.price_minor = "Another title", "another-slug", 500
    answer = await client.post(f"{path}/revisions/1/restore", headers=instructor.auth)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["warnings"] == []
    assert (body["revision"]["number"], body["revision"]["reason"]) == (3, "Revision 1 was restored")
    assert (body["course"]["title"], body["course"]["lessonCount"]) == ("A small course", 3)
    # Its address and its price are not content.
    assert (body["course"]["slug"], body["course"]["price"]["amountMinor"]) == ("another-slug", 500)
    after = await client.get(f"{path}/revisions/3", headers=instructor.auth)
    was, now = before.json()["document"], after.json()["document"]
    for each in (was, now):
        each["course"].pop("slug")
        each["course"].pop("price", None)
    assert now == was
    async with services.sessions() as session:
        again = {lesson.title: lesson.id for lesson in await session.scalars(select(Lesson))}
        required = (await session.execute(select(LessonPrerequisite.lesson_id, LessonPrerequisite.required_id))).all()
        quiz = (await session.scalars(select(Quiz))).one()
    assert again == {"First": first.id, "Second": second.id, "Asked": asked.id}
    assert [tuple(row) for row in required] == [(second.id, first.id)]
    assert quiz.revision == 2


async def test_a_restored_course_shows_again_what_is_still_its_own_to_show(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    left = await sign_in("instructor", name="left")
    mine, theirs, gone = [
        await make_film(services.sessions, services.storage, who.id) for who in (instructor, left, instructor)
    ]
    lessons = [{"id": name, "kind": "video", "title": name} for name in ("mine", "theirs", "gone")]
    made = (await bring(client, instructor, course_with(modules=[{"title": "M", "lessons": lessons}]))).json()["course"]
    films = {"mine": mine, "theirs": theirs, "gone": gone}
    async with services.sessions.begin() as session:
        for lesson in await session.scalars(select(Lesson)):
            lesson.asset_id = films[lesson.title].asset_id
    await keep(client, instructor, made["id"])
    async with services.sessions.begin() as session:
        await session.execute(update(Lesson).values(asset_id=None))
        await session.execute(update(Asset).values(playable_version_id=None, live_version_id=None, state="uploaded"))
        await session.execute(delete(Asset).where(Asset.id == gone.asset_id))
    answer = await client.post(f"/api/v1/courses/{made['id']}/revisions/1/restore", headers=instructor.auth)
    found = {(each["code"], each["lesson"]) for each in answer.json()["warnings"]}
    assert found == {("archive.asset_open", "theirs"), ("archive.asset_open", "gone")}
    async with services.sessions() as session:
        linked = {lesson.title: lesson.asset_id for lesson in await session.scalars(select(Lesson))}
    assert linked == {"mine": mine.asset_id, "theirs": None, "gone": None}


async def test_what_was_before_a_restoration_can_be_had_back(client: AsyncClient, instructor: Person, course_id: str) -> None:
    path = f"/api/v1/courses/{course_id}"
    await keep(client, instructor, course_id)
    await client.patch(path, json={"title": "A better title"}, headers=instructor.auth)
    await client.post(f"{path}/revisions/1/restore", headers=instructor.auth)
    listed = (await client.get(f"{path}/revisions", headers=instructor.auth)).json()["items"]
    assert [(each["number"], each["reason"]) for each in listed] == [
        (3, "Revision 1 was restored"),
        (2, "Before revision 1 was restored"),
        (1, "As it was"),
    ]
    answer = await client.post(f"{path}/revisions/2/restore", headers=instructor.auth)
    assert answer.json()["course"]["title"] == "A better title"


async def test_the_list_comes_in_pages_and_names_authors(client: AsyncClient, instructor: Person, course_id: str) -> None:
    path = f"/api/v1/courses/{course_id}/revisions"
    for number in range(3):
        await keep(client, instructor, course_id, f"Note {number}")
    first = (await client.get(path, params={"limit": 2}, headers=instructor.auth)).json()
    assert [each["number"] for each in first["items"]] == [3, 2]
    assert first["items"][0]["author"]["id"] == str(instructor.id)
    rest = (await client.get(path, params={"limit": 2, "cursor": first["nextCursor"]}, headers=instructor.auth)).json()
    assert ([each["number"] for each in rest["items"]], rest["nextCursor"]) == ([1], None)


async def test_revisions_are_kept_when_a_course_is_submitted_and_published(
    client: AsyncClient, services: Services, instructor: Person, sign_in: SignIn
) -> None:
    text = {"kind": "text", "title": "T", "body": "Text."}
    made = (await bring(client, instructor, course_with(modules=[{"title": "M", "lessons": [text]}]))).json()["course"]
    path = f"/api/v1/courses/{made['id']}"
    assert (await client.post(f"{path}/submit", headers=instructor.auth)).status_code == 200
    admin = await sign_in("admin")
    assert (await client.post(f"{path}/approve", headers=admin.auth)).status_code == 200
    listed = (await client.get(f"{path}/revisions", headers=instructor.auth)).json()["items"]
    assert [each["reason"] for each in listed] == ["Published", "Submitted for review"]
    async with services.sessions() as session:
        noted = select(AuditEntry.action).where(AuditEntry.action == "course.revision_kept")
        assert len((await session.scalars(noted)).all()) == 2


async def test_who_may_not_edit_learns_nothing(
    client: AsyncClient, learner: Person, instructor: Person, course_id: str
) -> None:
    await keep(client, instructor, course_id)
    path = f"/api/v1/courses/{course_id}/revisions"
    for method, address in (("GET", path), ("GET", f"{path}/1"), ("POST", f"{path}/1/restore")):
        answer = await client.request(method, address, headers=learner.auth)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "course.not_found")
        assert (await client.request(method, address)).status_code == 401


async def test_unknown_revisions_and_stale_restorations_are_refused(
    client: AsyncClient, instructor: Person, course_id: str
) -> None:
    path = f"/api/v1/courses/{course_id}/revisions"
    for number, status in (("7", 404), ("0", 400), ("-1", 400), (str(2**31), 400), (str(2**70), 400)):
        answer = await client.get(f"{path}/{number}", headers=instructor.auth)
        assert answer.status_code == status, number
    await keep(client, instructor, course_id)
    stale = {**instructor.auth, "If-Match": '"000000000000-7"'}
    answer = await client.post(f"{path}/1/restore", headers=stale)
    assert (answer.status_code, problem_of(answer)["code"]) == (412, "request.stale")


async def test_only_the_newest_revisions_stay(
    services: Services, client: AsyncClient, instructor: Person, course_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_revisions, "MAX_REVISIONS", 2)
    actor = Actor(instructor.id, frozenset({"instructor"}))
    for number in range(4):
        async with services.sessions.begin() as session:
            course = await session.get_one(Course, UUID(course_id))
            await course_revisions.keep(session, actor, course, f"Note {number}")
    listed = (await client.get(f"/api/v1/courses/{course_id}/revisions", headers=instructor.auth)).json()["items"]
    assert [each["number"] for each in listed] == [4, 3]


async def test_a_long_course_is_written_and_restored_in_as_many_queries_as_a_short_one(
    client: AsyncClient, services: Services, instructor: Person, course_id: str
) -> None:
    long = (await bring(client, instructor, write_archive(read_course()))).json()["course"]["id"]
    counts = []
    for each in (course_id, long):
        await keep(client, instructor, each)
        with counted(services) as statements:
            answer = await client.get(f"/api/v1/courses/{each}/export", headers=instructor.auth)
        assert answer.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
