"""The demo course: what it contains, and that a platform gets it once."""

from collections import Counter

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.assessments import QuestionKind, kind_of
from core.catalog import CourseState, LessonKind
from core.course_files import pack, unpack
from core.markdown import render
from core.settings import Settings
from db.models import Asset, AssetState, AuditEntry, Course, CourseRevision, Lesson, Question
from db.queries import assets as asset_queries
from db.queries import users as user_queries
from domain import course_review
from ops import accounts
from ops.demo_course import content, seeding
from storage.base import Storage
from tests.support.films import make_film

Sessions = async_sessionmaker[AsyncSession]


def test_the_course_has_twelve_weeks_of_lessons_quizzes_an_assignment_and_a_video() -> None:
    document = content.read_course()
    assert len(document.modules) == 12
    assert all(3 <= len(module.lessons) <= 5 for module in document.modules)
    for module in document.modules:
        kinds = Counter(lesson.kind for lesson in module.lessons)
        assert kinds[LessonKind.TEXT] >= 2
        assert kinds[LessonKind.QUIZ] == 1
    texts = [lesson.body.split() for lesson in document.lessons if lesson.kind is LessonKind.TEXT]
    assert all(300 <= len(words) <= 700 for words in texts)
    assert {kind_of(question.content) for quiz in document.quizzes for question in quiz.questions} == set(QuestionKind)
    weekly = [quiz for quiz in document.quizzes if quiz.id.startswith("week-")]
    assert len(weekly) == 12
    assert all(4 <= len(quiz.questions) <= 7 for quiz in weekly)
    (video,) = (lesson for lesson in document.lessons if lesson.kind is LessonKind.VIDEO)
    assert video.preview
    assert video.asset is not None
    assert video.asset.filename == content.VIDEO
    (assignment,) = document.assignments
    assert assignment.due_days == 84
    assert assignment.rubric


def test_questions_of_the_video_come_while_it_plays() -> None:
    (quiz,) = (quiz for quiz in content.read_course().quizzes if quiz.id == "video-questions")
    length = len(content.LECTURE) * content.SLIDE_S
    assert 20 <= length <= 40
    assert all(question.at_s is not None and question.at_s < length for question in quiz.questions)


def test_its_texts_render_whole() -> None:
    for lesson in content.read_course().lessons:
        html = render(lesson.body)
        assert html.count("<table>") == lesson.body.count("\n|---") + lesson.body.count("\n| ---"), lesson.title
        assert html.count("<pre>") * 2 == lesson.body.count("\n```"), lesson.title


def test_its_files_are_small_and_read_as_any_archive() -> None:
    paths = [path for path in content.FOLDER.rglob("*") if path.is_file()]
    assert all(path.stat().st_size < 100_000 for path in paths)
    document = content.read_course()
    assert unpack(pack(document)) == document


@pytest.fixture
async def lecture(session_factory: Sessions, settings: Settings, storage: Storage) -> None:
    """The operator's account, and the lecture's upload as a start leaves it that was interrupted then."""
    async with session_factory.begin() as session:
        operator_id = await accounts.ensure_operator(session, settings.api, "a password that is long")
    film = await make_film(session_factory, storage, operator_id)
    async with session_factory.begin() as session:
        asset = await asset_queries.by_id(session, film.asset_id)
        assert asset is not None
        asset.filename = content.VIDEO


@pytest.mark.usefixtures("lecture")
async def test_a_start_takes_the_lecture_that_is_there_and_makes_one_course(
    settings: Settings, session_factory: Sessions
) -> None:
    first = await seeding.seed(settings)
    assert first is not None
    assert await seeding.seed(settings) is None
    async with session_factory() as session:
        (course,) = (await session.scalars(select(Course))).all()
        operator = await user_queries.by_email(session, accounts.OPERATOR_EMAIL)
        lessons = (await session.scalars(select(Lesson).where(Lesson.course_id == course.id))).all()
        questions = (await session.scalars(select(Question))).all()
        revisions = (await session.scalars(select(CourseRevision.reason))).all()
    assert operator is not None
    assert (course.id, course.slug, course.state) == (first, "technical-architecture", CourseState.PUBLISHED)
    assert (course.owner_id, course.price_minor) == (operator.id, 0)
    assert len(lessons) == course.lesson_count == 38
    assert [lesson.asset_id is not None for lesson in lessons if lesson.kind is LessonKind.VIDEO] == [True]
    assert len(questions) == sum(len(quiz.questions) for quiz in content.read_course().quizzes)
    assert revisions == ["Published"]


@pytest.mark.usefixtures("lecture")
async def test_who_deletes_the_course_does_not_get_it_again(settings: Settings, session_factory: Sessions) -> None:
    await seeding.seed(settings)
    async with session_factory.begin() as session:
        await session.execute(delete(Course))
    assert await seeding.seed(settings) is None
    async with session_factory() as session:
        assert (await session.scalars(select(Course))).all() == []
        assert (await session.scalars(select(AuditEntry.action).where(AuditEntry.action == seeding.MADE))).all()


@pytest.mark.usefixtures("lecture")
async def test_an_interrupted_seeding_leaves_nothing_and_is_completed_at_the_next_start(
    settings: Settings, session_factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(course_review, "publish", _interrupted)
        with pytest.raises(TransientFault):
            await seeding.seed(settings)
    async with session_factory() as session:
        assert (await session.scalars(select(Course))).all() == []
    assert await seeding.seed(settings) is not None


class TransientFault(Exception):
    """The process ended here."""


async def _interrupted(*_: object, **__: object) -> None:
    raise TransientFault


async def test_a_new_platform_gets_the_lecture_rendered_and_uploaded(settings: Settings, session_factory: Sessions) -> None:
    async with session_factory.begin() as session:
        await accounts.ensure_operator(session, settings.api, "a password that is long")
    assert await seeding.seed(settings) is not None
    async with session_factory() as session:
        (asset,) = (await session.scalars(select(Asset))).all()
        (video,) = (await session.scalars(select(Lesson).where(Lesson.kind == LessonKind.VIDEO))).all()
    assert (asset.filename, asset.title, asset.state) == (content.VIDEO, content.VIDEO_TITLE, AssetState.UPLOADED)
    assert video.asset_id == asset.id
