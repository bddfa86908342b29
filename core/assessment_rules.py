"""What makes sense in quizzes and assignments and can't be said by a schema. Pure: each rule gives the faults that it finds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.assessments import (
    ChoiceContent,
    Content,
    Criterion,
    EssayContent,
    MatchingContent,
    NumericContent,
    OrderingContent,
    QuizRules,
    ShortTextContent,
    SingleChoiceContent,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a stable code, the field as JSON names it, and a sentence."""

    code: str
    field: str
    message: str


def question_faults(content: Content, points: Decimal, penalty: Decimal) -> list[Fault]:
    """What is wrong with a question."""
    found = list(_content_faults(content))
    if penalty > points:
        found.append(Fault("question.penalty", "penalty", "A wrong answer can't cost more than the right one brings."))
    return found


def rules_faults(rules: QuizRules) -> list[Fault]:
    """What is wrong with the rules of a quiz."""
    if _doubles(pool.name for pool in rules.pools):
        return [Fault("quiz.pools", "rules.pools", "A pool has two entries.")]
    return []


def rubric_faults(rubric: Sequence[Criterion], max_points: Decimal) -> list[Fault]:
    """What is wrong with a rubric; one without criteria is no rubric and right."""
    found = []
    if _doubles(criterion.id for criterion in rubric):
        found.append(Fault("assignment.rubric_ids", "rubric", "Two criteria have the same id."))
    total = sum((criterion.points for criterion in rubric), Decimal())
    if rubric and total != max_points:
        found.append(
            Fault("assignment.rubric_sum", "rubric", f"The criteria are worth {total} points together, not {max_points}.")
        )
    return found


def _content_faults(content: Content) -> Iterator[Fault]:
    match content:
        case ChoiceContent():
            yield from _choices(content)
        case ShortTextContent():
            if _doubles(_plain(answer, content.match_case) for answer in content.answers):
                yield Fault("question.answers", "content.answers", "An answer is there twice.")
        case NumericContent():
            if content.tolerance_in == "percent" and Decimal(content.tolerance) > 100:
                yield Fault("question.tolerance", "content.tolerance", "A tolerance has 100 percent at most.")
        case MatchingContent():
            yield from _pairs(content)
        case OrderingContent():
            yield from _ids(content.items, "content.items")
            if _doubles(_plain(item.text) for item in content.items):
                yield Fault("question.items", "content.items", "Two things look the same, so their order can't be told.")
        case EssayContent():
            if content.max_words is not None and content.max_words < content.min_words:
                yield Fault("question.words", "content.maxWords", "The most words are fewer than the fewest.")


def _choices(content: ChoiceContent) -> Iterator[Fault]:
    yield from _ids(content.choices, "content.choices")
    right = sum(choice.right for choice in content.choices)
    if isinstance(content, SingleChoiceContent) and right != 1:
        yield Fault("question.right_choice", "content.choices", "Exactly one choice has to be right.")
    elif right == 0:
        yield Fault("question.right_choice", "content.choices", "At least one choice has to be right.")


def _pairs(content: MatchingContent) -> Iterator[Fault]:
    yield from _ids(content.pairs, "content.pairs")
    if _doubles(_plain(pair.left) for pair in content.pairs):
        yield Fault("question.pairs", "content.pairs", "Two pairs have the same left side.")
    if _doubles(_plain(right) for right in (*(pair.right for pair in content.pairs), *content.distractors)):
        yield Fault("question.pairs", "content.pairs", "Two right sides are the same, so what belongs together can't be told.")


def _ids(parts: Sequence[object], field: str) -> Iterator[Fault]:
    if _doubles(getattr(part, "id", "") for part in parts):
        yield Fault("question.ids", field, "Two parts have the same id.")


def _plain(text: str, match_case: bool = False) -> str:
    joined = " ".join(text.split())
    return joined if match_case else joined.casefold()


def _doubles(names: Iterable[str]) -> bool:
    seen = list(names)
    return len(set(seen)) < len(seen)
