"""A course as a document: what archives carry and revisions keep, version 1.

The structs say what a schema can say, `faults` the rest. Parts that refer to one another do so by handles that mean something
inside the document alone; where a document was written from a course they are the ids of its rows, so that a restored course
keeps the identity of its lessons. Videos and files are named, never carried. `core.course_files` spreads a document over files.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core import assessment_rules, money
from core.assessments import (
    PROSE_PATTERN,
    Content,
    Criterion,
    Feedback,
    Handle,
    LatePolicy,
    Line,
    Marks,
    Prose,
    QuizRules,
)
from core.catalog import CourseLevel, LessonKind
from core.slugs import MAX_LENGTH, SLUG_PATTERN

FORMAT: Final = "aula-course"
VERSION: Final = 1
MAX_FAULTS = 50
"""So many are told at once."""

# Years that every time zone can write.
_YEARS = (1970, 9000)
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$(?!\n)"
Text = Annotated[str, Meta(max_length=100_000, pattern=PROSE_PATTERN)]
"""Markdown of a lesson."""
Summary = Annotated[str, Meta(max_length=500, pattern=PROSE_PATTERN)]
Label = Annotated[str, Meta(min_length=1, max_length=40, pattern=_ONE_LINE)]
Outcome = Annotated[str, Meta(min_length=1, max_length=300, pattern=_ONE_LINE)]
Takes = Literal["text", "file", "both"]
Days = Annotated[int, Meta(ge=0, le=3650)]


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What all of these are."""


class MediaReference(_Value, frozen=True, kw_only=True):
    """A video or file that the course shows: by id where it was written, and by what tells people which one is meant."""

    id: UUID | None = None
    title: Annotated[str, Meta(max_length=200, pattern=_ONE_LINE)] = ""
    filename: Annotated[str, Meta(max_length=255, pattern=_ONE_LINE)] = ""
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None


class PriceDocument(_Value, frozen=True, kw_only=True):
    """What the course costs."""

    amount_minor: Annotated[int, Meta(ge=0, le=money.MAX_MINOR)] = 0
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")] = "USD"


class CourseFacts(_Value, frozen=True, kw_only=True):
    """The course itself."""

    title: Line
    slug: Annotated[str, Meta(max_length=MAX_LENGTH, pattern=SLUG_PATTERN + r"(?!\n)")] | None = None
    """Taken where it is free."""
    summary: Summary = ""
    description: Prose = ""
    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)", max_length=35)] = "en"
    level: CourseLevel = CourseLevel.ALL
    category: Annotated[str, Meta(max_length=80, pattern=_ONE_LINE)] = ""
    tags: Annotated[tuple[Label, ...], Meta(max_length=20)] = ()
    outcomes: Annotated[tuple[Outcome, ...], Meta(max_length=20)] = ()
    price: PriceDocument = PriceDocument()


class LessonDocument(_Value, frozen=True, kw_only=True):
    """A lesson."""

    id: Handle | None = None
    title: Line
    kind: LessonKind
    body: Text = ""
    preview: bool = False
    opens_at: datetime | None = None
    opens_after_days: Days | None = None
    minutes: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    requires: Annotated[tuple[Handle, ...], Meta(max_length=100)] = ()
    """Lessons to be completed before."""
    asset: MediaReference | None = None
    file: MediaReference | None = None
    quiz: Handle | None = None
    assignment: Handle | None = None


class ModuleDocument(_Value, frozen=True, kw_only=True):
    """A module and its lessons, in order."""

    id: Handle | None = None
    title: Line
    summary: Summary = ""
    opens_at: datetime | None = None
    opens_after_days: Days | None = None
    lessons: Annotated[tuple[LessonDocument, ...], Meta(max_length=1000)] = ()


class QuestionDocument(_Value, frozen=True, kw_only=True):
    """A question; what it asks is told by the `kind` of its content."""

    id: Handle | None = None
    prompt: Prose
    content: Content
    points: Marks = "1"
    penalty: Marks = "0"
    pool: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ONE_LINE)] | None = None
    feedback: Feedback = Feedback()
    at_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    tags: Annotated[tuple[Label, ...], Meta(max_length=50)] = ()


class QuizDocument(_Value, frozen=True, kw_only=True):
    """A quiz and its questions, in order."""

    id: Handle
    title: Line
    instructions: Prose = ""
    rules: QuizRules = QuizRules()
    questions: Annotated[tuple[QuestionDocument, ...], Meta(max_length=1000)] = ()


class AssignmentDocument(_Value, frozen=True, kw_only=True):
    """An assignment."""

    id: Handle
    title: Line
    instructions: Prose = ""
    takes: Takes = "both"
    max_files: Annotated[int, Meta(ge=1, le=100)] = 5
    max_points: Marks = "100"
    rubric: Annotated[tuple[Criterion, ...], Meta(max_length=100)] = ()
    due_at: datetime | None = None
    due_days: Days | None = None
    late: LatePolicy = LatePolicy()


class CourseDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A whole course."""

    format: Literal["aula-course"] = FORMAT
    version: Literal[1] = VERSION
    course: CourseFacts
    modules: Annotated[tuple[ModuleDocument, ...], Meta(max_length=200)] = ()
    quizzes: Annotated[tuple[QuizDocument, ...], Meta(max_length=1000)] = ()
    assignments: Annotated[tuple[AssignmentDocument, ...], Meta(max_length=1000)] = ()

    @property
    def lessons(self) -> list[LessonDocument]:
        return [lesson for module in self.modules for lesson in module.lessons]


class Fault(msgspec.Struct, frozen=True):
    """What makes no sense in a document: where, and a sentence."""

    field: str
    message: str


_PARTS = {
    "asset": {LessonKind.VIDEO},
    "file": {LessonKind.FILE},
    "quiz": {LessonKind.QUIZ, LessonKind.VIDEO},
    "assignment": {LessonKind.ASSIGNMENT},
}


def faults(document: CourseDocument) -> list[Fault]:
    """What the schema can't say and yet has to hold; at most MAX_FAULTS."""
    found: list[Fault] = []
    for fault in _faults(document):
        found.append(fault)
        if len(found) == MAX_FAULTS:
            break
    return found


