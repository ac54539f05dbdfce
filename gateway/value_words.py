"""What kinds of values and bounds are called in messages, whichever check speaks."""

from __future__ import annotations

from typing import Any

from gateway.model import Path, path_text
from gateway.yaml_text import shown

KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def type_of(value: Any) -> str:
    """JSON Schema's word for the type of a value from YAML."""
    return _TYPES[type(value)]


def kind_of(value: Any) -> str:
    return KINDS[type_of(value)]


def place_name(path: Path) -> str:
    """`timeouts.connect`, `aliases[0]`, for a message."""
    return shown(path_text(path))
