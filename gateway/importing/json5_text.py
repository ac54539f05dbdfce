"""JSON5 text in, its data and the line of every place out.

The library says what the text means but not where; a second pass over the tokens, which the library
has found to be sound, finds the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import json5

from gateway.importing.record import Place
from gateway.model import GatewayError

DEEPEST = 20
"""Nesting above which a text is refused: the library needs some sixteen frames for each level."""

LARGEST = 200_000
"""Characters above which a text is refused: the library needs seconds for so many."""

_TOKEN = re.compile(
    r"""(?P<skip>[\s\ufeff]+|//[^\n\r\u2028\u2029]*|/\*.*?(?:\*/|\Z))
    |(?P<text>"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z))
    |(?P<mark>[][{}:,])
    |(?P<word>[^\s\ufeff][^][{}:,\s\ufeff"'/]*)""",
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r":(\d+) ")


def read_json5(path: str, text: str) -> tuple[Any, dict[Place, int], tuple[Place, ...]]:
    """The data, the lines of its places in their order, and the places that stand more than once.

    Of a key that stands twice the last counts, as for JSON5 itself. Raises GatewayError.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise GatewayError(f"{path} has more than {LARGEST} characters: it is no configuration")
    if _depth(text) > DEEPEST:
        raise GatewayError(f"{path} is nested deeper than {DEEPEST} levels")
    try:
        data = _joined(json5.loads(text))
    except RecursionError:
        raise GatewayError(f"{path} is nested too deep") from None
    except ValueError as error:
        found = _PLACE.search(str(error))
        where = f"{path}:{found[1]}" if found else path
        raise GatewayError(
            f"{where}: this is not JSON5", "mend it; the tool itself would not read it"
        ) from None
    places = list(_places(text))
    lines: dict[Place, int] = {}
    for place, line in places:
        if place in lines:  # what the one before held does not count
            lines = {p: n for p, n in lines.items() if p[: len(place)] != place}
        lines[place] = line
    seen: dict[Place, int] = {}
    for place, _ in places:
        seen[place] = seen.get(place, 0) + 1
    return data, lines, tuple(p for p, count in seen.items() if count > 1 and p in lines)


def _depth(text: str) -> int:
    deepest = level = 0
    for match in _TOKEN.finditer(text):
        if match["mark"] in ("[", "{"):
            level += 1
            deepest = max(deepest, level)
        elif match["mark"] in ("]", "}"):
            level -= 1
    return deepest


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Every place with its line, in a text that is sound; a mapping's value has its key's line."""
    way: list[str | int] = []
    closes: list[str] = []
    key_is_next = False
    yield (), 1
    for line, kind, written in _tokens(text):
        inside_list = bool(closes) and closes[-1] == "]"
        if kind == "mark" and written in "]}":
            closes.pop()
            way.pop()
            key_is_next = False
        elif kind == "mark" and written == ",":
            key_is_next = not inside_list
            if inside_list:
                way[-1] = int(way[-1]) + 1
        elif kind == "mark" and written == ":":
            key_is_next = False
        elif key_is_next:
            way[-1] = _key(written)
            yield tuple(way), line
        else:
            if inside_list:
                yield tuple(way), line
            if kind == "mark":
                closes.append("]" if written == "[" else "}")
                way.append(0 if written == "[" else "")
                key_is_next = written == "{"


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        kind = match.lastgroup or ""
        if kind != "skip":
            yield line, kind, match[0]


def _key(token: str) -> str:
    """A key as the library spells it."""
    if "\\" not in token:
        return token[1:-1] if token[0] in "\"'" else token
    return str(next(iter(_joined(json5.loads(f"{{{token}: 0}}")))))


def _joined(value: Any) -> Any:
    """The same value with each pair of escapes that make one character as that character."""
    if isinstance(value, dict):
        return {_joined(key): _joined(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_joined(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return value
