"""The API's document says of a body all that is checked of it."""

from typing import Any

import pytest

from api.app import create_app
from api.openapi import document_of
from core.assessments import QuestionKind
from core.settings import Settings


@pytest.fixture
def schemas(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = document_of(create_app(settings))["components"]["schemas"]
    return found


def test_what_a_list_holds_has_bounds(schemas: dict[str, Any]) -> None:
    for struct, field, largest in (
        ("NewQuestion", "tags", 40),
        ("ShortTextContent", "answers", 500),
        ("NewCourse", "tags", 40),
    ):
        items = schemas[struct]["properties"][field]["items"]
        assert (items["type"], items["minLength"], items["maxLength"]) == ("string", 1, largest), struct
        assert "pattern" in items
    assert schemas["MatchingContent"]["properties"]["pairs"]["items"] == {"$ref": "#/components/schemas/Pair"}


def test_no_array_holds_just_anything(schemas: dict[str, Any]) -> None:
    def look(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [fault for number, each in enumerate(node) for fault in look(each, f"{path}/{number}")]
        if not isinstance(node, dict):
            return []
        found = [path] if node.get("type") == "array" and {} in node.get("items", {}).get("oneOf", ()) else []
        return found + [fault for name, each in node.items() for fault in look(each, f"{path}/{name}")]

    assert look(schemas, "") == []


def test_bodies_that_refuse_unknown_fields_say_so(schemas: dict[str, Any]) -> None:
    for struct in ("NewQuestion", "QuestionPatch", "QuizRules", "FilePatch", "NewAssignment", "NewCourse"):
        assert schemas[struct]["additionalProperties"] is False, struct
    assert "additionalProperties" not in schemas["QuizView"]


def test_the_kinds_of_question_are_told_apart_by_name(schemas: dict[str, Any]) -> None:
    whole = [schemas[struct]["properties"]["content"] for struct in ("NewQuestion", "QuestionView")]
    # What may be left out is a choice of one.
    for content in (*whole, schemas["QuestionPatch"]["properties"]["content"]["oneOf"][0]):
        told = content["discriminator"]
        assert told["propertyName"] == "kind"
        assert set(told["mapping"]) == set(QuestionKind)
