"""Quizzes and assignments as values that several layers speak: over the wire, in JSON columns and in archives alike.

The structs say what a schema can say; `core.assessment_rules` says the rest. Marks and numbers are decimals written as text,
so that nothing is lost on their way: `Decimal(points)` is exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# Several lines, without the control characters that PostgreSQL or a screen can't take.
PROSE_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
# `$` alone would let a line's end through, here but not in JavaScript.
_LINE_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"

Prose = Annotated[str, Meta(max_length=20_000, pattern=PROSE_PATTERN)]
"""Markdown of any length that is read at once."""
Remark = Annotated[str, Meta(max_length=2000, pattern=PROSE_PATTERN)]
"""Markdown, a few sentences."""
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE_PATTERN)]
Answer = Annotated[str, Meta(min_length=1, max_length=500, pattern=_LINE_PATTERN)]
Handle = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", examples=["a"])]
"""Names a part of a question for as long as the question lives: what learners answer refers to it."""
# Not `ge=0` for numbers, which would be left out of the API's document.
Marks = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$(?!\n)", examples=["2.5"])]
"""Points, exact: at most two decimals."""
Number = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,10})?$(?!\n)", examples=["3.1416"])]
"""A decimal number, exact."""
Extent = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,10})?$(?!\n)", examples=["0.01"])]
"""A decimal number that is not negative."""


class QuestionKind(StrEnum):
    """Kinds of question."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    SHORT_TEXT = "short_text"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"
    ESSAY = "essay"


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What all of these are."""


class Pool(_Value, frozen=True):
    """Of the questions that name this pool, `pick` are asked, drawn anew for each attempt."""

    name: Annotated[str, Meta(min_length=1, max_length=40, pattern=_LINE_PATTERN)]
    pick: Annotated[int, Meta(ge=1, le=500)]


class QuizRules(_Value, frozen=True):
    """How a quiz is taken."""

    time_limit_s: Annotated[int, Meta(ge=10, le=86_400)] | None = None
    attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    """None: as many as one likes."""
    shuffle_questions: bool = False
    shuffle_choices: bool = False
    pools: Annotated[tuple[Pool, ...], Meta(max_length=50)] = ()
    pass_percent: Annotated[int, Meta(gt=-1, le=100)] = 50
    negative_marking: bool = False
    """Penalties are taken off; a quiz as a whole never has less than nothing."""
    feedback: Literal["immediately", "after", "never"] = "after"
    """With each answer, when the attempt has ended, or not at all."""
    show_answers: bool = False
    """Tell the right answers along with the feedback."""


class Choice(_Value, frozen=True):
    """One of several answers."""

    id: Handle
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=PROSE_PATTERN)]
    """Markdown."""
    right: bool = False
    feedback: Remark = ""
    """Said to whoever chose it."""


class ChoiceContent(_Value, frozen=True):
    """Answers to choose from."""

    choices: Annotated[tuple[Choice, ...], Meta(min_length=2, max_length=50)]


class SingleChoiceContent(ChoiceContent, frozen=True, tag_field="kind", tag=QuestionKind.SINGLE_CHOICE.value):
    """Exactly one choice is right."""


class MultipleChoiceContent(ChoiceContent, frozen=True, tag_field="kind", tag=QuestionKind.MULTIPLE_CHOICE.value):
    """One choice or more are right; all of them and no other have to be chosen."""


class TrueFalseContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.TRUE_FALSE.value):
    """A statement that holds or does not."""

    answer: bool
    feedback_true: Remark = ""
    """Said to whoever answered true."""
    feedback_false: Remark = ""


class ShortTextContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.SHORT_TEXT.value):
    """A word or a few. Spaces at the ends and several in a row never count."""

    answers: Annotated[tuple[Answer, ...], Meta(min_length=1, max_length=50)]
    """Each of them is right."""
    match_case: bool = False


class NumericContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.NUMERIC.value):
    """A number within `tolerance` of `value`."""

    value: Number
    tolerance: Extent = "0"
    tolerance_in: Literal["units", "percent"] = "units"
    unit: Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = ""
    """Shown behind the field."""


class Pair(_Value, frozen=True):
    """What belongs together."""

    id: Handle
    left: Answer
    right: Answer


class MatchingContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.MATCHING.value):
    """Each left to its right; `distractors` are rights that belong to nothing."""

    pairs: Annotated[tuple[Pair, ...], Meta(min_length=2, max_length=30)]
    distractors: Annotated[tuple[Answer, ...], Meta(max_length=30)] = ()


class Item(_Value, frozen=True):
    """One of the things to put in order."""

    id: Handle
    text: Answer


class OrderingContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.ORDERING.value):
    """Things to put in order; they stand here in the right one."""

    items: Annotated[tuple[Item, ...], Meta(min_length=2, max_length=30)]


class EssayContent(_Value, frozen=True, tag_field="kind", tag=QuestionKind.ESSAY.value):
    """A text that somebody marks."""

    min_words: Annotated[int, Meta(gt=-1, le=20_000)] = 0
    max_words: Annotated[int, Meta(ge=1, le=20_000)] | None = None
    guidance: Prose = ""
    """For those who mark it; learners never see it."""


Content = (
    SingleChoiceContent
    | MultipleChoiceContent
    | TrueFalseContent
    | ShortTextContent
    | NumericContent
    | MatchingContent
    | OrderingContent
    | EssayContent
)
"""What a question asks and what is right, told apart by `kind`."""


class Feedback(_Value, frozen=True):
    """What is said about a question as a whole, besides what is said about a choice. Markdown."""

    right: Remark = ""
    wrong: Remark = ""
    general: Remark = ""


class Level(_Value, frozen=True):
    """How well a criterion may be met, and what that is worth."""

    title: Line
    points: Marks
    description: Remark = ""


class Criterion(_Value, frozen=True):
    """What an assignment is marked by; it is worth what its best level is."""

    id: Handle
    title: Line
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=10)]
    description: Remark = ""

    @property
    def points(self) -> Decimal:
        return max(Decimal(level.points) for level in self.levels)


class LatePolicy(_Value, frozen=True):
    """What happens after the due date."""

    accept_days: Annotated[int, Meta(gt=-1, le=365)] = 0
    """Work is taken for so many days more."""
    penalty_percent_per_day: Annotated[int, Meta(gt=-1, le=100)] = 0
    """Taken off for each day that has begun."""


def kind_of(content: Content) -> QuestionKind:
    """The kind of question that has such content."""
    return QuestionKind(str(content.__struct_config__.tag))


def to_stored(content: Content) -> dict[str, Any]:
    """What the column `questions.content` holds: everything but the kind, which has a column of its own."""
    return {name: value for name, value in msgspec.to_builtins(content).items() if name != "kind"}


def from_stored(kind: QuestionKind, stored: Mapping[str, Any]) -> Content:
    """The content of a question of this kind, out of its column. Raises msgspec.ValidationError."""
    content: Content = msgspec.convert({**stored, "kind": kind.value}, Content)
    return content
