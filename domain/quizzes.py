"""Quizzes and their questions, as their authors write them: the only writer of both.

Whoever changes something locks the course first, so everything in a course happens one after another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core import positions
from core.assessment_rules import Fault, question_faults, rules_faults
from core.assessments import Content, Feedback, QuizRules, from_stored, kind_of, to_stored
from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.ids import new_id
from db.models import Course, Question, Quiz
from db.queries import assessments as queries
from domain import audit, courses
from domain.policies import Actor

MAX_QUESTIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizDraft:
    """What a new quiz is to be."""

    title: str
    instructions: str = ""
    rules: QuizRules = field(default_factory=QuizRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft:
    """What a question is to be; `at_s`: the moment of the video at which it is asked, in seconds."""

    prompt: str
    content: Content
    points: Decimal = Decimal(1)
    penalty: Decimal = Decimal(0)
    pool: str | None = None
    feedback: Feedback = field(default_factory=Feedback)
    at_s: float | None = None
    tags: Sequence[str] = ()


def rules_of(quiz: Quiz) -> QuizRules:
    """The rules of a quiz, out of its column."""
    return msgspec.convert(quiz.rules, QuizRules)


def draft_of(question: Question) -> QuestionDraft:
    """A question as it stands."""
    return QuestionDraft(
        prompt=question.prompt,
        content=from_stored(question.kind, question.content),
        points=question.points,
        penalty=question.penalty,
        pool=question.pool,
        feedback=msgspec.convert(question.feedback, Feedback),
        at_s=question.at_s,
        tags=tuple(question.tags),
    )


def refusal(faults: Sequence[Fault]) -> Refused:
    """The refusal (UNPROCESSABLE) that names every fault; its code is that of the first."""
    errors = [{"field": fault.field, "message": fault.message} for fault in faults]
    return Refused(faults[0].code, faults[0].message, kind=ErrorKind.UNPROCESSABLE, errors=errors)


async def seen(session: AsyncSession, actor: Actor, quiz_id: UUID) -> Quiz:
    """The quiz, to an author of its course. Raises Refused `quiz.not_found`, `course.not_yours` (FORBIDDEN)."""
    quiz = await queries.quiz(session, quiz_id)
    if quiz is None:
        raise _not_found("quiz")
    await _course(session, actor, quiz.course_id, "quiz", lock=False)
    return quiz


async def editable(session: AsyncSession, actor: Actor, quiz_id: UUID) -> tuple[Course, Quiz]:
    """The quiz and its locked course. Raises as `seen`."""
    quiz = await queries.quiz(session, quiz_id)
    if quiz is None:
        raise _not_found("quiz")
    course = await _course(session, actor, quiz.course_id, "quiz")
    # As it is under the lock: meanwhile somebody may have deleted it.
    quiz = await queries.quiz(session, quiz_id, fresh=True)
    if quiz is None:
        raise _not_found("quiz")
    return course, quiz


async def editable_question(session: AsyncSession, actor: Actor, question_id: UUID) -> tuple[Course, Quiz, Question]:
    """The question, its quiz and its locked course. Raises Refused `question.not_found`, `course.not_yours` (FORBIDDEN)."""
    question = await queries.question(session, question_id)
    quiz = await queries.quiz(session, question.quiz_id) if question else None
    if quiz is None:
        raise _not_found("question")
    course = await _course(session, actor, quiz.course_id, "question")
    question = await queries.question(session, question_id, fresh=True)
    quiz = await queries.quiz(session, quiz.id, fresh=True)
    if question is None or quiz is None:
        raise _not_found("question")
    return course, quiz, question


async def create(session: AsyncSession, actor: Actor, course: Course, draft: QuizDraft) -> Quiz:
    """A new quiz of the locked course. Raises Refused (UNPROCESSABLE) `quiz.pools`."""
    _check(rules_faults(draft.rules))
    quiz = Quiz(
        id=new_id(),
        course_id=course.id,
        title=draft.title,
        instructions=draft.instructions,
        rules=msgspec.to_builtins(draft.rules),
        revision=1,
        updated_at=utc_now(),
    )
    session.add(quiz)
    await courses.changed(session, course)
    await _note(session, actor, "quiz.created", quiz)
    return quiz


async def change(session: AsyncSession, actor: Actor, course: Course, quiz: Quiz, values: Mapping[str, Any]) -> None:
    """Give a quiz of the locked course new values; `rules` take the place of the old ones. Raises as `create`."""
    for name, value in values.items():
        if name == "rules":
            _check(rules_faults(value))
        setattr(quiz, name, msgspec.to_builtins(value) if name == "rules" else value)
    await _changed(session, course, quiz)
    await _note(session, actor, "quiz.changed", quiz, fields=sorted(values))


async def remove(session: AsyncSession, actor: Actor, course: Course, quiz: Quiz) -> None:
    """Delete a quiz of the locked course with its questions. Raises Refused `quiz.in_use` (CONFLICT)."""
    title = await queries.lesson_with_quiz(session, quiz.id)
    if title is not None:
        raise Refused("quiz.in_use", f"The lesson {title!r} uses this quiz.", kind=ErrorKind.CONFLICT)
    await session.delete(quiz)
    await courses.changed(session, course)
    await _note(session, actor, "quiz.deleted", quiz)


async def add_question(session: AsyncSession, actor: Actor, course: Course, quiz: Quiz, draft: QuestionDraft) -> Question:
    """A new question at the end of a quiz of the locked course.

    Raises Refused `quiz.full` (CONFLICT), and (UNPROCESSABLE) what `core.assessment_rules.question_faults` finds.
    """
    _check(question_faults(draft.content, draft.points, draft.penalty))
    siblings = await queries.question_positions(session, quiz.id)
    if len(siblings) >= MAX_QUESTIONS:
        raise Refused("quiz.full", f"A quiz has {MAX_QUESTIONS} questions at most.", kind=ErrorKind.CONFLICT)
    position = positions.between(siblings[-1][1] if siblings else None, None)
    question = Question(id=new_id(), quiz_id=quiz.id, position=position, revision=1, **_columns(_fields(draft)))
    session.add(question)
    await _changed(session, course, quiz)
    await _settle(session, quiz, question)
    await _note(session, actor, "question.added", quiz, question=str(question.id))
    return question


async def change_question(
    session: AsyncSession, actor: Actor, course: Course, quiz: Quiz, question: Question, values: Mapping[str, Any]
) -> None:
    """Give a question of the locked course new values; `content` may be of another kind. Raises as `add_question`."""
    wanted = {**_fields(draft_of(question)), **values}
    _check(question_faults(wanted["content"], wanted["points"], wanted["penalty"]))
    for name, value in _columns(values).items():
        setattr(question, name, value)
    question.revision += 1
    question.updated_at = utc_now()
    await _changed(session, course, quiz)
    await _note(session, actor, "question.changed", quiz, question=str(question.id), fields=sorted(values))


async def move_question(
    session: AsyncSession, actor: Actor, course: Course, quiz: Quiz, question: Question, after: UUID | None
) -> None:
    """Put a question of the locked course behind `after` in its quiz (None: first).

    Raises Refused `question.after_unknown` (UNPROCESSABLE).
    """
    siblings = [each for each in await queries.question_positions(session, quiz.id) if each[0] != question.id]
    ids = [identifier for identifier, _ in siblings]
    if after is not None and after not in ids:
        raise refusal([Fault("question.after_unknown", "after", "It can't come after what is not there.")])
    index = 0 if after is None else ids.index(after) + 1
    before = siblings[index - 1][1] if index else None
    question.position = positions.between(before, siblings[index][1] if index < len(siblings) else None)
    question.revision += 1
    await _changed(session, course, quiz)
    await _settle(session, quiz, question)
    await _note(session, actor, "question.moved", quiz, question=str(question.id))


async def remove_question(session: AsyncSession, actor: Actor, course: Course, quiz: Quiz, question: Question) -> None:
    """Delete a question of the locked course."""
    await session.delete(question)
    await _changed(session, course, quiz)
    await _note(session, actor, "question.deleted", quiz, question=str(question.id))


def problems(rules: QuizRules, questions: Sequence[Question]) -> list[Fault]:
    """What keeps the quiz as a whole from being taken as its rules say; nothing of it keeps authors from working on."""
    found = []
    if not questions:
        found.append(Fault("quiz.empty", "questions", "There are no questions."))
    held: dict[str, int] = {}
    for question in questions:
        if question.pool is not None:
            held[question.pool] = held.get(question.pool, 0) + 1
    for pool in rules.pools:
        if held.get(pool.name, 0) < pool.pick:
            message = f"The pool {pool.name!r} has {held.get(pool.name, 0)} questions, and {pool.pick} are to be asked."
            found.append(Fault("quiz.pool_too_small", "rules.pools", message))
    for name in sorted(held.keys() - {pool.name for pool in rules.pools}):
        message = f"The rules don't say how many questions of the pool {name!r} are asked; all are."
        found.append(Fault("quiz.pool_unknown", "rules.pools", message))
    return found


def _fields(draft: QuestionDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in QuestionDraft.__dataclass_fields__}


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a draft as the row keeps them."""
    found = dict(values)
    if "content" in found:
        found["kind"], found["content"] = kind_of(found["content"]), to_stored(found["content"])
    if "feedback" in found:
        found["feedback"] = msgspec.to_builtins(found["feedback"])
    if "tags" in found:
        found["tags"] = list(dict.fromkeys(found["tags"]))
    if found.get("at_s") is not None:
        # Milliseconds are exact enough for anybody's eye.
        found["at_s"] = max(0.0, round(found["at_s"], 3))
    return found


