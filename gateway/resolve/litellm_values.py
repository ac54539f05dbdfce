"""A raw LiteLLM value and its schema in, diagnostics out for what LiteLLM would ignore, drop or fail on.

What LiteLLM takes and honours passes: a number as text where it casts it, and a reference to a
variable anywhere, whose value nobody knows here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.constants import LITELLM_VERSION
from gateway.diagnostics import Diagnostic
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.diagnostics.secrets import says_secret
from gateway.fix import Advice, Quote, RenameKey, WrapInList, WriteValue, advise
from gateway.model import Fragment, Path
from gateway.resolve.litellm_snapshot import Schema
from gateway.value_hints import text_hint
from gateway.value_words import BOUNDS, KINDS, kind_of, place_name, type_of
from gateway.yaml_text import shown

_REFERENCE = "os.environ/"
_NONE = Advice(None)
_MANY = 25
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\Z")
_WHOLE_NUMBER = re.compile(r"\s*[+-]?\d+(\.0*)?\s*\Z")
# What people write for a number of seconds, and keys that count them.
_DURATION = re.compile(r"(\d{1,9})\s*(s|m|h|d)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OF_TIME = re.compile(r"(?i)time|ttl|interval|seconds|frequency|period|threshold|retry_after|_at\Z")
# Choices that LiteLLM's own check lets pass, and that do nothing.
_INSTEAD_OF = {"provider-budget-routing": "remove it: `provider_budget_config` does that alone"}
_FLAGS = frozenset(["true", "false", "yes", "no", "on", "off", "t", "f", "y", "n", "1", "0"])


def find_value_mistakes(
    fragment: Fragment, at: Path, value: Any, schema: Schema, below: int
) -> Iterator[Diagnostic]:
    """`at` is where the value stands; messages name it without its first `below` parts."""
    if not schema or (isinstance(value, str) and value.startswith(_REFERENCE)):
        return
    kinds = schema["type"]
    held = _as_cast(value, kinds) if schema.get("x-text") else value
    if not _is_one_of(held, kinds):
        yield _wrong_kind(fragment, at, value, schema, below)
    elif isinstance(held, str):
        yield from _find_in_text(fragment, at, held, schema, below)
    elif isinstance(held, int | float) and not isinstance(held, bool):
        yield from _find_out_of_bounds(fragment, at, held, schema, below)
    elif isinstance(held, list):
        for index, item in enumerate(held):
            inner = schema.get("items", {})
            yield from find_value_mistakes(fragment, (*at, index), item, inner, below)
    elif isinstance(held, dict):
        yield from _find_in_mapping(fragment, at, held, schema, below)


def _is_one_of(value: Any, kinds: Collection[str]) -> bool:
    kind = type_of(value)
    if kind == "integer":
        return "integer" in kinds or "number" in kinds
    if kind == "number" and "number" not in kinds:
        return "integer" in kinds and bool(value.is_integer())
    return kind in kinds


def _as_cast(value: Any, kinds: Collection[str]) -> Any:
    """What LiteLLM makes of it: text that reads as a number or a flag, and 0 and 1 as flags."""
    if "boolean" in kinds and type(value) is int and value in (0, 1):
        return bool(value)
    if not isinstance(value, str):
        return value
    if "boolean" in kinds and value.strip().lower() in _FLAGS:
        return True
    if "number" in kinds and _NUMBER.match(value):
        return float(value)
    return int(float(value)) if "integer" in kinds and _WHOLE_NUMBER.match(value) else value


def _wrong_kind(fragment: Fragment, at: Path, value: Any, schema: Schema, below: int) -> Diagnostic:
    kinds = [kind for kind in schema["type"] if kind != "null"] or ["null"]
    if "number" in kinds:
        kinds = [kind for kind in kinds if kind != "integer"]
    wanted = schema.get("x-expected") or " or ".join(KINDS[kind] for kind in kinds)
    advice = _NONE
    if isinstance(value, str):
        about = (_about_text(at, kind, value) for kind in kinds)
        advice = next((each for each in about if each.hint), advice)
    elif "string" in kinds and type_of(value) in ("integer", "number"):
        advice = advise(Quote(at))
    elif "array" in kinds and not isinstance(value, list | dict):
        advice = advise(WrapInList(at))
    message = f"`{_name(at, below)}` must be {wanted}, not {kind_of(value)}"
    return _at_value("GW238", message, fragment, at, advice)


def _about_text(at: Path, kind: str, value: str) -> Advice:
    duration = _DURATION.match(value) if kind in ("integer", "number") else None
    if duration and _OF_TIME.search(str(at[-1])):
        return Advice(f"write `{int(duration[1]) * _SECONDS[duration[2]]}`, in seconds")
    return text_hint(kind, value, at)


def _find_in_text(
    fragment: Fragment, at: Path, value: str, schema: Schema, below: int
) -> Iterator[Diagnostic]:
    choices = schema.get("enum")
    if choices is not None and value not in choices:
        likely = nearest(value, choices)
        advice = _NONE
        if value in _INSTEAD_OF:
            advice = Advice(_INSTEAD_OF[value])
        elif likely is not None:
            certain = is_slip_of(value, likely, choices)
            advice = advise(WriteValue(at, likely), certain=certain)
        elif len(choices) <= _MANY:
            advice = Advice(f"known: {', '.join(choices)}")
        key = _name(tuple(part for part in at if isinstance(part, str)), below)
        message = f"LiteLLM {LITELLM_VERSION} has no such `{key}`"
        yield _at_value("GW223", message, fragment, at, advice)
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        message = f"`{_name(at, below)}` must be {schema['x-expected']}"
        yield _at_value("GW242", message, fragment, at)


def _find_out_of_bounds(
    fragment: Fragment, at: Path, value: float, schema: Schema, below: int
) -> Iterator[Diagnostic]:
    for word, is_within in (
        ("minimum", value >= schema.get("minimum", value)),
        ("exclusiveMinimum", value > schema.get("exclusiveMinimum", value - 1)),
        ("maximum", value <= schema.get("maximum", value)),
        ("exclusiveMaximum", value < schema.get("exclusiveMaximum", value + 1)),
    ):
        if not is_within:
            message = f"`{_name(at, below)}` must be {BOUNDS[word]} {schema[word]}"
            yield _at_value("GW239", message, fragment, at)


def _find_in_mapping(
    fragment: Fragment, at: Path, value: Mapping[str, Any], schema: Schema, below: int
) -> Iterator[Diagnostic]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for key, item in value.items():
        if key in properties:
            inner = properties[key]
        elif others is False:
            yield _unknown_name(fragment, (*at, key), properties, below)
            continue
        else:
            inner = others or {}
        yield from find_value_mistakes(fragment, (*at, key), item, inner, below)
    for key in schema.get("required", ()):
        if key not in value:
            yield Diagnostic(
                "GW241",
                f"missing key `{key}` in `{_name(at, below)}`",
                fragment.path,
                fragment.key_span(at),
                f"add `{key}: …`",
            )


def _unknown_name(
    fragment: Fragment, at: Path, properties: Mapping[str, Any], below: int
) -> Diagnostic:
    key = str(at[-1])
    likely = nearest(key, properties)
    advice = Advice("remove it")
    if likely is not None:
        advice = advise(RenameKey(at, likely), certain=is_slip_of(key, likely, properties))
    elif len(properties) <= _MANY:
        advice = Advice(f"known here: {', '.join(sorted(properties))}")
    message = f"LiteLLM {LITELLM_VERSION} knows no `{shown(key)}` in `{_name(at[:-1], below)}`"
    span = fragment.key_span(at)
    return Diagnostic("GW217", message, fragment.path, span, advice.hint, fix=advice.fix)


def _at_value(
    code: str, message: str, fragment: Fragment, at: Path, advice: Advice = _NONE
) -> Diagnostic:
    name = next(part for part in reversed(at) if isinstance(part, str))
    return Diagnostic(
        code,
        message,
        fragment.path,
        fragment.value_span(at),
        advice.hint,
        hides_value=says_secret(name),
        fix=advice.fix,
    )


def _name(at: Path, below: int) -> str:
    return place_name(at[below:])
