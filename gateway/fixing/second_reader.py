"""A text in, what a round-trip YAML library reads in it out: a second opinion on every edit, comments included.

The only module that imports ruamel.yaml. It never writes: its writer changes what nobody asked it to
(docs/decisions.md has the list, a test measures it), so the edits are ours and the library judges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """The data as plain types, and every comment with how often it stands there."""

    data: Any
    comments: Counter[str]


@lru_cache(maxsize=1000)
def second_reading(text: str) -> Reading | None:
    """Nobody changes what it holds: it is read once. None where the library cannot read the text, or where it holds not one document."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms that only a fix pays
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    yaml = YAML()
    yaml.allow_duplicate_keys = True
    try:
        return Reading(_plain(yaml.load(text)), Counter(_comments(YAML().scan(text))))
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError, AssertionError):
        return None  # a reader of its own kind: what it makes of odd text is not ours to say


def _plain(value: Any) -> Any:
    """The library's own types, which remember how a value was written, as what they are."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return bool(value) if type(value).__name__ == "ScalarBoolean" else str(value)


def _comments(tokens: Any) -> Iterator[str]:
    """The library hangs comments on tokens, several lines in one, with the blank lines between them."""
    for token in tokens:
        for text in _texts(getattr(token, "_comment", None)):
            yield from (line.strip() for line in text.splitlines() if line.strip())


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, list | tuple):
        for item in held:
            yield from _texts(item)
    elif held is not None:
        yield held if isinstance(held, str) else str(held.value)
