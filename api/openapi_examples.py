"""Examples made from schemas: the same each time, valid by construction where a schema can be satisfied without guessing.

A schema's own examples come first. Where there are none, names tell what a value may look like (`email`, `slug`), and the first
candidate that fits the schema's bounds and pattern is taken.
"""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_ID = "0190c5a4-6b5e-7c3a-9f52-0b1e5d3f7a10"
_FORMATS = {
    "uuid": _ID,
    "date-time": "2026-01-12T09:00:00Z",
    "date": "2026-01-12",
    "time": "09:00:00",
    "email": "ada@example.org",
    "uri": "https://example.org/learn",
    "duration": "PT4S",
}
_NAMED = {
    "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl",
    "amount": "19.90",
    "body": "# Caches\n\nA cache answers *before* the source is asked.",
    "bodyHtml": "<h1>Caches</h1>",
    "category": "architecture",
    "code": "123456",
    "currency": "EUR",
    "description": "What a system is made of, and why.",
    "descriptionHtml": "<p>What a system is made of, and why.</p>",
    "displayName": "Ada",
    "email": "ada@example.org",
    "filename": "slides.pdf",
    "language": "en",
    "name": "System design",
    "note": "Lesson 3 has no video yet.",
    "password": "correct horse battery staple",
    "reason": "Asked for it by mail.",
    "secret": "JBSWY3DPEHPK3PXP",
    "slug": "system-design",
    "summary": "Twelve weeks of technical architecture.",
    "timeZone": "Europe/Berlin",
    "title": "System design",
    "tokenType": "Bearer",
}
_ENDINGS = (
    ("password", "correct horse battery staple"),
    ("email", "ada@example.org"),
    ("url", "https://example.org/learn"),
    ("token", "q83vEjRWeJq7zN3u_8zDXw4q83vEjRWeJq7zN3u8zDX"),
    ("cursor", "eyJpZCI6IjEifQ"),
    ("code", "123456"),
    ("title", "System design"),
    ("language", "en"),
    ("type", "text/plain"),
)
_ANY_TEXT = (
    "Example",
    "example",
    "An example.",
    "en",
    "a",
    "A",
    "1",
    "0",
    "1.5",
    "EUR",
    "#1a2b3c",
    "2026-01-12T09:00:00Z",
    _ID,
)
_DEPTH = 8


class Examples:
    """Makes examples for the schemas of one document."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        """`schemas` are the document's components."""
        self._schemas = schemas

    def answer(self, schema: Schema) -> Any:
        """What an answer of this schema looks like, with every field."""
        return self._value(schema, "", whole=True, depth=0)

    def request(self, schema: Schema) -> Any:
        """What may be sent: what is required, and of a change without required fields the first."""
        return self._value(schema, "", whole=False, depth=0)

    def _value(self, schema: Schema, name: str, *, whole: bool, depth: int) -> Any:
        schema = self._resolved(schema)
        own = _own(schema)
        if own is not None:
            return own
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, whole=whole, depth=depth)
        if kind == "array":
            return self._array(schema, name, whole=whole, depth=depth)
        if kind == "string":
            return _text(schema, name)
        return _number(schema, kind) if kind in ("integer", "number") else {"boolean": True, "null": None}.get(kind, {})

    def _resolved(self, schema: Schema) -> Schema:
        """The schema behind references and choices: of a choice the first alternative that is not null."""
        while True:
            if "$ref" in schema:
                rest = {key: value for key, value in schema.items() if key not in ("$ref", "description")}
                schema = {**self._schemas[schema["$ref"].rpartition("/")[2]], **rest}
                continue
            choice = next((key for key in ("oneOf", "anyOf", "allOf") if schema.get(key)), None)
            if choice is None:
                return schema
            chosen = next((each for each in schema[choice] if each.get("type") != "null"), schema[choice][0])
            schema = {**{key: value for key, value in schema.items() if key not in (choice, "discriminator")}, **chosen}

    def _object(self, schema: Schema, *, whole: bool, depth: int) -> Schema:
        properties: dict[str, Schema] = schema.get("properties", {})
        required = schema.get("required", [])
        wanted = [name for name in properties if name in required]
        if whole and depth < _DEPTH:
            wanted = list(properties)
        elif not wanted and depth == 0:
            wanted = list(properties)[:1]
        found = {name: self._value(properties[name], name, whole=whole, depth=depth + 1) for name in wanted}
        more = schema.get("additionalProperties")
        if not properties and isinstance(more, dict) and whole:
            found["example"] = self._value(more, "", whole=whole, depth=depth + 1)
        return found

    def _array(self, schema: Schema, name: str, *, whole: bool, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self._value(each, name, whole=whole, depth=depth + 1) for each in schema["prefixItems"]]
        least = int(schema.get("minItems", 0))
        if depth >= _DEPTH or not schema.get("items") or schema.get("maxItems") == 0:
            return []
        first = self._value(schema["items"], name.removesuffix("s"), whole=whole, depth=depth + 1)
        return [first, *(_another(first, number) for number in range(1, least))]


def _own(schema: Schema) -> Any:
    """What the schema itself says that a value may be."""
    if schema.get("examples"):
        return schema["examples"][0]
    found = next((schema[key] for key in ("example", "const", "default") if schema.get(key) is not None), None)
    if found is None and schema.get("enum"):
        return next(each for each in schema["enum"] if each is not None)
    return found


def _kind(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind is None and "properties" in schema:
        return "object"
    return kind or ""


def _number(schema: Schema, kind: str) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    value = 1.0
    if least is not None and value <= least:
        value = least + (1 if "exclusiveMinimum" in schema else 0)
    if most is not None and value >= most:
        value = most - (1 if "exclusiveMaximum" in schema else 0)
    return int(value) if kind == "integer" or float(value).is_integer() else value


def _text(schema: Schema, name: str) -> str:
    for candidate in _candidates(schema, name):
        if _fits(schema, candidate):
            return candidate
    raise ValueError(f"no example fits {name}: {schema}; give it one")


def _candidates(schema: Schema, name: str) -> Iterator[str]:
    if schema.get("format") in _FORMATS:
        yield _FORMATS[schema["format"]]
    if name in _NAMED:
        yield _NAMED[name]
    for ending, value in _ENDINGS:
        if name.lower().endswith(ending):
            yield value
    yield from _ANY_TEXT
    least = int(schema.get("minLength", 0))
    for letter in ("a", "A", "0", "!"):
        yield letter * max(1, least)


def _fits(schema: Schema, text: str) -> bool:
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    pattern = schema.get("pattern")
    return pattern is None or re.search(pattern, text) is not None


def _another(value: Any, number: int) -> Any:
    """Like `value`, and yet another one."""
    if isinstance(value, str):
        return f"{value[:-1]}{number}" if len(value) > 1 else str(number)
    if isinstance(value, dict) and "id" in value:
        return {**value, "id": _another(value["id"], number)}
    return value
