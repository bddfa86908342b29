"""Quizzes for their authors: made, changed, looked at with all their answers. Questions are in `api/routes/questions.py`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated
from api.auth import actor_of
from api.etags import etag, expect
from api.markdown_images import image_addresses
from api.paging import Cursor, Limit, page
from api.problems import FieldError
from api.routes.courses.curriculum import changes_of
from api.services import Injected, Services
from api.wire import NAME_PATTERN, Body, HttpRequest, Page, View
from core.assessments import Content, Feedback, Prose, QuizRules
from core.markdown import render_all
from db.models import Question, Quiz
from db.queries import assessments as queries
from db.queries.assessments import QuizRow
from domain import courses
from domain import quizzes as domain
from domain.policies import Scope
from domain.quizzes import QuizDraft, draft_of, rules_of

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["What have we learnt?"])]


class QuestionView(View):
    """A question with its answers: for authors alone. `points` and `penalty` are decimals, written as text."""

    id: UUID
    quiz_id: UUID
    prompt: str
    prompt_html: str
    content: Content
    points: str
    penalty: str
    pool: str | None
    feedback: Feedback
    at_s: float | None
    """The moment of the lesson's video at which it is asked, in seconds."""
    tags: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime


class QuizView(View):
    """A quiz with its questions, in order. `problems` keep nobody from working on, but it from being asked as it says."""

    id: UUID
    course_id: UUID
    title: str
    instructions: str
    instructions_html: str
    rules: QuizRules
    points: str
    """Of all questions together."""
    questions: list[QuestionView]
    problems: list[FieldError]
    revision: int
    created_at: datetime
    updated_at: datetime


class QuizCard(View):
    """A quiz in a list."""

    id: UUID
    course_id: UUID
    title: str
    question_count: int
    points: str
    revision: int
    updated_at: datetime


class NewQuiz(Body):
    """A new quiz without questions. What its rules leave out is as the schema says."""

    title: Title
    instructions: Prose = ""
    """Markdown."""
    rules: QuizRules = msgspec.field(default_factory=QuizRules)


class QuizPatch(Body):
    """What changes; what is left out stays. Rules are replaced as a whole."""

    title: Title | UnsetType = UNSET
    instructions: Prose | UnsetType = UNSET
    rules: QuizRules | UnsetType = UNSET


def marks(points: Decimal) -> str:
    """Points as the API writes them."""
    return f"{points:.2f}"


def question_view(question: Question, html: str) -> QuestionView:
    """A question as its authors see it, with its prompt as HTML."""
    draft = draft_of(question)
    return QuestionView(
        id=question.id,
        quiz_id=question.quiz_id,
        prompt=question.prompt,
        prompt_html=html,
        content=draft.content,
        points=marks(question.points),
        penalty=marks(question.penalty),
        pool=question.pool,
        feedback=draft.feedback,
        at_s=question.at_s,
        tags=list(question.tags),
        revision=question.revision,
        created_at=question.created_at,
        updated_at=question.updated_at,
    )


async def quiz_view(session: AsyncSession, services: Services, quiz: Quiz) -> QuizView:
    """The whole quiz as its authors see it."""
    questions: Sequence[Question] = await queries.questions(session, quiz.id)
    texts = [quiz.instructions, *(question.prompt for question in questions)]
    image = await image_addresses(session, services, quiz.course_id, *texts)
    instructions_html, *prompts = await render_all(texts, image)
    rules = rules_of(quiz)
    return QuizView(
        id=quiz.id,
        course_id=quiz.course_id,
        title=quiz.title,
        instructions=quiz.instructions,
        instructions_html=instructions_html,
        rules=rules,
        points=marks(sum((question.points for question in questions), Decimal())),
        questions=[question_view(question, html) for question, html in zip(questions, prompts, strict=True)],
        problems=[FieldError(fault.field, fault.message) for fault in domain.problems(rules, questions)],
        revision=quiz.revision,
        created_at=quiz.created_at,
        updated_at=quiz.updated_at,
    )


def tagged(view: QuizView, status_code: int = 200) -> Response[QuizView]:
    """The quiz with its entity tag."""
    return Response(view, status_code=status_code, headers={"ETag": etag(view.id, view.revision)})


def _card(row: QuizRow) -> QuizCard:
    return QuizCard(
        id=row.id,
        course_id=row.course_id,
        title=row.title,
        question_count=row.questions,
        points=marks(row.points),
        revision=row.revision,
        updated_at=row.updated_at,
    )


@post(
    "/courses/{course_id:uuid}/quizzes",
    operation_id="createQuiz",
    tags=["Assessments"],
    summary="Begin a quiz",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 413, 415, 422, idempotent=True),
)
async def create_quiz(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewQuiz], services: Injected
) -> Response[QuizView]:
    """A quiz without questions, for lessons of this course."""
    actor = actor_of(request)
    draft = QuizDraft(title=data.title.strip(), instructions=data.instructions, rules=data.rules)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        quiz = await domain.create(session, actor, course, draft)
        await session.refresh(quiz)
        view = await quiz_view(session, services, quiz)
    return tagged(view, 201)


@get(
    "/courses/{course_id:uuid}/quizzes",
    operation_id="listQuizzes",
    tags=["Assessments"],
    summary="The quizzes of a course",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def list_quizzes(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, cursor: Cursor = None, limit: Limit = 20
) -> Page[QuizCard]:
    """Newest first, whether or not lessons use them."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, lock=False)
        rows = await queries.quizzes(session, course_id, before=cursor, limit=limit + 1)
    return page(rows, limit, _card, lambda row: row.id)


@get(
    "/quizzes/{quiz_id:uuid}",
    operation_id="getQuiz",
    tags=["Assessments"],
    summary="One quiz with its answers",
    **stated(related("quiz.edit", Scope.COURSES_READ), 403),
)
async def get_quiz(request: HttpRequest, quiz_id: FromPath[UUID], services: Injected) -> Response[QuizView]:
    """All of it, for those who may edit its course."""
    async with services.sessions() as session:
        quiz = await domain.seen(session, actor_of(request), quiz_id)
        return tagged(await quiz_view(session, services, quiz))


@patch(
    "/quizzes/{quiz_id:uuid}",
    operation_id="changeQuiz",
    tags=["Assessments"],
    summary="Change a quiz",
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def change_quiz(
    request: HttpRequest, quiz_id: FromPath[UUID], data: JSONBody[QuizPatch], services: Injected
) -> Response[QuizView]:
    """Its title, instructions and rules; questions have routes of their own. The entity tag is that of the quiz as a whole."""
    actor, values = actor_of(request), changes_of(data)
    if "title" in values:
        values["title"] = values["title"].strip()
    async with services.sessions.begin() as session:
        course, quiz = await domain.editable(session, actor, quiz_id)
        expect(request, quiz.id, quiz.revision)
        await domain.change(session, actor, course, quiz, values)
        view = await quiz_view(session, services, quiz)
    return tagged(view)


@delete(
    "/quizzes/{quiz_id:uuid}",
    operation_id="deleteQuiz",
    tags=["Assessments"],
    summary="Delete a quiz",
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 409, 412),
)
async def delete_quiz(request: HttpRequest, quiz_id: FromPath[UUID], services: Injected) -> None:
    """Delete it with its questions, unless a lesson uses it."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course, quiz = await domain.editable(session, actor, quiz_id)
        expect(request, quiz.id, quiz.revision)
        await domain.remove(session, actor, course, quiz)


ROUTES: tuple[Any, ...] = (create_quiz, list_quizzes, get_quiz, change_quiz, delete_quiz)
