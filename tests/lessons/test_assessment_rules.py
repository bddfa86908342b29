"""What makes sense in a question or a rubric, beyond what its schema says."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.assessment_rules import question_faults, rubric_faults, rules_faults
from core.assessments import Content, Criterion, QuestionKind, QuizRules, from_stored, kind_of, to_stored


def choices(*right: bool) -> list[dict[str, Any]]:
    return [{"id": f"c{number}", "text": f"Choice {number}", "right": each} for number, each in enumerate(right)]


def pairs(*sides: tuple[str, str]) -> list[dict[str, str]]:
    return [{"id": f"p{number}", "left": left, "right": right} for number, (left, right) in enumerate(sides)]


def items(*texts: str) -> list[dict[str, str]]:
    return [{"id": f"i{number}", "text": text} for number, text in enumerate(texts)]


RIGHT: dict[str, dict[str, Any]] = {
    "single": {"kind": "single_choice", "choices": choices(True, False)},
    "multiple": {"kind": "multiple_choice", "choices": choices(True, True, False)},
    "one of several": {"kind": "multiple_choice", "choices": choices(False, True)},
    "true or false": {"kind": "true_false", "answer": False},
    "short": {"kind": "short_text", "answers": ["Redis", "redis server"]},
    "short by case": {"kind": "short_text", "answers": ["GET", "get"], "matchCase": True},
    "numeric": {"kind": "numeric", "value": "-3.25", "tolerance": "0.05", "unit": "m/s"},
    "numeric by percent": {"kind": "numeric", "value": "1000000", "tolerance": "100", "toleranceIn": "percent"},
    "matching": {"kind": "matching", "pairs": pairs(("a", "1"), ("b", "2")), "distractors": ["3"]},
    "ordering": {"kind": "ordering", "items": items("first", "second")},
    "essay": {"kind": "essay", "minWords": 100, "maxWords": 100},
}
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "none right": ({"kind": "single_choice", "choices": choices(False, False)}, "question.right_choice", "content.choices"),
    "two right": ({"kind": "single_choice", "choices": choices(True, True)}, "question.right_choice", "content.choices"),
    "none of several": (
        {"kind": "multiple_choice", "choices": choices(False, False)},
        "question.right_choice",
        "content.choices",
    ),
    "same id": ({"kind": "multiple_choice", "choices": [*choices(True), *choices(False)]}, "question.ids", "content.choices"),
    "same answer": ({"kind": "short_text", "answers": ["Redis", " redis "]}, "question.answers", "content.answers"),
    "beyond all": (
        {"kind": "numeric", "value": "1", "tolerance": "101", "toleranceIn": "percent"},
        "question.tolerance",
        "content.tolerance",
    ),
    "same left": ({"kind": "matching", "pairs": pairs(("a", "1"), ("A", "2"))}, "question.pairs", "content.pairs"),
    "same right": ({"kind": "matching", "pairs": pairs(("a", "1"), ("b", "1"))}, "question.pairs", "content.pairs"),
    "right among distractors": (
        {"kind": "matching", "pairs": pairs(("a", "1"), ("b", "2")), "distractors": ["2"]},
        "question.pairs",
        "content.pairs",
    ),
    "same item": ({"kind": "ordering", "items": items("one", "One")}, "question.items", "content.items"),
    "same item id": ({"kind": "ordering", "items": [*items("one"), *items("two")]}, "question.ids", "content.items"),
    "words": ({"kind": "essay", "minWords": 100, "maxWords": 99}, "question.words", "content.maxWords"),
}
MALFORMED: dict[str, dict[str, Any]] = {
    "no kind": {"choices": choices(True, False)},
    "another kind": {"kind": "poem"},
    "one choice": {"kind": "single_choice", "choices": choices(True)},
    "odd id": {"kind": "single_choice", "choices": [{"id": "a b", "text": "x"}, {"id": "c", "text": "y"}]},
    "content of another kind": {"kind": "true_false", "choices": choices(True, False)},
    "unknown field": {"kind": "true_false", "answer": True, "hint": "no"},
    "no answers": {"kind": "short_text", "answers": []},
    "negative tolerance": {"kind": "numeric", "value": "1", "tolerance": "-1"},
    "no number": {"kind": "numeric", "value": "NaN"},
    "number of another type": {"kind": "numeric", "value": 1.5},
    "one pair": {"kind": "matching", "pairs": pairs(("a", "1"))},
    "one item": {"kind": "ordering", "items": items("one")},
    "control characters": {"kind": "short_text", "answers": ["a\x00b"]},
}


@pytest.mark.parametrize("content", RIGHT.values(), ids=RIGHT)
def test_what_makes_sense_is_kept_whole(content: dict[str, Any]) -> None:
    decoded = msgspec.convert(content, Content)
    assert question_faults(decoded, Decimal(1), Decimal(0)) == []
    kind = kind_of(decoded)
    stored = to_stored(decoded)
    assert (kind, "kind" in stored) == (QuestionKind(content["kind"]), False)
    assert from_stored(kind, msgspec.json.decode(msgspec.json.encode(stored))) == decoded


@pytest.mark.parametrize(("content", "code", "field"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_named(content: dict[str, Any], code: str, field: str) -> None:
    (fault,) = question_faults(msgspec.convert(content, Content), Decimal(1), Decimal(1))
    assert (fault.code, fault.field) == (code, field)
    assert fault.message.endswith(".")


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_a_schema_can_say_is_refused_by_it(content: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(content, Content)


def test_a_wrong_answer_costs_no_more_than_the_right_one_brings() -> None:
    (fault,) = question_faults(msgspec.convert(RIGHT["single"], Content), Decimal("0.50"), Decimal("0.51"))
    assert (fault.code, fault.field) == ("question.penalty", "penalty")


def test_every_kind_of_question_has_a_content() -> None:
    assert {kind_of(msgspec.convert(content, Content)) for content in RIGHT.values()} == set(QuestionKind)


def test_a_pool_is_named_once() -> None:
    once = {"pools": [{"name": "hard", "pick": 2}, {"name": "easy", "pick": 3}]}
    twice = {"pools": [{"name": "hard", "pick": 2}, {"name": "hard", "pick": 3}]}
    assert rules_faults(msgspec.convert(once, QuizRules)) == []
    assert [fault.code for fault in rules_faults(msgspec.convert(twice, QuizRules))] == ["quiz.pools"]


def criterion(identifier: str, *points: str) -> Criterion:
    levels = [{"title": f"Level {each}", "points": each} for each in points]
    return msgspec.convert({"id": identifier, "title": "Structure", "levels": levels}, Criterion)


@pytest.mark.parametrize(
    ("rubric", "worth", "codes"),
    [
        ([], "100", []),
        ([criterion("a", "0", "60"), criterion("b", "40", "10")], "100", []),
        ([criterion("a", "0.1"), criterion("b", "0.2")], "0.3", []),
        ([criterion("a", "60"), criterion("b", "50")], "100", ["assignment.rubric_sum"]),
        ([criterion("a", "60"), criterion("a", "40")], "100", ["assignment.rubric_ids"]),
    ],
)
def test_a_rubric_is_worth_what_the_assignment_is(rubric: list[Criterion], worth: str, codes: list[str]) -> None:
    assert [fault.code for fault in rubric_faults(rubric, Decimal(worth))] == codes
