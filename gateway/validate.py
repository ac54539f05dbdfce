"""A fragment and its JSON Schema in, diagnostics with positions out; one file at a time.

`jsonschema` is the contract: every finding is one of its errors, said in our words. A fragment that
the compiled validator of `jsonschema-rs` accepts has none (a property test shows that the two give
the same verdicts), so a project without mistakes never pays for importing the slower one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from gateway.diagnostics import Diagnostic
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.fix import Advice, MoveKey, RemoveItem, RemoveKey, RenameKey, WriteValue, advise
from gateway.model import Fragment, Path
from gateway.value_hints import pattern_hint, type_hint
from gateway.value_words import BOUNDS, KINDS, kind_of, place_name
from gateway.yaml_text import shown

_SCHEMAS = FilePath(__file__).parent / "schema"

# Keys that people bring from LiteLLM's own files and from habit, and what they are called here.
_RENAMED = {
    "fallback": "fallbacks",
    "alias": "aliases",
    "model_name": "name",
    "max_tokens": "params",
    "rpm": "limits",
    "tpm": "limits",
    "max_input_tokens": "context_window",
    "api_key": "api_keys",
    "base_url": "api_base",
    "api_url": "api_base",
    "url": "api_base",
    "extra_headers": "headers",
    "default": "default_model",
    "enable": "enabled",
    "extra_body": "params",
    "temperature": "params",
    "host": "bind",
}
# The same where the first name is not known either: in an item of `api_keys`, in an app, in a budget.
_RENAMED_THERE = {
    "name": "env",
    "key": "env",
    "variable": "env",
    "prio": "priority",
    "api_key": "key",
    "api_keys": "key",
    "dollars": "usd",
}
# What LiteLLM's own files are made of.
_OF_LITELLM = (
    "model_list",
    "litellm_params",
    "litellm_settings",
    "router_settings",
    "general_settings",
)
# What a fragment does not say for itself.
_OF_PROVIDERS = ("api_base", "base_url", "api_key", "api_keys")


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of `model` fragments, or of `gateway` for `gateway.yaml`."""
    loaded: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.schema.json").read_bytes())
    return loaded


def validate(fragment: Fragment, schema_name: str) -> tuple[Diagnostic, ...]:
    """Every way in which the fragment is not what its schema says; empty where it is sound."""
    if _fast(schema_name)(fragment.data):
        return ()
    found = (
        diagnostic
        for error in _contract(schema_name).iter_errors(fragment.data)
        for diagnostic in _diagnostics(error, fragment)
    )
    return tuple(dict.fromkeys(found))


