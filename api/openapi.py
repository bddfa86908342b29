"""The OpenAPI document as it is served: what the framework makes of the routes, completed with what the gateway does.

Path parameters are named as everything else on the wire (`courseId`); conditional and idempotent requests, limits, request ids
and every problem are described; each body has an example; what creates a thing links to what can be done with it.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from api.idempotency import HEADER as IDEMPOTENCY_KEY
from api.idempotency import KEY_PATTERN
from api.openapi_examples import Examples
from api.openapi_links import add_links
from api.openapi_structs import complete
from api.problems import MEDIA_TYPE, example

Node = dict[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
_SEGMENT = re.compile(r"\{([a-z0-9_]+)\}")
_TAG_LIST = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'

_HEADERS: dict[str, Node] = {
    "RequestId": {"description": "Names this request in logs and in problems.", "schema": {"type": "string"}},
    "RateLimitPolicy": {
        "description": "The limits that apply: `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string"},
        "example": '"read-address";q=3000;w=60, "read-user";q=1200;w=60',
    },
    "RateLimit": {
        "description": "What is left of each: `r` requests, all of them again in `t` seconds.",
        "schema": {"type": "string"},
        "example": '"read-address";r=2999;t=1, "read-user";r=1199;t=1',
    },
    "RetryAfter": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "ETag": {
        "description": "The revision, for `If-Match`, and with it the very answer, for `If-None-Match`.",
        "schema": {"type": "string"},
        "example": '"0b1e5d3f7a10-4"',
    },
    "WWWAuthenticate": {
        "description": "How to sign in, and what was wrong (RFC 6750).",
        "schema": {"type": "string"},
        "example": 'Bearer realm="aula", error="invalid_token"',
    },
    "IdempotencyReplayed": {
        "description": "`true` when the request was answered before and this is that answer.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_NAMES = {
    "X-Request-Id": "RequestId",
    "RateLimit-Policy": "RateLimitPolicy",
    "RateLimit": "RateLimit",
    "Retry-After": "RetryAfter",
    "ETag": "ETag",
    "WWW-Authenticate": "WWWAuthenticate",
    "Idempotency-Replayed": "IdempotencyReplayed",
}
_PARAMETERS: dict[str, Node] = {
    "IdempotencyKey": {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "Makes repeats safe: the same key with the same request is answered as the first time, for 24 hours. "
        "With another request it is refused (422), while the first is being answered too (409).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY_PATTERN},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "Only change what still has this `ETag`; else 412 `request.stale`.",
        "schema": {"type": "string", "pattern": _TAG_LIST, "maxLength": 1000},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of what is here already; 304 when it is still that.",
        "schema": {"type": "string"},
    },
}


def document_of(app: Litestar) -> Node:
    """The whole document of an application."""
    # By way of JSON: defaults are values of ours, as structs and tuples.
    document: Node = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    stated = _statements(app)
    components = document["components"]
    components["headers"] = dict(_HEADERS)
    components["parameters"] = dict(_PARAMETERS)
    complete(document)
    examples = Examples(components["schemas"])
    document["paths"] = {_renamed(path): item for path, item in document["paths"].items()}
    for path, item in document["paths"].items():
        revised = any("412" in item[method]["responses"] for method in _METHODS if method in item and method != "head")
        for method, operation in _operations(item):
            opt = stated.get(operation["operationId"], {})
            _name_parameters(operation)
            operation.setdefault("security", [])
            limited = path.startswith(("/api/", "/products/"))
            _add_parameters(operation, method, opt, revised=revised and "/uploads" not in path)
            _describe_answers(operation, cached=bool(opt.get("cached")), limited=limited, idempotent=_once(opt))
            _add_examples(operation, examples)
            if revised and "/uploads" not in path and method == "get":
                _head(operation, "ETag", "2")
    add_links(document)
    return document


def _statements(app: Litestar) -> dict[str, Any]:
    """What each operation has stated."""
    handlers = (handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers)
    return {str(handler.operation_id): handler.opt for handler in handlers}


def _once(opt: Any) -> bool:
    return bool(opt.get("idempotent"))


def _operations(item: Node) -> Iterator[tuple[str, Node]]:
    for method in _METHODS:
        if method in item:
            yield method, item[method]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _renamed(path: str) -> str:
    return _SEGMENT.sub(lambda found: "{" + _camel(found[1]) + "}", path)


def _name_parameters(operation: Node) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["name"] = _camel(parameter["name"])
        # The framework writes what is so by itself.
        for name in ("deprecated", "allowEmptyValue", "allowReserved"):
            if parameter.get(name) is False:
                del parameter[name]


def _add_parameters(operation: Node, method: str, opt: Any, *, revised: bool) -> None:
    wanted = []
    if _once(opt):
        wanted.append("IdempotencyKey")
    if revised and "412" in operation["responses"]:
        wanted.append("IfMatch")
    if opt.get("cached") and method == "get":
        wanted.append("IfNoneMatch")
        operation["responses"]["304"] = {"description": "Not Modified"}
    if wanted:
        named = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
        more = [
            {"$ref": f"#/components/parameters/{each}"} for each in wanted if _PARAMETERS[each]["name"].lower() not in named
        ]
        operation["parameters"] = [*operation.get("parameters", []), *more]


def _describe_answers(operation: Node, *, cached: bool, limited: bool, idempotent: bool) -> None:
    """Headers of every answer, and an example of every problem."""
    for status, response in operation["responses"].items():
        if status == "204" or all(each.get("schema") == {"type": "null"} for each in response.get("content", {}).values()):
            response.pop("content", None)
        names = ["X-Request-Id"]
        if limited:
            names += ["RateLimit-Policy", "RateLimit"]
        if status in ("429", "503"):
            names.append("Retry-After")
        if status == "401":
            names.append("WWW-Authenticate")
        if cached and status in ("200", "304"):
            names.append("ETag")
        if idempotent and status.startswith("2"):
            names.append("Idempotency-Replayed")
        headers = response.setdefault("headers", {})
        for name in names:
            headers.setdefault(name, {"$ref": f"#/components/headers/{_NAMES[name]}"})
        for media_type, content in response.get("content", {}).items():
            if media_type == MEDIA_TYPE:
                content.setdefault("example", example(int(status)))
        if response.get("description") in ("", None):
            response["description"] = HTTPStatus(int(status)).phrase


def _head(operation: Node, name: str, of: str) -> None:
    for status, response in operation["responses"].items():
        if status.startswith(of):
            response.setdefault("headers", {}).setdefault(name, {"$ref": f"#/components/headers/{_NAMES[name]}"})


def _add_examples(operation: Node, examples: Examples) -> None:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/json" and "schema" in content and not {"example", "examples"} & set(content):
            content["example"] = examples.request(content["schema"])
    for response in operation["responses"].values():
        for media_type, content in response.get("content", {}).items():
            if media_type == "application/json" and "schema" in content and not {"example", "examples"} & set(content):
                content["example"] = examples.answer(content["schema"])
