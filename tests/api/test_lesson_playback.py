"""Playing lessons: who may see one may play it, no longer than that, and is cut off when it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, text, update

from api.services import Services
from core.catalog import CourseState, LessonKind
from core.ids import new_id
from db.models import Course, Enrolment, Lesson
from db.queries.entitlements import Opening, Standing
from domain import entitlements, playback
from domain.access import LessonAccess, decide
from domain.policies import Actor
from tests.api.conftest import problem_of
from tests.support.films import MASTER, Film, make_film
from tests.support.lessons import MadeCourse, make_course, make_lesson
from tests.support.people import Person
from tests.support.wait import eventually

SignIn = Callable[..., Awaitable[Person]]
API = "/api/v1"


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


@pytest.fixture
async def course(services: Services, instructor: Person) -> MadeCourse:
    return await make_course(services.sessions, instructor.id, price_minor=100)


@pytest.fixture
async def lesson(services: Services, course: MadeCourse, film: Film) -> UUID:
    return await make_lesson(services.sessions, course, film.asset_id)


async def _let_in(
    client: AsyncClient, course: MadeCourse, owner: Person, learner: Person, until: datetime | None = None
) -> str:
    body = {"userId": str(learner.id), "endsAt": until.isoformat() if until else None}
    answer = await client.post(f"{API}/courses/{course.id}/enrolments", json=body, headers=owner.auth)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _play(client: AsyncClient, lesson: UUID, who: Person | None = None) -> Any:
    answer = await client.post(f"{API}/lessons/{lesson}/playback", headers=who.auth if who else {})
    client.cookies.clear()
    return answer


async def _begin(client: AsyncClient, lesson: UUID, who: Person | None = None) -> dict[str, Any]:
    answer = await _play(client, lesson, who)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def _streams(client: AsyncClient, session: dict[str, Any]) -> int:
    client.cookies.clear()
    return (await client.get(session["signedManifestUrl"])).status_code


async def _refused(client: AsyncClient, session: dict[str, Any], who: Person | None) -> bool:
    """Whether the renewal is refused because the right has ended, and the signature is dead with it."""
    answer = await client.post(session["renewUrl"], headers=who.auth if who else {})
    client.cookies.clear()
    ended = answer.status_code == 403 and problem_of(answer)["code"] == "playback.ended"
    return ended and await _streams(client, session) == 403


async def _set(services: Services, model: type[Any], which: Any, **values: Any) -> None:
    async with services.sessions.begin() as session:
        await session.execute(update(model).where(which).values(**values))


async def test_who_is_enrolled_plays_the_lesson_and_nobody_else(
    client: AsyncClient, course: MadeCourse, lesson: UUID, film: Film, instructor: Person, learner: Person, sign_in: SignIn
) -> None:
    for who in (None, learner, await sign_in("instructor"), await sign_in("operator")):
        answer = await _play(client, lesson, who)
        assert (answer.status_code, problem_of(answer)["code"]) == (403, "lesson.locked")
    await _let_in(client, course, instructor, learner)
    session = await _begin(client, lesson, learner)
    assert session["assetId"] == str(film.asset_id)
    assert (await client.get(session["signedManifestUrl"])).content == MASTER
    renewed = await client.post(session["renewUrl"], headers=learner.auth)
    assert renewed.status_code == 200, renewed.text
    for author in (instructor, await sign_in("admin")):
        await _begin(client, lesson, author)
    # Playing a lesson gives no right to the asset itself.
    assert (await client.post(f"{API}/assets/{film.asset_id}/playback", headers=learner.auth)).status_code == 404


async def test_the_signature_ends_with_the_entitlement_and_then_the_renewal_is_refused(
    client: AsyncClient, services: Services, course: MadeCourse, lesson: UUID, instructor: Person, learner: Person
) -> None:
    start = services.clock()
    until = (start + timedelta(seconds=200)).replace(microsecond=0)
    await _let_in(client, course, instructor, learner, until)
    session = await _begin(client, lesson, learner)
    assert datetime.fromisoformat(session["expiresAt"]) == until
    services.clock = lambda: start + timedelta(seconds=100)
    renewed = (await client.post(session["renewUrl"], headers=learner.auth)).json()
    assert datetime.fromisoformat(renewed["expiresAt"]) == until
    claims = services.signer.verify(renewed["signedManifestUrl"].split("/")[2], UUID(session["assetId"]), start)
    assert claims.expires_at == until
    services.clock = lambda: until + timedelta(seconds=1)
    assert await _refused(client, renewed, learner)
    again = await _play(client, lesson, learner)
    assert (again.status_code, problem_of(again)["code"]) == (403, "lesson.locked")


@pytest.mark.parametrize("how", ["leave", "taken out", "entitlement"])
async def test_the_running_player_is_cut_off_when_the_right_ends(
    client: AsyncClient, course: MadeCourse, lesson: UUID, instructor: Person, learner: Person, how: str
) -> None:
    enrolment = await _let_in(client, course, instructor, learner)
    session, own = await _begin(client, lesson, learner), await _begin(client, lesson, instructor)
    assert await _streams(client, session) == 200
    if how == "entitlement":
        (entitlement,) = (await client.get(f"{API}/courses/{course.id}/entitlements", headers=instructor.auth)).json()["items"]
        ended = await client.post(f"{API}/entitlements/{entitlement['id']}/end", headers=instructor.auth)
    else:
        who = learner if how == "leave" else instructor
        ended = await client.delete(f"{API}/enrolments/{enrolment}", headers=who.auth)
    assert ended.status_code in (200, 204), ended.text
    # At once, not only at the next renewal.
    assert await _streams(client, session) == 403
    assert await _refused(client, session, learner)
    assert await _streams(client, own) == 200


async def test_what_also_something_else_lets_in_to_goes_on(
    client: AsyncClient, services: Services, course: MadeCourse, lesson: UUID, instructor: Person, learner: Person
) -> None:
    await _let_in(client, course, instructor, learner)
    async with services.sessions.begin() as session:
        await entitlements.grant(session, user_id=learner.id, course_id=course.id, source="purchase", source_id=new_id())
    playing = await _begin(client, lesson, learner)
    listed = (await client.get(f"{API}/courses/{course.id}/entitlements", headers=instructor.auth)).json()["items"]
    granted = next(each for each in listed if each["source"] == "grant")
    await client.post(f"{API}/entitlements/{granted['id']}/end", headers=instructor.auth)
    assert await _streams(client, playing) == 200
    assert (await client.post(playing["renewUrl"], headers=learner.auth)).status_code == 200


async def test_a_preview_is_anybodys_and_its_session_belongs_to_who_knows_its_id(
    client: AsyncClient, services: Services, course: MadeCourse, lesson: UUID, learner: Person
) -> None:
    await _set(services, Lesson, Lesson.id == lesson, preview=True)
    session = await _begin(client, lesson)
    assert UUID(session["sessionId"]).version == 4
    assert await _streams(client, session) == 200
    assert (await client.post(session["renewUrl"])).status_code == 200
    # Who signs in meanwhile goes on.
    assert (await client.post(session["renewUrl"], headers=learner.auth)).status_code == 200
    mine = await _begin(client, lesson, learner)
    for method, url in (("POST", mine["renewUrl"]), ("DELETE", f"{API}/playback/{mine['sessionId']}")):
        answer = await client.request(method, url)
        assert (answer.status_code, problem_of(answer)["code"]) == (404, "playback.not_found")
    ended = await client.delete(f"{API}/playback/{session['sessionId']}")
    assert ended.status_code == 204
    assert await _streams(client, session) == 403
    assert await _streams(client, mine) == 200


@pytest.mark.parametrize("change", ["no preview", "archived", "another asset", "no asset", "lesson deleted"])
async def test_a_preview_that_is_taken_back_ends(
    client: AsyncClient, services: Services, course: MadeCourse, lesson: UUID, instructor: Person, change: str
) -> None:
    await _set(services, Lesson, Lesson.id == lesson, preview=True)
    session = await _begin(client, lesson)
    if change == "no preview":
        await _set(services, Lesson, Lesson.id == lesson, preview=False)
    elif change == "archived":
        archived = {"state": CourseState.ARCHIVED, "archived_at": func.now()}
        await _set(services, Course, Course.id == course.id, **archived)
    elif change == "another asset":
        other = await make_film(services.sessions, services.storage, instructor.id)
        await _set(services, Lesson, Lesson.id == lesson, asset_id=other.asset_id)
    elif change == "no asset":
        await _set(services, Lesson, Lesson.id == lesson, asset_id=None)
    else:
        async with services.sessions.begin() as database:
            await database.delete(await database.get_one(Lesson, lesson))
    assert await _refused(client, session, None)


async def test_an_archived_course_still_plays_for_its_learners(
    client: AsyncClient, services: Services, course: MadeCourse, lesson: UUID, instructor: Person, learner: Person
) -> None:
    await _let_in(client, course, instructor, learner)
    session = await _begin(client, lesson, learner)
    archived = {"state": CourseState.ARCHIVED, "archived_at": func.now()}
    await _set(services, Course, Course.id == course.id, **archived)
    assert (await client.post(session["renewUrl"], headers=learner.auth)).status_code == 200
    await _begin(client, lesson, learner)


async def test_what_is_not_published_is_not_there(
    client: AsyncClient, services: Services, film: Film, instructor: Person, learner: Person
) -> None:
    draft = await make_course(services.sessions, instructor.id, CourseState.DRAFT)
    lesson = await make_lesson(services.sessions, draft, film.asset_id, preview=True)
    for who in (None, learner):
        told = [problem_of(await _play(client, each, who)) for each in (lesson, new_id())]
        assert {**told[0], "requestId": ""} == {**told[1], "requestId": ""}
        assert told[0]["code"] == "lesson.not_found"
    await _begin(client, lesson, instructor)


async def test_a_lesson_without_a_video_is_a_conflict(
    client: AsyncClient, services: Services, course: MadeCourse, instructor: Person
) -> None:
    reading = await make_lesson(services.sessions, course, kind=LessonKind.TEXT)
    answer = await _play(client, reading, instructor)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "lesson.no_video")


async def test_lessons_open_days_after_enrolment(
    client: AsyncClient, services: Services, film: Film, instructor: Person, learner: Person
) -> None:
    course = await make_course(services.sessions, instructor.id, module={"opens_after_days": 7})
    lesson = await make_lesson(services.sessions, course, film.asset_id)
    await _let_in(client, course, instructor, learner)
    answer = await _play(client, lesson, learner)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "lesson.locked")
    earlier = datetime.now(UTC) - timedelta(days=7, minutes=1)
    await _set(services, Enrolment, Enrolment.user_id == learner.id, created_at=earlier)
    await _begin(client, lesson, learner)


async def test_who_signs_at_the_same_time_as_the_right_ends_is_not_missed(
    services: Services, client: AsyncClient, course: MadeCourse, lesson: UUID, instructor: Person, learner: Person
) -> None:
    enrolment = await _let_in(client, course, instructor, learner)
    now, media = services.clock(), services.settings.media
    async with services.sessions.begin() as session:
        actor = Actor(learner.id, frozenset({"learner"}))
        admission = await playback.admit_lesson(session, actor, lesson, now, 600, media)
        leaving = asyncio.create_task(client.delete(f"{API}/enrolments/{enrolment}", headers=learner.auth))
        meets: Callable[[], bool | Awaitable[bool]] = lambda: _somebody_waits(services)  # noqa: E731
        await eventually(meets, "the end to meet the signature")
    assert (await leaving).status_code == 204
    assert admission.session.id in services.denylist


async def _somebody_waits(services: Services) -> bool:
    async with services.sessions() as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


NOW = datetime(2026, 5, 1, tzinfo=UTC)
OWNER, LEARNER = Actor(new_id(), frozenset({"instructor"})), Actor(new_id(), frozenset({"learner"}))
DAY = timedelta(days=1)


def _standing(**values: Any) -> Standing:
    facts: dict[str, Any] = {
        "course_id": new_id(), "state": CourseState.PUBLISHED, "published_at": NOW - 9 * DAY, "owner_id": OWNER.id,
        "enrolled_at": NOW - DAY, "entitled": True, **values,
    }  # fmt: skip
    return Standing(**facts)


def _opening(**values: Any) -> Opening:
    times = dict.fromkeys(("opens_at", "opens_after_days", "module_opens_at", "module_opens_after_days"))
    return Opening(**{"lesson_id": new_id(), "preview": False, **times, **values})


ONE = new_id()
NOBODY = {"enrolled_at": None, "entitled": False}
DRAFT = {"state": CourseState.DRAFT, "published_at": None, "entitled": False}


@pytest.mark.parametrize(
    ("actor", "facts", "opening", "known", "expected"),
    [
        (LEARNER, {}, {}, {}, LessonAccess(allowed=True)),
        (LEARNER, {"entitled_until": NOW + DAY}, {}, {}, LessonAccess(allowed=True, until=NOW + DAY)),
        (LEARNER, {"entitled": False}, {}, {}, LessonAccess(allowed=False, locked_reason="not_entitled")),
        (LEARNER, {"enrolled_at": None}, {}, {}, LessonAccess(allowed=False, locked_reason="not_enrolled")),
        (
            LEARNER,
            DRAFT,
            {"preview": True},
            {},
            LessonAccess(allowed=False, locked_reason="unpublished"),
        ),
        (
            None,
            NOBODY,
            {"preview": True, "opens_at": NOW + DAY},
            {},
            LessonAccess(allowed=True),
        ),
        (None, NOBODY, {}, {}, LessonAccess(allowed=False, locked_reason="not_enrolled")),
        (
            LEARNER,
            {},
            {"opens_at": NOW + DAY, "module_opens_at": NOW + 2 * DAY},
            {},
            LessonAccess(allowed=False, locked_reason="opens_later", opens_at=NOW + 2 * DAY),
        ),
        (LEARNER, {}, {"opens_at": NOW}, {}, LessonAccess(allowed=True, opens_at=NOW)),
        (
            LEARNER,
            {},
            {"opens_after_days": 2, "module_opens_after_days": 1},
            {},
            LessonAccess(allowed=False, locked_reason="opens_later", opens_at=NOW + DAY),
        ),
        (
            OWNER,
            DRAFT,
            {"opens_at": NOW + DAY},
            {},
            LessonAccess(allowed=True, opens_at=NOW + DAY),
        ),
        # What nobody keeps locks nobody out.
        (LEARNER, {}, {}, {"required": {ONE}}, LessonAccess(allowed=True)),
        (
            LEARNER,
            {},
            {},
            {"required": {ONE}, "completed": set()},
            LessonAccess(allowed=False, locked_reason="prerequisites"),
        ),
        (LEARNER, {}, {}, {"required": {ONE}, "completed": {ONE, new_id()}}, LessonAccess(allowed=True)),
    ],
)
def test_the_decision_follows_from_the_facts(
    actor: Actor | None, facts: dict[str, Any], opening: dict[str, Any], known: dict[str, Any], expected: LessonAccess
) -> None:
    assert decide(actor, _standing(**facts), _opening(**opening), NOW, **known) == expected