@cache
def _fast(schema_name: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - 20 ms that `gateway --help` need not pay

    accepts = jsonschema_rs.Draft202012Validator(schema(schema_name)).is_valid

    def is_valid(data: Any) -> bool:
        try:
            return bool(accepts(data))
        except ValueError:  # a number that JSON cannot hold: the contract decides
            return False

    return is_valid


@cache
def _contract(schema_name: str) -> Any:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only a fragment with a mistake needs it

    return Draft202012Validator(schema(schema_name))


def _diagnostics(error: Any, fragment: Fragment) -> Iterator[Diagnostic]:
    path: Path = tuple(error.absolute_path)
    rule = error.validator
    if rule == "additionalProperties" and path == ("rules",):
        yield from _unsettable_rules(error, fragment)
    elif rule == "additionalProperties":
        yield from _unknown_keys(error, path, fragment)
    elif (
        "propertyNames" in error.relative_schema_path
        or "propertyNames" in error.absolute_schema_path
    ):
        at = (*path, str(error.instance))
        message = f"`{shown(str(error.instance))}` must be {error.schema.get('x-expected', 'another name')}"
        yield Diagnostic("GW106", message, fragment.path, fragment.key_span(at))
    elif rule == "required":
        yield from _missing_keys(error, path, fragment)
    elif rule == "uniqueItems":
        yield from _repeated_items(error, path, fragment)
    elif rule == "not":
        yield Diagnostic(
            "GW110",
            f"{_name(path)} cannot stand beside `upstreams`",
            fragment.path,
            fragment.key_span(path),
            "move it into an item of `upstreams`, or remove `upstreams`",
            fix=RemoveKey(path) if _stands_in_upstreams(fragment.data) else None,
        )
    else:
        code, message, (hint, fix) = _wrong_value(error, path)
        hides = bool(isinstance(error.schema, dict) and error.schema.get("x-secret"))
        span = fragment.value_span(path)
        yield Diagnostic(code, message, fragment.path, span, hint, hides_value=hides, fix=fix)


def _stands_in_upstreams(data: Mapping[str, Any]) -> bool:
    """Whether one of the upstreams says all that `provider` and `model` beside them say."""
    said = {key: data[key] for key in ("provider", "model") if key in data}
    items = data["upstreams"] if isinstance(data["upstreams"], list) else ()
    return any(isinstance(item, dict) and said.items() <= item.items() for item in items)


def _unknown_keys(error: Any, path: Path, fragment: Fragment) -> Iterator[Diagnostic]:
    known: Mapping[str, Any] = error.schema.get("properties", {})
    for key in error.instance:
        if key in known:
            continue
        span = fragment.key_span((*path, key))
        message = f"unknown key `{shown(key)}`"
        at = (*path, key)
        hint, fix = _about_param(at, known) if path == ("params",) else _about_key(at, known)
        yield Diagnostic("GW103", message, fragment.path, span, hint, fix=fix)


def _unsettable_rules(error: Any, fragment: Fragment) -> Iterator[Diagnostic]:
    from gateway.adjusting import why_not_adjustable  # noqa: PLC0415 - only a mistake needs the table

    for code in error.instance:
        wrong = why_not_adjustable(code)
        if wrong is not None:
            message, hint = wrong
            yield Diagnostic(
                "GW260", message, fragment.path, fragment.key_span(("rules", code)), hint
            )


def _about_key(path: Path, known: Mapping[str, Any]) -> Advice:
    key = str(path[-1])
    usual = _RENAMED.get(key)
    if usual not in known:
        usual = _RENAMED_THERE.get(key)
    likely = usual if usual in known else nearest(key, known)
    if key in _OF_PROVIDERS and "upstreams" in known:
        return Advice("say it in `providers` of gateway.yaml")
    if key in _OF_LITELLM:
        return Advice("this is LiteLLM's own format: `gateway import` makes fragments of it")
    if key == "timeout" and "timeouts" in known:
        return Advice("write `timeouts: {total: 10m}`, with a unit")
    if likely is None:
        return Advice(f"known here: {', '.join(sorted(known))}")
    if likely in ("limits", "params") and usual == likely:
        at_root = len(path) == 1
        inside = f"write it as `{likely}: {{{key}: …}}`"
        return advise(MoveKey(key, likely)) if at_root else Advice(inside)
    certain = likely == usual or is_slip_of(key, likely, known)
    return advise(RenameKey(path, likely), certain=certain)


def _about_param(path: Path, known: Mapping[str, Any]) -> Advice:
    """Providers have parameters of their own: only a slip of the pen is renamed."""
    key = str(path[-1])
    likely = nearest(key, known, cutoff=0.85)
    if likely is None:
        return Advice("put it into `extra_body`, or into `litellm`")
    return advise(RenameKey(path, likely), certain=is_slip_of(key, likely, known))


def _missing_keys(error: Any, path: Path, fragment: Fragment) -> Iterator[Diagnostic]:
    """At the parent's key; at the root, which has none, at the first key of the file."""
    at = path or tuple(list(error.instance)[:1])
    for key in error.validator_value:
        if key not in error.instance:
            yield Diagnostic(
                "GW102",
                f"missing key `{key}`" + (f" in {_name(path)}" if path else ""),
                fragment.path,
                fragment.key_span(at),
                f"add `{key}: …`",
            )


def _repeated_items(error: Any, path: Path, fragment: Fragment) -> Iterator[Diagnostic]:
    seen: list[Any] = []
    for index, item in enumerate(error.instance):
        if item in seen:
            fix = RemoveItem((*path, index))
            yield Diagnostic(
                "GW109",
                f"an item of {_name(path)} is listed twice",
                fragment.path,
                fragment.value_span((*path, index)),
                fix.instruction,
                fix=fix,
            )
        seen.append(item)


def _wrong_value(error: Any, path: Path) -> tuple[str, str, Advice]:
    """The code, message and advice about a value that a keyword of the schema refuses."""
    rule, wanted, advice = error.validator, error.validator_value, Advice(None)
    if rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        is_fraction = isinstance(error.instance, float) and "integer" in kinds
        expected = error.schema.get("x-expected") or " or ".join(KINDS[kind] for kind in kinds)
        code, must, advice = (
            "GW104",
            f"be {expected}, not {'a fraction' if is_fraction else kind_of(error.instance)}",
            type_hint(error, path),
        )
    elif rule == "enum":
        likely = nearest(error.instance, wanted) if isinstance(error.instance, str) else None
        code, must = "GW105", f"be one of: {', '.join(map(str, wanted))}"
        if likely:
            certain = is_slip_of(error.instance, likely, wanted)
            advice = advise(WriteValue(path, likely), certain=certain)
    elif rule == "pattern":
        code, must, advice = "GW106", f"be {error.schema['x-expected']}", pattern_hint(error, path)
    elif rule in BOUNDS:
        code, must = "GW107", f"be {BOUNDS[rule]} {wanted}"
    elif rule in _NOT_EMPTY:
        code, must = "GW108", "not be empty"
        advice = Advice(error.schema.get("x-hint"))
    else:
        code, must = "GW108", f"have at most {wanted} {_AT_MOST[rule]}"
    return code, f"{_name(path)} must {must}", advice


_NOT_EMPTY = ("minLength", "minItems", "minProperties")
_AT_MOST = {"maxLength": "characters", "maxItems": "items", "maxProperties": "keys"}


def _name(path: Path) -> str:
    """The place for a message, or the file itself."""
    return f"`{place_name(path)}`" if path else "the file"
