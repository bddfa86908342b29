"""Courses to documents and back: written whole, made anew from an archive or another course, and put back to what they were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.assessments import Criterion, Feedback, LatePolicy, QuizRules, from_stored
from core.catalog import tidy_tags
from core.course_document import (
    AssignmentDocument,
    CourseDocument,
    CourseFacts,
    LessonDocument,
    MediaReference,
    ModuleDocument,
    PriceDocument,
    QuestionDocument,
    QuizDocument,
    Takes,
)
from core.errors import Refused
from core.markdown import all_image_references
from db.models import Asset, Assignment, Course, File, Lesson, Question, Quiz
from db.queries import course_documents as queries
from db.queries import courses as course_queries
from db.queries import curriculum
from domain import audit, courses, policies
from domain.course_settling import Media, settle
from domain.courses import CourseDraft
from domain.policies import Actor

_Pictures = Sequence[tuple[str, set[UUID]]]
_COPY = " (copy)"
_COPIED_TITLE = 200 - len(_COPY)


@dataclass(frozen=True, slots=True)
class Warned:
    """What could not be taken over, and is left open."""

    code: str
    lesson: str
    """The lesson's title; empty: the course itself."""
    message: str


@dataclass(slots=True)
class _Whole:
    """Everything that a course consists of."""

    course: Course
    assets: Mapping[UUID, Asset]
    files: Mapping[UUID, File]
    requires: Mapping[UUID, list[UUID]]
    lessons: dict[UUID, list[Lesson]] = field(default_factory=dict)
    questions: dict[UUID, list[Question]] = field(default_factory=dict)


async def write(session: AsyncSession, course: Course) -> CourseDocument:
    """The course as it is now; handles are the ids of its rows."""
    modules, lessons = await curriculum.modules(session, course.id), await curriculum.lessons(session, course.id)
    whole = _Whole(
        course,
        await queries.assets(session, {lesson.asset_id for lesson in lessons if lesson.asset_id}),
        await queries.files(session, {lesson.file_id for lesson in lessons if lesson.file_id}),
        await curriculum.lesson_prerequisites(session, course.id),
    )
    for lesson in lessons:
        whole.lessons.setdefault(lesson.module_id, []).append(lesson)
    for question in await queries.questions(session, course.id):
        whole.questions.setdefault(question.quiz_id, []).append(question)
    return CourseDocument(
        course=_facts(course),
        modules=tuple(
            ModuleDocument(
                id=str(module.id),
                title=module.title,
                summary=module.summary,
                opens_at=module.opens_at,
                opens_after_days=module.opens_after_days,
                lessons=tuple(_lesson(whole, lesson) for lesson in whole.lessons.get(module.id, ())),
            )
            for module in modules
        ),
        quizzes=tuple(_quiz(quiz, whole.questions.get(quiz.id, ())) for quiz in await queries.quizzes(session, course.id)),
        assignments=tuple(_assignment(each) for each in await queries.assignments(session, course.id)),
    )


async def make(
    session: AsyncSession,
    actor: Actor,
    document: CourseDocument,
    *,
    source: str,
    given: Mapping[str, UUID] | None = None,
    copied_from: UUID | None = None,
) -> tuple[Course, list[Warned]]:
    """A new draft of the actor's after `document`, and what is left open.

    Its videos and files are linked where the actor may use them; `given` names videos by their file names that the document
    knows no id of. `source` (`archive`, `copy`, `demo`) is kept in the audit log. The slug is taken where it is free.
    """
    pictures = await _pictures(document)
    course = await _begin(session, actor, document.course)
    media = await _usable(session, actor, document, pictures, course.id, given or {})
    await settle(session, course, document, media, own=False)
    await courses.changed(session, course)
    detail = {"source": source, "title": course.title} | ({"copiedFrom": str(copied_from)} if copied_from else {})
    await audit.note(session, actor, "course.imported", "course", course.id, **detail)
    return course, _open(document, media, pictures)


def renamed(document: CourseDocument) -> CourseDocument:
    """The document of a copy, which people can tell from the original by its title."""
    title = f"{document.course.title[:_COPIED_TITLE].rstrip()}{_COPY}"
    return msgspec.structs.replace(document, course=msgspec.structs.replace(document.course, title=title))


async def put_back(session: AsyncSession, actor: Actor, course: Course, document: CourseDocument) -> list[Warned]:
    """Give the locked course the content that a revision of it has.

    Its address, its price, its state and who teaches it stay; rows keep their ids. What it showed then it shows again, as far
    as it is still there and still the course's to show: a video whose owner has left the course stays away. Quizzes and
    assignments that the revision does not know stay, without lessons.
    """
    facts, pictures = document.course, await _pictures(document)
    for name in ("title", "summary", "description", "language", "level", "category"):
        setattr(course, name, getattr(facts, name))
    course.tags, course.outcomes = list(facts.tags), list(facts.outcomes)
    shown = {lesson.asset_id for lesson in await curriculum.lessons(session, course.id)}
    teachers = {course.owner_id, *(row.id for row in await course_queries.instructors(session, course.id))}
    assets = {
        key: asset
        for key, asset in (await queries.assets(session, _ids(lesson.asset for lesson in document.lessons), hold=True)).items()
        if key in shown or asset.owner_id in teachers or policies.may_manage_asset(actor, asset.owner_id)
    }
    wanted = _ids(lesson.file for lesson in document.lessons).union(*(shown for _, shown in pictures))
    files = await queries.files(session, wanted, lock=True)
    # What belonged to the course may by now belong to another one.
    kept = {key: file for key, file in files.items() if file.course_id == course.id}
    media = Media({key: key for key in assets}, {key: key for key in kept})
    await settle(session, course, document, media, own=True)
    await courses.changed(session, course)
    return _open(document, media, pictures)


