"""Quizzes, questions and assignments, as their authors write them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import delete, event, select, update

from api.services import Services
from core import positions
from core.catalog import LessonKind
from core.ids import new_id
from db.models import Assignment, AuditEntry, Course, CourseInstructor, Lesson, Question, Quiz
from domain import quizzes
from tests.api.conftest import problem_of
from tests.lessons.test_assessment_rules import MALFORMED, RIGHT, WRONG
from tests.support.people import token_for
from tests.support.school import School, make_school

API = "/api/v1"
TRUE = {"kind": "true_false", "answer": True}


class Author:
    """Calls the routes as somebody of the school; `ok` are the answers that are expected."""

    def __init__(self, client: AsyncClient, services: Services, school: School) -> None:
        self.client, self.services, self.school = client, services, school
        self.course = f"/courses/{school.ids['course_id']}"
        self._tokens: dict[str, dict[str, str]] = {}

    async def ask(self, method: str, path: str, body: Any = None, *, who: str = "owner", **headers: str) -> Response:
        if who not in self._tokens:
            self._tokens[who] = {} if who == "anonymous" else await token_for(self.services, self.school.people[who])
        more = {} if body is None else {"json": body}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, API + path, headers={**self._tokens[who], **sent}, **more)

    async def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = await self.ask(method, path, body, **headers)
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        answer = await self.ask(method, path, body, **headers)
        return answer.status_code, problem_of(answer)["code"]

    async def quiz(self, **values: Any) -> str:
        return str((await self.ok("POST", f"{self.course}/quizzes", {"title": "Caches", **values}))["id"])

    async def question(self, quiz_id: str, **values: Any) -> dict[str, Any]:
        body = {"prompt": "Is it *so*?", "content": TRUE, **values}
        made: dict[str, Any] = await self.ok("POST", f"/quizzes/{quiz_id}/questions", body)
        return made

    async def prompts(self, quiz_id: str) -> list[str]:
        return [question["prompt"] for question in (await self.ok("GET", f"/quizzes/{quiz_id}"))["questions"]]

    async def use_in_lesson(self, kind: LessonKind, **what: UUID) -> UUID:
        ids = {name: UUID(self.school.ids[name]) for name in ("course_id", "module_id")}
        lesson = Lesson(id=new_id(), **ids, title="Used", kind=kind, position=new_id().hex, **what)
        async with self.services.sessions.begin() as session:
            session.add(lesson)
        return lesson.id


@pytest.fixture
async def author(client: AsyncClient, services: Services) -> Author:
    return Author(client, services, await make_school(services.sessions, services.storage))


async def test_a_quiz_is_written_question_by_question(author: Author) -> None:
    rules = {
        "timeLimitS": 600,
        "attempts": 2,
        "shuffleChoices": True,
        "pools": [{"name": "hard", "pick": 2}],
        "passPercent": 70,
    }
    made = await author.ok("POST", f"{author.course}/quizzes", {"title": " Caches ", "instructions": "**Go**", "rules": rules})
    assert (made["title"], made["instructionsHtml"].strip(), made["questions"]) == ("Caches", "<p><strong>Go</strong></p>", [])
    assert made["rules"] == {
        **rules, "shuffleQuestions": False, "negativeMarking": False, "feedback": "after", "showAnswers": False
    }  # fmt: skip
    assert [problem["field"] for problem in made["problems"]] == ["questions", "rules.pools"]

    question = await author.question(
        made["id"],
        points="2.5",
        penalty="0.25",
        pool="hard",
        feedback={"right": "Yes.", "wrong": "No."},
        atS=12.3456,
        tags=["cache", "cache", "http"],
    )
    assert (question["promptHtml"].strip(), question["content"]["answer"]) == ("<p>Is it <em>so</em>?</p>", True)
    assert (question["points"], question["penalty"], question["atS"]) == ("2.50", "0.25", 12.346)
    assert (question["tags"], question["feedback"]["general"]) == (["cache", "http"], "")

    await author.question(made["id"], pool="hard", prompt="Second")
    view = await author.ok("GET", f"/quizzes/{made['id']}", who="assistant")
    assert view["questions"][0] == question
    assert (view["points"], view["problems"], view["revision"]) == ("3.50", [], 3)


@pytest.mark.parametrize("content", RIGHT.values(), ids=RIGHT)
async def test_questions_of_every_kind_come_back_as_they_were_sent(author: Author, content: dict[str, Any]) -> None:
    question = await author.question(await author.quiz(), content=content)
    assert {name: question["content"][name] for name in content if name != "choices"} == {
        name: value for name, value in content.items() if name != "choices"
    }
    if "choices" in content:
        assert question["content"]["choices"] == [{**choice, "feedback": ""} for choice in content["choices"]]


async def test_what_makes_no_sense_is_422_and_what_is_malformed_400(author: Author) -> None:
    url = f"/quizzes/{await author.quiz()}/questions"
    for name, (content, code, field) in WRONG.items():
        answer = await author.ask("POST", url, {"prompt": "?", "content": content})
        assert (answer.status_code, problem_of(answer)["code"]) == (422, code), name
        assert problem_of(answer)["errors"][0]["field"] == field
    for name, content in MALFORMED.items():
        assert (await author.ask("POST", url, {"prompt": "?", "content": content})).status_code == 400, name
    bodies: list[dict[str, Any]] = [
        {"points": "1.234"}, {"points": "-1"}, {"points": "1e3"}, {"points": 1}, {"points": "NaN"}, {"penalty": "1000000"},
        {"prompt": ""}, {"prompt": "a\x00"}, {"atS": -1}, {"atS": 1e9}, {"pool": ""}, {"tags": [""]}, {"tags": ["x"] * 21},
        {"colour": "red"}, {"feedback": {"loud": "x"}},
    ]  # fmt: skip
    for body in bodies:
        answer = await author.ask("POST", url, {"prompt": "?", "content": TRUE, **body})
        assert answer.status_code == 400, body
    penalty = await author.refused("POST", url, {"prompt": "?", "content": TRUE, "points": "1", "penalty": "1.01"})
    assert penalty == (422, "question.penalty")
    assert (await author.ok("GET", url.removesuffix("/questions")))["questions"] == []


async def test_a_whole_number_may_be_written_with_a_point(author: Author) -> None:
    quiz_id = await author.quiz(rules={"passPercent": 70.0, "timeLimitS": 6e2, "pools": [{"name": "a", "pick": 2.0}]})
    rules = (await author.ok("GET", f"/quizzes/{quiz_id}"))["rules"]
    assert (rules["passPercent"], rules["timeLimitS"], rules["pools"][0]["pick"]) == (70, 600, 2)
    for bad in ({"passPercent": 70.5}, {"passPercent": 101.0}, {"attempts": 1e300}):
        answer = await author.ask("PATCH", f"/quizzes/{quiz_id}", {"rules": bad})
        assert (answer.status_code, problem_of(answer)["errors"][0]["field"]) == (400, f"rules.{next(iter(bad))}")


async def test_a_change_of_a_question_is_judged_as_a_whole(author: Author) -> None:
    quiz_id = await author.quiz()
    question = await author.question(quiz_id, points="2", penalty="1", pool="hard", atS=5, tags=["a"])
    url = f"/questions/{question['id']}"
    assert await author.refused("PATCH", url, {"points": "0.5"}) == (422, "question.penalty")
    changed = await author.ok("PATCH", url, {"content": RIGHT["single"], "pool": None, "atS": None})
    assert (changed["content"]["kind"], changed["pool"], changed["atS"], changed["points"]) == (
        "single_choice",
        None,
        None,
        "2.00",
    )
    assert (changed["revision"], changed["tags"]) == (2, ["a"])
    assert await author.refused("PATCH", url, {"content": WRONG["two right"][0]}) == (422, "question.right_choice")
    assert (await author.ok("GET", f"/quizzes/{quiz_id}"))["questions"][0] == changed


async def test_questions_are_put_in_order(author: Author) -> None:
    quiz_id = await author.quiz()
    ids = {name: (await author.question(quiz_id, prompt=name))["id"] for name in "abcd"}

    async def move(name: str, after: str | None) -> str:
        body = {"after": ids[after] if after else None}
        view = await author.ok("POST", f"/questions/{ids[name]}/move", body)
        return "".join(question["prompt"] for question in view["questions"])

    assert await move("d", None) == "dabc"
    assert await move("d", "b") == "abdc"
    assert await move("a", "c") == "bdca"
    assert await move("a", "c") == "bdca"
    other = await author.question(await author.quiz())
    for after in (other["id"], str(new_id()), ids["a"]):
        assert await author.refused("POST", f"/questions/{ids['a']}/move", {"after": after}) == (422, "question.after_unknown")
    assert (await author.ask("DELETE", f"/questions/{ids['d']}")).status_code == 204
    assert await author.prompts(quiz_id) == ["b", "c", "a"]


async def test_an_order_that_is_changed_often_stays_in_order(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "LONG", 6)
    quiz_id = await author.quiz()
    ids = {name: (await author.question(quiz_id, prompt=name))["id"] for name in "abc"}
    for _ in range(8):
        for name in "bc":
            await author.ok("POST", f"/questions/{ids[name]}/move", {"after": ids["a"]})
    assert await author.prompts(quiz_id) == ["a", "c", "b"]


async def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(author: Author) -> None:
    quiz_id = await author.quiz()
    first = await author.ask("GET", f"/quizzes/{quiz_id}")
    tag = first.headers["etag"]
    question = await author.ask("POST", f"/quizzes/{quiz_id}/questions", {"prompt": "?", "content": TRUE})
    url = f"/questions/{question.json()['id']}"
    for method, path, body in (("PATCH", f"/quizzes/{quiz_id}", {"title": "X"}), ("DELETE", f"/quizzes/{quiz_id}", None)):
        assert await author.refused(method, path, body, if_match=tag) == (412, "request.stale")
    changed = await author.ask("PATCH", url, {"prompt": "!"}, if_match=question.headers["etag"])
    assert changed.status_code == 200
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", url, {"prompt": "?"}),
        ("DELETE", url, None),
        ("POST", f"{url}/move", {"after": None}),
    ]
    for method, path, body in calls:
        assert await author.refused(method, path, body, if_match=question.headers["etag"]) == (412, "request.stale")
    fresh = (await author.ask("GET", f"/quizzes/{quiz_id}")).headers["etag"]
    assert (await author.ask("PATCH", f"/quizzes/{quiz_id}", {"title": "X"}, if_match=fresh)).status_code == 200


async def test_a_quiz_stays_while_a_lesson_uses_it(author: Author) -> None:
    quiz_id = await author.quiz()
    await author.question(quiz_id)
    lesson_id = await author.use_in_lesson(LessonKind.VIDEO, quiz_id=UUID(quiz_id))
    assert await author.refused("DELETE", f"/quizzes/{quiz_id}") == (409, "quiz.in_use")
    async with author.services.sessions.begin() as session:
        await session.execute(delete(Lesson).where(Lesson.id == lesson_id))
    assert (await author.ask("DELETE", f"/quizzes/{quiz_id}")).status_code == 204
    assert await author.refused("GET", f"/quizzes/{quiz_id}") == (404, "quiz.not_found")
    async with author.services.sessions() as session:
        assert list(await session.scalars(select(Question).where(Question.quiz_id == UUID(quiz_id)))) == []
        actions = await session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == UUID(quiz_id)))
        assert list(actions) == ["quiz.created", "question.added", "quiz.deleted"]


async def test_a_quiz_has_a_bounded_number_of_questions(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quizzes, "MAX_QUESTIONS", 1)
    quiz_id = await author.quiz()
    await author.question(quiz_id)
    assert await author.refused("POST", f"/quizzes/{quiz_id}/questions", {"prompt": "?", "content": TRUE}) == (409, "quiz.full")


def _paths(author: Author) -> list[tuple[str, str, Any]]:
    """Every route of this slice with a body that would do."""
    ids = author.school.ids
    quiz, question, work = (
        f"/{kind}s/{ids[f'{kind}_id']}".replace("quizs", "quizzes") for kind in ("quiz", "question", "assignment")
    )
    return [
        ("GET", f"{author.course}/quizzes", None),
        ("POST", f"{author.course}/quizzes", {"title": "A"}),
        ("GET", quiz, None),
        ("PATCH", quiz, {"title": "B"}),
        ("POST", f"{quiz}/questions", {"prompt": "?", "content": TRUE}),
        ("POST", f"{question}/move", {"after": None}),
        ("PATCH", question, {"prompt": "!"}),
        ("DELETE", question, None),
        ("DELETE", quiz, None),
        ("GET", f"{author.course}/assignments", None),
        ("POST", f"{author.course}/assignments", {"title": "A"}),
        ("GET", work, None),
        ("PATCH", work, {"title": "B"}),
        ("DELETE", work, None),
    ]


async def test_answers_are_for_authors_alone(author: Author) -> None:
    async with author.services.sessions.begin() as session:
        await session.execute(update(Lesson).values(quiz_id=None, assignment_id=None))
    for who, status in {"anonymous": 401, "enrolled": 403, "learner": 403, "instructor": 403, "operator": 403}.items():
        for method, path, body in _paths(author):
            answer = await author.ask(method, path, body, who=who)
            assert answer.status_code == status, (who, method, path)
    async with author.services.sessions.begin() as session:
        await session.execute(update(CourseInstructor).values(permissions=["grade", "publish"]))
    for method, path, body in _paths(author):
        assert await author.refused(method, path, body, who="assistant") == (403, "course.not_yours")
    async with author.services.sessions.begin() as session:
        await session.execute(update(CourseInstructor).values(permissions=["edit"]))
        await session.execute(update(Course).values(state="draft", published_at=None))
    for method, path, body in _paths(author):
        status, code = await author.refused(method, path, body, who="learner")
        assert (status, code.partition(".")[2]) == (404, "not_found"), (method, path)
    for method, path, body in _paths(author):
        await author.ok(method, path, body, who="assistant")


async def test_the_way_to_a_quiz_has_as_many_queries_with_many_questions_as_with_few(author: Author) -> None:
    counts = []
    for size in (1, 12):
        quiz_id = await author.quiz()
        for number in range(size):
            await author.question(quiz_id, prompt=f"![x](file:{new_id()}) {number}")
        seen: list[str] = []
        listener: Callable[..., None] = lambda *each, seen=seen: seen.append(each[2])  # noqa: E731
        event.listen(author.services.engine.sync_engine, "before_cursor_execute", listener)
        await author.ok("GET", f"/quizzes/{quiz_id}")
        await author.ok("GET", f"{author.course}/quizzes")
        event.remove(author.services.engine.sync_engine, "before_cursor_execute", listener)
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_lists_are_read_page_by_page(author: Author) -> None:
    for kind, model in (("quizzes", Quiz), ("assignments", Assignment)):
        made = [(await author.ok("POST", f"{author.course}/{kind}", {"title": f"N {number}"}))["id"] for number in range(3)]
        found: list[str] = []
        cursor = ""
        while True:
            answer = await author.ok("GET", f"{author.course}/{kind}?limit=2{cursor}")
            found += [item["id"] for item in answer["items"]]
            if answer["nextCursor"] is None:
                break
            cursor = f"&cursor={answer['nextCursor']}"
        already = author.school.ids[f"{model.__tablename__.removesuffix('zes' if kind == 'quizzes' else 's')}_id"]
        assert found == [*reversed(made), already]


async def test_an_assignment_says_what_is_due_and_how_it_is_marked(author: Author) -> None:
    rubric = [
        {"id": "s", "title": "Structure", "levels": [{"title": "None", "points": "0"}, {"title": "Clear", "points": "60"}]},
        {"id": "t", "title": "Text", "levels": [{"title": "Good", "points": "40"}], "description": "Own *words*."},
    ]
    body = {
        "title": "Design", "instructions": "# Do it", "takes": "file", "maxFiles": 2, "rubric": rubric,
        "dueAt": "2030-05-01T12:00:00+02:00", "late": {"acceptDays": 3, "penaltyPercentPerDay": 10},
    }  # fmt: skip
    made = await author.ok("POST", f"{author.course}/assignments", body)
    assert (made["maxPoints"], made["dueAt"], made["dueDays"], made["revision"]) == ("100.00", "2030-05-01T10:00:00Z", None, 1)
    assert (made["late"], made["takes"], made["maxFiles"]) == (body["late"], "file", 2)
    assert made["rubric"][1]["levels"] == [{"title": "Good", "points": "40", "description": ""}]
    assert made["instructionsHtml"].strip() == "<h1>Do it</h1>"
    url = f"/assignments/{made['id']}"
    assert await author.ok("GET", url) == made

    assert await author.refused("PATCH", url, {"maxPoints": "90"}) == (422, "assignment.rubric_sum")
    assert await author.refused("PATCH", url, {"dueDays": 7}) == (422, "assignment.two_due_dates")
    assert await author.refused("PATCH", url, {"maxPoints": "0", "rubric": []}) == (422, "assignment.points")
    assert await author.refused("PATCH", url, {"dueAt": "9999-12-31T23:59:59Z"}) == (422, "request.bad_date")
    for bad in ({"maxPoints": "x"}, {"takes": "poem"}, {"maxFiles": 0}, {"dueAt": "2030-01-01"}, {"late": {"acceptDays": -1}}):
        assert (await author.ask("PATCH", url, bad)).status_code == 400, bad
    changed = await author.ok("PATCH", url, {"dueAt": None, "dueDays": 0, "maxPoints": "10.5", "rubric": []})
    assert (changed["dueAt"], changed["dueDays"], changed["maxPoints"], changed["rubric"]) == (None, 0, "10.50", [])
    assert await author.refused("PATCH", url, {"title": "X"}, if_match='"stale"') == (412, "request.stale")


async def test_an_assignment_stays_while_a_lesson_uses_it(author: Author) -> None:
    made = await author.ok("POST", f"{author.course}/assignments", {"title": "Design"})
    lesson_id = await author.use_in_lesson(LessonKind.ASSIGNMENT, assignment_id=UUID(made["id"]))
    assert await author.refused("DELETE", f"/assignments/{made['id']}") == (409, "assignment.in_use")
    async with author.services.sessions.begin() as session:
        await session.execute(delete(Lesson).where(Lesson.id == lesson_id))
    assert (await author.ask("DELETE", f"/assignments/{made['id']}")).status_code == 204
    assert await author.refused("GET", f"/assignments/{made['id']}") == (404, "assignment.not_found")


async def test_a_question_is_made_once_however_often_it_is_sent(author: Author) -> None:
    quiz_id = await author.quiz()
    body = {"prompt": "?", "content": TRUE}
    made = [await author.ok("POST", f"/quizzes/{quiz_id}/questions", body, Idempotency_Key="one") for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    assert len(await author.prompts(quiz_id)) == 1
