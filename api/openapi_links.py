"""Links between operations: from what creates a thing to what can be done with it, found by the names of path parameters."""

import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_PARAMETER = re.compile(r"\{([A-Za-z0-9]+)\}")
_METHODS = ("get", "put", "post", "patch", "delete")
# tus answers without a body.
_BY_HEADER = {"createUpload": ("assetId", "$response.header.Aula-Asset-Id")}


def add_links(document: Node) -> None:
    """Add links to every answer that tells the id of something for which there are operations."""
    targets = list(_operations(document))
    for path, method, operation in targets:
        if method not in ("post", "put"):
            continue
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                continue
            found = _told(document, path, operation, response)
            if found is not None:
                links = dict(_links(targets, path, operation, *found))
                if links:
                    response["links"] = links


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _told(document: Node, path: str, operation: Node, response: Node) -> tuple[str, str] | None:
    """Which parameter an answer gives a value for, and where in the answer it stands."""
    if operation["operationId"] in _BY_HEADER:
        return _BY_HEADER[operation["operationId"]]
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved = document["components"]["schemas"].get(name, schema)
    if "id" not in resolved.get("properties", {}):
        return None
    known = {each for other in document["paths"] for each in _PARAMETER.findall(other)} - set(_PARAMETER.findall(path))
    words = name.rpartition(".")[2].removesuffix("View")
    of_schema = words[:1].lower() + words[1:]
    for candidate in (f"{_singular(path.rpartition('/')[2])}Id", f"{of_schema}Id"):
        if candidate in known:
            return candidate, "$response.body#/id"
    return None


def _singular(segment: str) -> str:
    word = segment.rpartition("-")[2]
    if word.endswith("zzes"):
        return word[:-3]
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s")


def _links(
    targets: list[tuple[str, str, Node]], path: str, operation: Node, parameter: str, value: str
) -> Iterator[tuple[str, Node]]:
    known = set(_PARAMETER.findall(path))
    base = path.split("/")[1]
    for other, _, target in targets:
        needed = _PARAMETER.findall(other)
        # The same name may mean different things under different roots.
        if parameter not in needed or other.split("/")[1] != base or target is operation:
            continue
        if all(name == parameter or name in known for name in needed):
            values = {name: value if name == parameter else f"$request.path.{name}" for name in needed}
            yield target["operationId"], {"operationId": target["operationId"], "parameters": values}