async def _begin(session: AsyncSession, actor: Actor, facts: CourseFacts) -> Course:
    values = {
        **{name: getattr(facts, name) for name in ("summary", "description", "language", "level")},
        "title": facts.title.strip(),
        "category": facts.category.strip(),
        "tags": tidy_tags(facts.tags),
        "outcomes": list(facts.outcomes),
        "price_minor": facts.price.amount_minor,
        "currency": facts.price.currency,
    }
    try:
        return await courses.create(session, actor, CourseDraft(slug=facts.slug, **values))
    except Refused as error:
        if error.code != "course.slug_taken":
            raise
        return await courses.create(session, actor, CourseDraft(**values))


async def _usable(
    session: AsyncSession,
    actor: Actor,
    document: CourseDocument,
    pictures: _Pictures,
    course_id: UUID,
    given: Mapping[str, UUID],
) -> Media:
    """What of the document's videos and files the actor may use in a new course; free files become the course's."""
    assets = await queries.assets(session, _ids(lesson.asset for lesson in document.lessons), hold=True)
    wanted = _ids(lesson.file for lesson in document.lessons).union(*(shown for _, shown in pictures))
    files = await queries.files(session, wanted, lock=True)
    media = Media(by_name=given)
    media.assets |= {key: key for key, asset in assets.items() if policies.may_manage_asset(actor, asset.owner_id)}
    for key, file in files.items():
        if file.course_id is None and policies.may_own_file(actor, file.owner_id):
            file.course_id = course_id
            media.files[key] = key
    return media


def _ids(references: Iterable[MediaReference | None]) -> set[UUID]:
    return {reference.id for reference in references if reference is not None and reference.id is not None}


async def _pictures(document: CourseDocument) -> _Pictures:
    """The pictures in each text, by the title of its lesson; empty: the course itself."""
    texts = [("", document.course.description), *((lesson.title, lesson.body) for lesson in document.lessons)]
    found = await all_image_references([text for _, text in texts])
    return [(title, {UUID(each) for each in named}) for (title, _), named in zip(texts, found, strict=True)]


def _open(document: CourseDocument, media: Media, pictures: _Pictures) -> list[Warned]:
    found = []
    for lesson in document.lessons:
        if lesson.asset is not None and media.asset(lesson.asset) is None:
            what = lesson.asset.title or lesson.asset.filename or "The video"
            found.append(Warned("archive.asset_open", lesson.title, f"{what} is not among the videos that you may use."))
        if lesson.file is not None and media.file(lesson.file) is None:
            what = lesson.file.filename or "The file"
            found.append(Warned("archive.file_open", lesson.title, f"{what} is not among the files that you may use here."))
    for title, shown in pictures:
        if not shown <= media.files.keys():
            found.append(Warned("archive.picture_open", title, "A picture in the text is not among the files of this course."))
    return found


def _facts(course: Course) -> CourseFacts:
    return CourseFacts(
        title=course.title,
        slug=course.slug,
        summary=course.summary,
        description=course.description,
        language=course.language,
        level=course.level,
        category=course.category,
        tags=tuple(course.tags),
        outcomes=tuple(course.outcomes),
        price=PriceDocument(amount_minor=course.price_minor, currency=course.currency),
    )


def _lesson(whole: _Whole, lesson: Lesson) -> LessonDocument:
    asset = whole.assets.get(lesson.asset_id) if lesson.asset_id else None
    file = whole.files.get(lesson.file_id) if lesson.file_id else None
    return LessonDocument(
        id=str(lesson.id),
        title=lesson.title,
        kind=lesson.kind,
        body=lesson.body,
        preview=lesson.preview,
        opens_at=lesson.opens_at,
        opens_after_days=lesson.opens_after_days,
        minutes=lesson.minutes,
        requires=tuple(str(each) for each in whole.requires.get(lesson.id, ())),
        asset=MediaReference(id=asset.id, title=asset.title, filename=asset.filename) if asset else None,
        file=MediaReference(id=file.id, filename=file.filename, sha256=file.sha256) if file else None,
        quiz=str(lesson.quiz_id) if lesson.quiz_id else None,
        assignment=str(lesson.assignment_id) if lesson.assignment_id else None,
    )


def _quiz(quiz: Quiz, questions: Iterable[Question]) -> QuizDocument:
    return QuizDocument(
        id=str(quiz.id),
        title=quiz.title,
        instructions=quiz.instructions,
        rules=msgspec.convert(quiz.rules, QuizRules),
        questions=tuple(
            QuestionDocument(
                id=str(question.id),
                prompt=question.prompt,
                content=from_stored(question.kind, question.content),
                points=_marks(question.points),
                penalty=_marks(question.penalty),
                pool=question.pool,
                feedback=msgspec.convert(question.feedback, Feedback),
                at_s=question.at_s,
                tags=tuple(question.tags),
            )
            for question in questions
        ),
    )


def _assignment(assignment: Assignment) -> AssignmentDocument:
    return AssignmentDocument(
        id=str(assignment.id),
        title=assignment.title,
        instructions=assignment.instructions,
        takes=msgspec.convert(assignment.takes, Takes),
        max_files=assignment.max_files,
        max_points=_marks(assignment.max_points),
        rubric=msgspec.convert(assignment.rubric, tuple[Criterion, ...]),
        due_at=assignment.due_at,
        due_days=assignment.due_days,
        late=msgspec.convert(assignment.late, LatePolicy),
    )


def _marks(value: Decimal) -> str:
    """As people write it: 1.50 is 1.5, and 100 is no power of ten."""
    return format(value.normalize(), "f")
