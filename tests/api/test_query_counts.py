"""No route asks the database more often because there is more to show: statements are counted, for one thing and for twenty."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import event, select, update

from api.services import Services
from core.catalog import CourseState, LessonKind
from core.ids import new_id
from core.positions import spread
from db import caches
from db.models import Course, CourseInstructor, CoursePrerequisite, Lesson, LessonPrerequisite, Module
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]

MANY = 20
# Who asks for what: `{course}`, `{slug}` and `{lesson}` are of a course with as many of everything as is being counted.
ROUTES = [
    ("anonymous", "/courses?limit=100"),
    ("anonymous", "/courses?limit=100&sort=title"),
    ("owner", "/courses/mine?limit=100"),
    ("admin", "/courses/review?limit=100"),
    ("anonymous", "/courses/{course}"),
    ("anonymous", "/courses/by-slug/{slug}"),
    ("owner", "/courses/by-slug/{slug}"),
    ("anonymous", "/courses/{course}/curriculum"),
    ("owner", "/courses/{course}/curriculum"),
    ("owner", "/courses/{course}/instructors"),
    ("anonymous", "/lessons/{lesson}"),
    ("owner", "/lessons/{lesson}"),
]
# What these may cost at most, where it is promised.
PROMISED = {"/courses?limit=100": 1, "/courses/by-slug/{slug}": 1}


@dataclass(slots=True)
class Statements:
    """The statements that were sent while somebody listened."""

    sent: list[str] = field(default_factory=list)


@pytest.fixture
def counting(services: Services) -> Callable[[], Any]:
    """`with counting() as statements: ...`: what the application sends to the database meanwhile."""

    @contextmanager
    def listen() -> Iterator[Statements]:
        found = Statements()

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            found.sent.append(statement)

        engines = [services.engine.sync_engine, services.reader.engine.sync_engine]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    return listen


@pytest.fixture
async def people(sign_in: SignIn) -> dict[str, Person]:
    return {"owner": await sign_in("instructor", name="owner"), "admin": await sign_in("admin", name="admin")}


async def _courses(services: Services, owner_id: UUID, count: int, helpers: list[UUID]) -> dict[str, str]:
    """`count` published courses and as many in review; the last one has `count` of everything. Returns its names."""
    async with services.sessions.begin() as session:
        # No answer that was kept is given again.
        caches.touch(session, caches.CATALOG)
        made = []
        for state in (CourseState.IN_REVIEW, CourseState.PUBLISHED):
            for number in range(count):
                at = services.clock() if state is CourseState.PUBLISHED else None
                made.append(
                    Course(owner_id=owner_id, slug=f"c-{new_id().hex}", title=f"Course {number}", state=state, published_at=at)
                )
        session.add_all(made)
        await session.flush()
        course = made[-1]
        lessons: list[Lesson] = []
        for position in spread(count):
            module = Module(course_id=course.id, title="A module", position=position)
            session.add(module)
            await session.flush()
            lessons.append(
                Lesson(
                    course_id=course.id, module_id=module.id, title="A text", kind=LessonKind.TEXT, position="V", preview=True
                )
            )
        session.add_all(lessons)
        await session.flush()
        session.add_all(LessonPrerequisite(lesson_id=each.id, required_id=lessons[0].id) for each in lessons[1:])
        session.add_all(CourseInstructor(course_id=course.id, user_id=each, permissions=["edit"]) for each in helpers[:count])
        session.add_all(CoursePrerequisite(course_id=course.id, required_id=each.id) for each in made[count:-1])
    return {"course": str(course.id), "slug": course.slug, "lesson": str(lessons[-1].id)}


async def test_no_route_asks_more_often_for_more(
    client: AsyncClient, services: Services, people: dict[str, Person], counting: Callable[[], Any], sign_in: SignIn
) -> None:
    helpers = [(await sign_in("instructor")).id for _ in range(3)]
    for person in people.values():
        # What is asked once for a sign-in, and kept.
        await client.get("/api/v1/users/me", headers=person.auth)
    found: dict[int, dict[str, list[str]]] = {}
    for count in (1, MANY):
        names = await _courses(services, people["owner"].id, count, helpers)
        found[count] = {}
        for who, path in ROUTES:
            headers = people[who].auth if who in people else {}
            with counting() as statements:
                answer = await client.get(f"/api/v1{path.format(**names)}", headers=headers)
            assert answer.status_code == 200, answer.text
            found[count][f"{who} {path}"] = statements.sent
    assert {route: len(sent) for route, sent in found[1].items()} == {route: len(sent) for route, sent in found[MANY].items()}
    for path, most in PROMISED.items():
        assert len(found[MANY][f"anonymous {path}"]) <= most


@pytest.mark.usefixtures("client")
async def test_the_counter_counts(services: Services, counting: Callable[[], Any]) -> None:
    with counting() as statements:
        async with services.sessions() as session:
            for _ in range(3):
                await session.execute(select(Course.id).limit(1))
            await session.execute(update(Course).where(Course.title == "none").values(title="none"))
    assert len(statements.sent) == 4
