"""The page's types and its table of operations are made from the API's document, and they are those of today's API."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops.checks.api_types import FILES, document, made
from tests.support.webapp import NODE, WEB


def test_the_pages_types_are_those_of_the_api() -> None:
    stale = [path.name for path, text in made(document(), NODE).items() if text != path.read_text()]
    assert not stale, "the API has changed: run `make api-types`"
    assert set(FILES) == {"schema", "operations"}


def _made(which: str, text: str) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(WEB / "scripts/api-types.mjs"), which]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def _document(operation: dict[str, Any], path: str = "/api/v1/things/{thing_id}") -> str:
    operation = {"operationId": "getThing", "responses": {"200": {}}, **operation}
    return json.dumps({"paths": {path: {"get": operation}}, "components": {"schemas": {}}})


@pytest.mark.parametrize(
    ("security", "door"),
    [([], "open"), (None, "open"), ([{}, {"bearer": []}], "either"), ([{"bearer": []}, {"apiKey": []}], "signed")],
)
def test_an_operation_says_whom_it_lets_in(security: list[dict[str, list[str]]] | None, door: str) -> None:
    text = _made("operations", _document({"security": security})).stdout
    assert f'  getThing: ["GET", "/things/{{thingId}}", "{door}"],' in text


def test_an_operation_says_what_it_takes_and_answers_with() -> None:
    thing = {"$ref": "#/components/schemas/Thing"}
    operation = {
        "summary": "One thing",
        "parameters": [
            {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
            {"name": "limit", "in": "query", "required": False, "schema": {"oneOf": [{"type": "integer"}, {"type": "null"}]}},
            {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}},
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}, "text/vtt": {}}},
        "responses": {
            "404": {"content": {"application/problem+json": {"schema": {}}}},
            "201": {"content": {"application/json": {"schema": {"type": "array", "items": thing}}}},
            "204": {},
        },
    }
    text = _made("operations", _document(operation)).stdout
    expected = """  /** One thing. */
  getThing: {
    path: { thingId: string };
    query?: { limit?: number | undefined };
    body?: schemas["Thing"];
    file?: Blob;
    answer: Answer<schemas["Thing"][]> | undefined;
  };
"""
    assert expected in text
    assert _made("operations", _document(operation)).stdout == text


def test_other_paths_are_not_the_pages_and_unknown_schemas_stop_the_script() -> None:
    assert "getThing" not in _made("operations", _document({}, "/products/v1/things")).stdout
    strange = json.dumps({"paths": {}, "components": {"schemas": {"Strange": {"type": "tuple"}}}})
    assert _made("schema", strange).returncode != 0
    assert _made("nonsense", strange).returncode != 0


def test_every_file_that_is_made_is_in_the_repository() -> None:
    assert all(path.is_relative_to(Path(WEB)) and path.exists() for path in FILES.values())
