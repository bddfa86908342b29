"""The served OpenAPI document is valid, complete, and true about itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from api.access import OPT
from api.app import create_app
from api.openapi import document_of
from api.openapi_examples import Examples
from tests.support.settings import make_settings

Node = dict[str, Any]
METHODS = {"get", "put", "post", "patch", "delete", "head", "options"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return document_of(create_app(make_settings(tmp_path_factory.mktemp("openapi"))))


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield f"{method.upper()} {path}", item[method]


def _parameters(document: Node, operation: Node) -> list[Node]:
    components = document["components"]["parameters"]
    return [components[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation.get("parameters", [])]


def test_the_document_is_valid(document: Node) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_says_what_it_is(document: Node) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names)) > 100
    for name, operation in _operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert set(operation["tags"]) <= tags, name
        assert isinstance(operation["security"], list), name
        assert {"400", "429", "503"} <= set(operation["responses"]), name


def test_every_security_scheme_that_is_named_is_described(document: Node) -> None:
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {"bearer", "apiKey"}
    for name, operation in _operations(document):
        for requirement in operation["security"]:
            assert set(requirement) <= set(schemes), name
        # Who must not be anonymous can be refused for it.
        if operation["security"]:
            assert "401" in operation["responses"], name


def test_parameters_are_named_as_everything_else(document: Node) -> None:
    for name, operation in _operations(document):
        in_path = {each["name"] for each in _parameters(document, operation) if each["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", name)), name
        for parameter in _parameters(document, operation):
            if parameter["in"] != "header":
                assert re.fullmatch(r"[a-z][A-Za-z0-9]*", parameter["name"]), (name, parameter["name"])
            if parameter["name"].endswith("Id") and parameter["in"] == "path" and parameter["name"] != "uploadId":
                assert parameter["schema"]["format"] == "uuid", (name, parameter["name"])


def test_every_problem_is_documented_with_an_example(document: Node) -> None:
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status < "400":
                continue
            if "/products/v1/" in name:
                assert set(response["content"]) == {"application/json"}, (name, status)
                continue
            if name.startswith("GET /health"):
                continue
            problem = response["content"]["application/problem+json"]["example"]
            assert (problem["status"], bool(problem["code"])) == (int(status), True), (name, status)


def test_every_body_has_an_example_that_its_schema_accepts(document: Node) -> None:
    wrong = []
    for name, operation in _operations(document):
        bodies = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
        for of, body in bodies:
            for media_type, content in body.get("content", {}).items():
                if "json" not in media_type:
                    continue
                named = list(content.get("examples", {}).values())
                example = content.get("example", named[0]["value"] if named else None)
                assert example is not None, (name, of)
                schema = {**content["schema"], "components": document["components"]}
                wrong += [f"{name} {of}: {each.message}" for each in jsonschema_rs.iter_errors(schema, example)]
    assert not wrong, "\n".join(wrong)


def test_limits_repeats_and_conditions_are_described(document: Node) -> None:
    by_id = {operation["operationId"]: operation for _, operation in _operations(document)}
    create, change, read = by_id["createCourse"], by_id["changeCourse"], by_id["getCourse"]
    named = {each["name"] for each in _parameters(document, create)}
    assert "Idempotency-Key" in named
    assert "Idempotency-Replayed" in create["responses"]["201"]["headers"]
    assert {each["name"] for each in _parameters(document, change)} >= {"courseId", "If-Match"}
    assert "ETag" in read["responses"]["200"]["headers"]
    assert "304" in read["responses"]
    for name, operation in _operations(document):
        if name.partition(" ")[2].startswith(("/api/", "/products/")):
            for status, response in operation["responses"].items():
                assert {"RateLimit", "RateLimit-Policy", "X-Request-Id"} <= set(response["headers"]), (name, status)
                assert ("Retry-After" in response["headers"]) is (status in ("429", "503")), (name, status)


def test_the_key_s_parameter_is_where_it_is_honoured_and_nowhere_else(tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path))
    stated = {
        handler.operation_id: bool(handler.opt.get("idempotent"))
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if OPT in handler.opt and handler.operation_id
    }
    document = document_of(app)
    for name, operation in _operations(document):
        documented = any(each["name"] == "Idempotency-Key" for each in _parameters(document, operation))
        assert documented is stated[operation["operationId"]], name


def test_what_is_made_leads_to_what_can_be_done_with_it(document: Node) -> None:
    by_id = {operation["operationId"]: (name, operation) for name, operation in _operations(document)}
    course = by_id["createCourse"][1]["responses"]["201"]["links"]
    assert course["getCourse"] == {"operationId": "getCourse", "parameters": {"courseId": "$response.body#/id"}}
    assert {"changeCourse", "deleteCourse", "addModule"} <= set(course)
    lesson = by_id["addLesson"][1]["responses"]["201"]["links"]
    assert lesson["getLesson"]["parameters"] == {"lessonId": "$response.body#/id"}
    for name, operation in _operations(document):
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                target = by_id[link["operationId"]][0]
                assert set(re.findall(r"\{(\w+)\}", target)) == set(link["parameters"]), (name, link)


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string", "minLength": 5}, "Example"),
        ({"type": "string", "pattern": r"^[0-9]+\.[0-9]$"}, "1.5"),
        ({"type": "string", "maxLength": 2}, "en"),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 1, "maximum": 9}, 2),
        ({"type": ["null", "string"], "enum": [None, "free"]}, "free"),
        ({"oneOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"oneOf": [{"type": "string"}, {"type": "null"}], "minLength": 40}, "a" * 40),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True}, ["Example", "Exampl1"]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, [1, True]),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 1}),
        ({"$ref": "#/components/schemas/Tree"}, None),
    ],
)
def test_examples_follow_from_schemas(schema: Node, example: Any) -> None:
    tree: Node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    found = Examples({"Tree": tree}).answer(schema)
    if example is None:
        jsonschema_rs.validate({**schema, "components": {"schemas": {"Tree": tree}}}, found)
    else:
        assert found == example


def test_a_schema_that_needs_an_example_of_its_own_says_so() -> None:
    with pytest.raises(ValueError, match="give it one"):
        Examples({}).answer({"type": "object", "properties": {"x": {"type": "string", "pattern": "^§{3}$"}}})
