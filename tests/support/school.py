"""A small school in the database: people with roles, and one of everything that a path may name, all of it the owner's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.assessments import QuestionKind
from core.catalog import CourseState, LessonKind
from core.ids import new_id, new_token
from db.models import (
    ApiKey,
    Assignment,
    Course,
    CourseInstructor,
    CourseRevision,
    Enrolment,
    Entitlement,
    File,
    Grant,
    Lesson,
    Message,
    Module,
    Pipeline,
    PlaybackSession,
    Product,
    Question,
    Quiz,
    Upload,
    User,
    UserSession,
)
from storage.base import Storage
from tests.support.films import make_film

_numbers = count(1)
_LATER = datetime(2100, 1, 1, tzinfo=UTC)
DOCUMENT = {"format": "aula-course", "version": 1, "course": {"title": "A course as it was"}}
PERMISSIONS = ("edit", "publish", "enrol", "grade")


@dataclass(slots=True)
class School:
    """`people` by what they are, `ids` by the name that paths and bodies give them."""

    people: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


async def add_person(session: AsyncSession, *roles: str, name: str = "A person") -> UUID:
    """An account without a password that works; returns its id."""
    email = f"person-{next(_numbers)}-{new_token()[:8].lower()}@example.org"
    user = User(email=email, password_hash="none", display_name=name, roles=sorted(roles), email_verified_at=datetime.now(UTC))
    session.add(user)
    await session.flush()
    return user.id


async def make_school(
    sessions: async_sessionmaker[AsyncSession], storage: Storage, state: CourseState = CourseState.PUBLISHED
) -> School:
    """Everything anew; the course is in `state`."""
    school = School()
    async with sessions.begin() as session:
        await _people(session, school)
    film = await make_film(sessions, storage, school.people["owner"])
    school.ids["asset_id"] = str(film.asset_id)
    async with sessions.begin() as session:
        await _course(session, school, state, film.asset_id)
        await _learning(session, school, film.asset_id, film.version_id)
        await _account(session, school)
        await _rest(session, school)
    return school


async def _people(session: AsyncSession, school: School) -> None:
    wanted: dict[str, Iterable[str]] = {
        "owner": ("instructor",),
        "assistant": ("instructor",),
        "enrolled": ("learner",),
        "learner": ("learner",),
        "instructor": ("instructor",),
        "operator": ("operator",),
        "admin": ("admin",),
        "other_admin": ("admin",),
        "bystander": ("learner",),
    }
    for name, roles in wanted.items():
        school.people[name] = await add_person(session, *roles, name=name)


async def _add(session: AsyncSession, school: School, name: str, row: object) -> UUID:
    session.add(row)
    await session.flush()
    identifier: UUID = row.id  # type: ignore[attr-defined]
    school.ids[name] = str(identifier)
    return identifier


async def _course(session: AsyncSession, school: School, state: CourseState, asset_id: UUID) -> None:
    owner = school.people["owner"]
    slug = f"course-{next(_numbers)}-{new_id().hex[-6:]}"
    course = Course(
        owner_id=owner,
        slug=slug,
        title="A course",
        state=state,
        published_at=datetime.now(UTC) if state in (CourseState.PUBLISHED, CourseState.ARCHIVED) else None,
        archived_at=datetime.now(UTC) if state is CourseState.ARCHIVED else None,
    )
    course_id = await _add(session, school, "course_id", course)
    school.ids["slug"] = slug
    session.add(CourseInstructor(course_id=course_id, user_id=school.people["assistant"], permissions=list(PERMISSIONS)))
    module_id = await _add(session, school, "module_id", Module(course_id=course_id, title="A module", position="a1"))
    common = {"course_id": course_id, "module_id": module_id}
    await _add(session, school, "quiz_id", Quiz(course_id=course_id, title="A quiz"))
    quiz_id = UUID(school.ids["quiz_id"])
    question = Question(
        quiz_id=quiz_id, position="a1", kind=QuestionKind.TRUE_FALSE, prompt="Is it so?", content={"answer": True}
    )
    await _add(session, school, "question_id", question)
    await _add(session, school, "assignment_id", Assignment(course_id=course_id, title="An assignment"))
    file = File(
        owner_id=owner, course_id=course_id, filename="notes.pdf", state="ready", media_type="application/pdf", size=4,
        sha256="0" * 64, ready_at=datetime.now(UTC),
    )  # fmt: skip
    await _add(session, school, "file_id", file)
    video = Lesson(**common, title="A film", kind=LessonKind.VIDEO, position="a1", asset_id=asset_id)
    await _add(session, school, "lesson_id", video)
    await _add(
        session, school, "text_lesson_id", Lesson(**common, title="A text", kind=LessonKind.TEXT, position="a2", body="Words.")
    )
    # What anyone may see of a published course.
    preview = {"kind": LessonKind.FILE, "file_id": UUID(school.ids["file_id"]), "preview": True}
    await _add(session, school, "file_lesson_id", Lesson(**common, title="A file", position="a3", **preview))
    session.add(CourseRevision(course_id=course_id, number=1, author_id=owner, reason="kept", document=DOCUMENT))
    school.ids["number"] = "1"
    await session.flush()


async def _learning(session: AsyncSession, school: School, asset_id: UUID, version_id: UUID | None) -> None:
    course_id, enrolled = UUID(school.ids["course_id"]), school.people["enrolled"]
    await _add(session, school, "enrolment_id", Enrolment(course_id=course_id, user_id=enrolled))
    await _add(session, school, "entitlement_id", Entitlement(course_id=course_id, user_id=enrolled, source="grant"))
    session.add(Grant(asset_id=asset_id, user_id=school.people["enrolled"], granted_by=school.people["owner"]))
    soon = datetime.now(UTC) + timedelta(minutes=5)
    playback = PlaybackSession(asset_id=asset_id, user_id=school.people["owner"], version_id=version_id, expires_at=soon)
    await _add(session, school, "playback_id", playback)


async def _account(session: AsyncSession, school: School) -> None:
    owner = school.people["owner"]
    await _add(session, school, "user_session_id", UserSession(user_id=owner, expires_at=_LATER))
    key = ApiKey(user_id=owner, name="A key", prefix="aula_x", key_hash=new_id().hex, scopes=["media:read"])
    await _add(session, school, "key_id", key)
    school.ids["user_id"] = str(school.people["bystander"])


async def _rest(session: AsyncSession, school: School) -> None:
    owner = school.people["owner"]
    product = Product(owner_id=owner, name="A thing", price_minor=1000, currency="USD", category="things")
    await _add(session, school, "product_id", product)
    message = Message(recipient="somebody@example.org", template="welcome", data={"name": "Somebody"})
    await _add(session, school, "message_id", message)
    await _add(session, school, "pipeline_id", Pipeline(kind="media.ingest", trace_id="t", owner_id=owner))
    upload_id = new_token()
    asset_id = UUID(school.ids["asset_id"])
    upload = Upload(id=upload_id, owner_id=owner, asset_id=asset_id, key=f"uploads/{upload_id}", length=10, offset=0)
    upload.expires_at = datetime.now(UTC) + timedelta(hours=1)
    session.add(upload)
    school.ids["upload_id"] = upload_id
    await session.flush()
