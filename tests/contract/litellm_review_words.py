"""What reviews of values are written with: schemas that recur, and changes of what was found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]
Review = Schema | Callable[[Schema], Schema]
Reviews = dict[str, list[tuple[str, Review]]]


@dataclass(frozen=True, slots=True)
class Like:
    """The schema of a pydantic class, `module:Class`, with some words replaced."""

    place: str
    more: Schema = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """The names of one of the snapshot's lists."""

    title: str


def at_least(bound: float) -> Review:
    return lambda schema: {**_typed(schema), "minimum": bound}


def above(bound: float) -> Review:
    return lambda schema: {**_typed(schema), "exclusiveMinimum": bound}


def between(low: float, high: float) -> Review:
    return lambda schema: {**_typed(schema), "minimum": low, "maximum": high}


def cast(schema: Schema) -> Schema:
    return {**_typed(schema), "x-text": True}


def cast_above(bound: float) -> Review:
    return lambda schema: {**cast(schema), "exclusiveMinimum": bound}


def cast_at_least(bound: float) -> Review:
    return lambda schema: {**cast(schema), "minimum": bound}


def _typed(schema: Schema) -> Schema:
    assert {"integer", "number", "boolean"} & set(schema["type"]), schema
    return schema


ANY: Schema = {}
TEXT: Schema = {"type": ["string"]}
MAYBE: Schema = {"type": ["boolean", "null"]}
COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
MAPPING: Schema = {"type": ["null", "object"]}
TEXTS: Schema = {"type": ["array", "null"], "items": TEXT}
HEADERS: Schema = {"type": ["null", "object"], "additionalProperties": TEXT}
# litellm_core_utils/duration_parser.py, which reads a prefix: `1d12h` is a day there, so it is refused.
DURATION: Schema = {
    "type": ["null", "string"],
    "pattern": r"^(\d+(mo|[smhdw])[a-z]*|(?i:hourly|daily|weekly|monthly))$(?!\n)",
    "x-expected": "a duration of LiteLLM such as `30s`, `10m`, `24h`, `7d` or `1mo`",
}
