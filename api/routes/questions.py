"""Questions of quizzes, for their authors. What a question asks is told by the `kind` of its content."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import related, stated
from api.auth import actor_of
from api.etags import etag, expect
from api.markdown_images import image_addresses
from api.routes.courses.curriculum import Move, changes_of
from api.routes.quizzes import QuestionView, QuizView, question_view, quiz_view, tagged
from api.services import Injected, Services
from api.wire import LINES_PATTERN, NAME_PATTERN, Body, HttpRequest
from core.assessments import Content, Feedback, Marks
from core.markdown import render_all
from db.models import Question, Quiz
from domain import quizzes as domain
from domain.policies import Scope
from domain.quizzes import QuestionDraft

Prompt = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=LINES_PATTERN)]
Pool = Annotated[str, Meta(min_length=1, max_length=40, pattern=NAME_PATTERN)]
Tags = Annotated[list[Pool], Meta(max_length=20)]
# Below nothing is nothing; a limit of 0 would be left out of the API's document.
AtS = Annotated[float, Meta(gt=-0.001, le=86_400)]

Asked = Annotated[Content, Meta(examples=[{"kind": "true_false", "answer": True}])]


class NewQuestion(Body):
    """A new question. `points` and `penalty` are decimals, written as text, with two digits behind the point at most."""

    prompt: Prompt
    """Markdown."""
    content: Asked
    points: Marks = "1"
    penalty: Marks = "0"
    """Taken off for a wrong answer, where the rules of the quiz say so."""
    pool: Pool | None = None
    feedback: Feedback = msgspec.field(default_factory=Feedback)
    at_s: AtS | None = None
    """The moment of the lesson's video at which it is asked, in seconds."""
    tags: Tags = msgspec.field(default_factory=list)


class QuestionPatch(Body):
    """What changes; what is left out stays. Content and feedback are replaced as a whole."""

    prompt: Prompt | UnsetType = UNSET
    content: Asked | UnsetType = UNSET
    points: Marks | UnsetType = UNSET
    penalty: Marks | UnsetType = UNSET
    pool: Pool | UnsetType | None = UNSET
    feedback: Feedback | UnsetType = UNSET
    at_s: AtS | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET


async def _answer(
    session: AsyncSession, services: Services, quiz: Quiz, question: Question, status_code: int = 200
) -> Response[QuestionView]:
    image = await image_addresses(session, services, quiz.course_id, question.prompt)
    view = question_view(question, (await render_all([question.prompt], image))[0])
    return Response(view, status_code=status_code, headers={"ETag": etag(question.id, question.revision)})


@post(
    "/quizzes/{quiz_id:uuid}/questions",
    operation_id="addQuestion",
    tags=["Assessments"],
    summary="Add a question",
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 409, 413, 415, 422, idempotent=True),
)
async def add_question(
    request: HttpRequest, quiz_id: FromPath[UUID], data: JSONBody[NewQuestion], services: Injected
) -> Response[QuestionView]:
    """Add a question at the end of the quiz. A 422 names what makes no sense in it, as a single choice with two right ones."""
    actor = actor_of(request)
    draft = QuestionDraft(
        prompt=data.prompt,
        content=data.content,
        points=Decimal(data.points),
        penalty=Decimal(data.penalty),
        pool=data.pool,
        feedback=data.feedback,
        at_s=data.at_s,
        tags=data.tags,
    )
    async with services.sessions.begin() as session:
        course, quiz = await domain.editable(session, actor, quiz_id)
        question = await domain.add_question(session, actor, course, quiz, draft)
        await session.refresh(question)
        return await _answer(session, services, quiz, question, 201)


@patch(
    "/questions/{question_id:uuid}",
    operation_id="changeQuestion",
    tags=["Assessments"],
    summary="Change a question",
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def change_question(
    request: HttpRequest, question_id: FromPath[UUID], data: JSONBody[QuestionPatch], services: Injected
) -> Response[QuestionView]:
    """Change it, even to another kind. The entity tag is the question's."""
    actor, values = actor_of(request), changes_of(data)
    values |= {name: Decimal(values[name]) for name in ("points", "penalty") if name in values}
    async with services.sessions.begin() as session:
        course, quiz, question = await domain.editable_question(session, actor, question_id)
        expect(request, question.id, question.revision)
        await domain.change_question(session, actor, course, quiz, question, values)
        return await _answer(session, services, quiz, question)


@delete(
    "/questions/{question_id:uuid}",
    operation_id="deleteQuestion",
    tags=["Assessments"],
    summary="Delete a question",
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 412),
)
async def delete_question(request: HttpRequest, question_id: FromPath[UUID], services: Injected) -> None:
    """Delete it from its quiz."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course, quiz, question = await domain.editable_question(session, actor, question_id)
        expect(request, question.id, question.revision)
        await domain.remove_question(session, actor, course, quiz, question)


@post(
    "/questions/{question_id:uuid}/move",
    operation_id="moveQuestion",
    tags=["Assessments"],
    summary="Move a question",
    status_code=200,
    **stated(related("quiz.edit", Scope.COURSES_WRITE), 403, 412, 413, 415, 422),
)
async def move_question(
    request: HttpRequest, question_id: FromPath[UUID], data: JSONBody[Move], services: Injected
) -> Response[QuizView]:
    """Put it behind another question of its quiz, or first; answers with the quiz in its new order."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course, quiz, question = await domain.editable_question(session, actor, question_id)
        expect(request, question.id, question.revision)
        await domain.move_question(session, actor, course, quiz, question, data.after)
        return tagged(await quiz_view(session, services, quiz))


ROUTES: tuple[Any, ...] = (add_question, change_question, delete_question, move_question)
