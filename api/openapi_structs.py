"""What the framework leaves out of the schemas of our structs: what arrays hold, that more is refused, how choices are told."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

Node = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_OURS = ("api.", "core.")


def complete(document: Node) -> None:
    """Complete every schema that is made from a struct of ours, and every choice whose alternatives name themselves."""
    schemas: dict[str, Node] = document["components"]["schemas"]
    structs = list(_structs(msgspec.Struct))
    named = Counter(struct.__name__ for struct in structs)
    for struct in structs:
        schema = schemas.get(struct.__name__)
        # Where two have one name, the framework's names don't tell which is which.
        if schema is not None and named[struct.__name__] == 1:
            _complete_struct(schema, struct, schemas)
    for node in _nodes(document):
        if isinstance(node.get("oneOf"), list):
            _discriminate(node, schemas)


def _structs(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for struct in base.__subclasses__():
        if struct.__module__.startswith(_OURS) and not getattr(struct, "__parameters__", ()):
            yield struct
        yield from _structs(struct)


def _complete_struct(schema: Node, struct: type[msgspec.Struct], schemas: dict[str, Node]) -> None:
    if struct.__struct_config__.forbid_unknown_fields:
        schema["additionalProperties"] = False
    components = msgspec.json.schema_components([struct], ref_template=_REFERENCE + "{name}")[1]
    # By way of JSON: defaults are tuples.
    own: Node = msgspec.json.decode(msgspec.json.encode(components.get(struct.__name__, {})))
    for name, property_ in own.get("properties", {}).items():
        if schema.get("additionalProperties") is False and not any("$ref" in node for node in _nodes(property_)):
            # The framework drops bounds of what may be null; what is decoded by is what binds.
            theirs = schema["properties"][name]
            if "const" in theirs:
                continue
            schema["properties"][name] = {key: theirs[key] for key in ("description", "default") if key in theirs} | property_
            continue
        theirs = next(_arrays(schema.get("properties", {}).get(name, {})), None)
        ours = next(_arrays(property_), None)
        if theirs is not None and ours is not None and _known(ours, schemas):
            theirs["items"] = ours["items"]


def _arrays(node: Node) -> Iterator[Node]:
    """The array that a property is, or may be."""
    if node.get("type") == "array" and "items" in node:
        yield node
    for choice in (*node.get("oneOf", ()), *node.get("anyOf", ())):
        yield from _arrays(choice)


def _known(node: Node, schemas: dict[str, Node]) -> bool:
    """Whether all that the array's items refer to is in the document under that name."""
    return all(each["$ref"].removeprefix(_REFERENCE) in schemas for each in _nodes(node) if "$ref" in each)


def _discriminate(node: Node, schemas: dict[str, Node]) -> None:
    references = [each.get("$ref", "") for each in node["oneOf"]]
    if len(references) < 2 or not all(references):
        return
    tags = [_constants(schemas[each.removeprefix(_REFERENCE)]) for each in references]
    for field in set.intersection(*(set(each) for each in tags)):
        mapping = {each[field]: reference for each, reference in zip(tags, references, strict=True)}
        if len(mapping) == len(references):
            node["discriminator"] = {"propertyName": field, "mapping": mapping}


def _constants(schema: Node) -> dict[str, str]:
    found = {name: each.get("const") for name, each in schema.get("properties", {}).items()}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _nodes(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from _nodes(each)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)
