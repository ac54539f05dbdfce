"""A schema of the snapshot in, values out that it accepts: of each type, at each bound, of each choice."""

from collections.abc import Iterator
from typing import Any

_TEXTS = {"duration": ["30s", "1mo"], "header": ["X-Team"]}


def examples_of(schema: dict[str, Any]) -> Iterator[Any]:
    for kind in schema.get("type", ["string"]):
        yield from _of_kind(kind, schema)


def _of_kind(kind: str, schema: dict[str, Any]) -> Iterator[Any]:
    if kind == "null":
        yield None
    elif kind == "boolean":
        yield from (True, False, *(("true", "off", 1) if schema.get("x-text") else ()))
    elif kind in ("integer", "number"):
        yield from _numbers(kind, schema)
    elif kind == "string":
        expected = schema.get("x-expected", "")
        fitting = [text for word, texts in _TEXTS.items() if word in expected for text in texts]
        yield from schema.get("enum") or fitting or ["text"]
    elif kind == "array":
        yield []
        yield from ([item] for item in (examples_of(schema["items"]) if "items" in schema else ()))
    else:
        yield from _mappings(schema)


def _numbers(kind: str, schema: dict[str, Any]) -> Iterator[Any]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    high = schema.get("maximum", low + 1)
    step = 0.5 if kind == "number" else 0
    for value in dict.fromkeys((low, min(low + step, high), high)):
        yield value
        if schema.get("x-text"):
            yield str(value)


def _mappings(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    properties = schema.get("properties", {})
    needed = {key: next(examples_of(properties[key]), "x") for key in schema.get("required", ())}
    yield needed
    for key, inner in properties.items():
        yield from ({**needed, key: value} for value in (examples_of(inner) if inner else ()))
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        yield from ({"some": value} for value in examples_of(others))
