"""Two snapshots in, what differs between them out, in words."""

import json
from collections.abc import Iterator
from typing import Any


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
        takes = f", which takes {_said(after[name])}" if isinstance(after, dict) else ""
        yield f"{title}: `{name}` is new{takes}"
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before} & {*after}):
            if before[name] != after[name]:
                yield f"{title}: `{name}` {_change(before[name], after[name])}"


def _change(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Choices and nested names by what came and went, all else by what it was and is."""
    for word, title in (("enum", "choices"), ("properties", "keys")):
        before, after = {*old.get(word, ())}, {*new.get(word, ())}
        if before and after and before != after:
            moves = [f"-{name}" for name in sorted(before - after)]
            moves += [f"+{name}" for name in sorted(after - before)]
            return f"has other {title}: {' '.join(moves)}"
    return f"took {_said(old)}, takes {_said(new)}"


def _said(schema: dict[str, Any]) -> str:
    return json.dumps(schema) if schema else "anything"
