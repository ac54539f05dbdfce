"""Two snapshots in, what differs between them out, in words."""

from collections.abc import Iterator
from typing import Any

from gateway.value_words import BOUNDS, KINDS

Schema = dict[str, Any]


def describe_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each name that came, went, or takes other values."""
    return [line for title in sorted({*old, *new}) for line in _in_part(title, old, new)]


def _in_part(title: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    before, after = old.get(title, []), new.get(title, [])
    if isinstance(before, str) or isinstance(after, str):
        if before != after:
            yield f"{title}: {before or 'none'} -> {after or 'none'}"
        return
    for name in sorted({*before} - {*after}):
        yield f"{title}: `{name}` is gone"
    for name in sorted({*after} - {*before}):
        takes = f", it takes {_said(after[name])}" if isinstance(after, dict) else ""
        yield f"{title}: `{name}` is new{takes}"
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before} & {*after}):
            for change in _in_schema(name, before[name], after[name]):
                yield f"{title}: {change}"


def _in_schema(name: str, old: Schema, new: Schema) -> Iterator[str]:
    """What differs in the values of one key, and in the keys and items inside them."""
    inner = ("properties", "items", "additionalProperties", "enum")
    shallow = [{k: v for k, v in one.items() if k not in inner} for one in (old, new)]
    if shallow[0] != shallow[1]:
        yield f"`{name}` took {_said(shallow[0])}, takes {_said(shallow[1])}"
    yield from _in_set(name, "choice", {*old.get("enum", ())}, {*new.get("enum", ())})
    before, after = old.get("properties", {}), new.get("properties", {})
    yield from _in_set(name, "key", {*before}, {*after})
    for key in sorted({*before} & {*after}):
        yield from _in_schema(f"{name}.{key}", before[key], after[key])
    for word, mark in (("items", "[]"), ("additionalProperties", ".*")):
        one, other = old.get(word), new.get(word)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _in_schema(f"{name}{mark}", one, other)
        elif one != other:
            yield f"`{name}` has other {word}"


def _in_set(name: str, kind: str, before: set[str], after: set[str]) -> Iterator[str]:
    if before and not after:
        yield f"`{name}` lists no {kind} any more"
    elif after and not before:
        yield f"`{name}` lists each {kind} now"
    elif before != after:
        moves = [f"-{word}" for word in sorted(before - after)]
        moves += [f"+{word}" for word in sorted(after - before)]
        yield f"`{name}` has another {kind}: {' '.join(moves)}"


def _said(schema: Schema) -> str:
    """`a whole number or text, at least 0`."""
    if not schema:
        return "anything"
    text = schema.get("x-expected") or " or ".join(KINDS[kind] for kind in schema["type"])
    parts = [text, *(["also as text"] if schema.get("x-text") else [])]
    parts += [f"{BOUNDS[word]} {schema[word]}" for word in BOUNDS if word in schema]
    parts += [f"with {', '.join(schema[word])}" for word in ("required",) if word in schema]
    parts += [f"written as {schema[word]}" for word in ("pattern",) if word in schema]
    return ", ".join(parts)