def _faults(document: CourseDocument) -> Iterator[Fault]:
    lessons = document.lessons
    price = document.course.price
    if price.currency not in money.EXPONENTS:
        yield Fault("course.price.currency", "This is not a currency of ISO 4217.")
    if len(lessons) > 1000:
        yield Fault("modules", "A course has 1000 lessons at most.")
    yield from _doubles("modules", (module.id for module in document.modules))
    yield from _doubles("lessons", (lesson.id for lesson in lessons))
    yield from _doubles("quizzes", (quiz.id for quiz in document.quizzes))
    yield from _doubles("assignments", (assignment.id for assignment in document.assignments))
    known = {
        "quiz": {quiz.id for quiz in document.quizzes},
        "assignment": {assignment.id for assignment in document.assignments},
    }
    handles = {lesson.id for lesson in lessons if lesson.id}
    for index, module in enumerate(document.modules):
        yield from _opening(f"modules[{index}]", module)
        for number, lesson in enumerate(module.lessons):
            yield from _lesson(f"modules[{index}].lessons[{number}]", lesson, known, handles)
    if _circular({lesson.id: lesson.requires for lesson in lessons if lesson.id}):
        yield Fault("modules", "A lesson would have to be completed before itself.")
    for index, quiz in enumerate(document.quizzes):
        yield from _quiz(f"quizzes[{index}]", quiz)
    yield from _doubles("questions", (question.id for quiz in document.quizzes for question in quiz.questions))
    for index, assignment in enumerate(document.assignments):
        yield from _assignment(f"assignments[{index}]", assignment)


def _lesson(at: str, lesson: LessonDocument, known: Mapping[str, set[str]], handles: set[str]) -> Iterator[Fault]:
    yield from _opening(at, lesson)
    for part, kinds in _PARTS.items():
        value = getattr(lesson, part)
        if value is None:
            continue
        if lesson.kind not in kinds:
            yield Fault(f"{at}.{part}", f"A lesson of kind {lesson.kind} has no such thing.")
        if part in known and value not in known[part]:
            yield Fault(f"{at}.{part}", f"The document has no {part} {value}.")
    for required in lesson.requires:
        if required not in handles:
            yield Fault(f"{at}.requires", f"The document has no lesson {required}.")


def _opening(at: str, part: ModuleDocument | LessonDocument) -> Iterator[Fault]:
    if part.opens_at is not None and part.opens_after_days is not None:
        yield Fault(f"{at}.opensAfterDays", "It opens at a date or days after enrolment, not both.")
    yield from _moment(f"{at}.opensAt", part.opens_at)


def _moment(at: str, moment: datetime | None) -> Iterator[Fault]:
    if moment is not None and moment.tzinfo is None:
        yield Fault(at, "A moment needs its time zone.")
    elif moment is not None and not _YEARS[0] <= moment.year <= _YEARS[1]:
        yield Fault(at, "Not a date that a course can have.")


def _quiz(at: str, quiz: QuizDocument) -> Iterator[Fault]:
    for fault in assessment_rules.rules_faults(quiz.rules):
        yield Fault(f"{at}.{fault.field}", fault.message)
    for number, question in enumerate(quiz.questions):
        found = assessment_rules.question_faults(question.content, Decimal(question.points), Decimal(question.penalty))
        for fault in found:
            yield Fault(f"{at}.questions[{number}].{fault.field}", fault.message)


def _assignment(at: str, assignment: AssignmentDocument) -> Iterator[Fault]:
    if assignment.due_at is not None and assignment.due_days is not None:
        yield Fault(f"{at}.dueDays", "It is due at a date or days after enrolment, not both.")
    yield from _moment(f"{at}.dueAt", assignment.due_at)
    points = Decimal(assignment.max_points)
    if points <= 0:
        yield Fault(f"{at}.maxPoints", "It has to be worth something.")
    for fault in assessment_rules.rubric_faults(assignment.rubric, points):
        yield Fault(f"{at}.{fault.field}", fault.message)


def _doubles(at: str, handles: Iterable[str | None]) -> Iterator[Fault]:
    seen: set[str] = set()
    for handle in handles:
        if handle is None:
            continue
        # Ids of rows are the same in either case.
        plain = handle.lower() if _UUID.fullmatch(handle) else handle
        if plain in seen:
            yield Fault(at, f"The id {handle} is there twice.")
        seen.add(plain)


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def uuid_of(handle: str | None) -> UUID | None:
    """The row's id that a handle is, where the document was written from a course."""
    return UUID(handle) if handle is not None and _UUID.fullmatch(handle) else None


def _circular(requires: Mapping[str, Sequence[str]]) -> bool:
    """Whether any way along `requires` comes back to where it began."""
    done: set[str] = set()
    for start in requires:
        ahead: list[tuple[str, bool]] = [(start, False)]
        path: set[str] = set()
        while ahead:
            node, left = ahead.pop()
            if left:
                path.discard(node)
                done.add(node)
            elif node in path:
                return True
            elif node not in done:
                path.add(node)
                ahead.append((node, True))
                ahead += [(each, False) for each in requires.get(node, ())]
    return False