def _check(faults: Sequence[Fault]) -> None:
    if faults:
        raise refusal(faults)


async def _changed(session: AsyncSession, course: Course, quiz: Quiz) -> None:
    """The quiz counts changes of all that belongs to it."""
    quiz.revision += 1
    quiz.updated_at = utc_now()
    await courses.changed(session, course)


async def _settle(session: AsyncSession, quiz: Quiz, question: Question) -> None:
    """Spread the keys anew once they have grown long. In two steps: the index knows of no moment without order."""
    if len(question.position) <= positions.LONG:
        return
    ids = [identifier for identifier, _ in await queries.question_positions(session, quiz.id)]
    for mark in ("!", ""):
        rows = [{"id": key, "position": mark + text} for key, text in zip(ids, positions.spread(len(ids)), strict=True)]
        await session.execute(update(Question), rows)
    await session.refresh(question)


async def _course(session: AsyncSession, actor: Actor, course_id: UUID, what: str, lock: bool = True) -> Course:
    try:
        return await courses.editable_course(session, actor, course_id, lock=lock)
    except Refused as refused:
        # What belongs to a course that may not be seen is not there either.
        raise _not_found(what) if refused.kind is ErrorKind.NOT_FOUND else refused from None


async def _note(session: AsyncSession, actor: Actor, action: str, quiz: Quiz, **detail: Any) -> None:
    await audit.note(session, actor, action, "quiz", quiz.id, course=str(quiz.course_id), title=quiz.title, **detail)


def _not_found(what: str) -> Refused:
    return Refused(f"{what}.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
