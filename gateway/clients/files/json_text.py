"""JSON with comments and trailing commas, edited in place: order, comments and indentation stay."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.clients.files.client_file import Document, Place

_SKIP = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null")
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class _Node:
    """A value and its offsets; `members` of an object: key -> (where the key begins, its value)."""

    start: int
    end: int
    value: Any
    members: Mapping[str, tuple[int, _Node]] | None = None


@dataclass(frozen=True, slots=True)
class _Json:
    name: str = "json"

    def read(self, text: str) -> Mapping[str, Any]:
        value: Mapping[str, Any] = _root(text).value
        return value

    def put(self, text: str, place: Place, value: Any) -> str:
        if not text.removeprefix("\ufeff").strip():
            text = "{}\n"
        node, depth = _root(text), 0
        while depth < len(place) and node.members is not None and place[depth] in node.members:
            node, depth = node.members[place[depth]][1], depth + 1
        if depth == len(place) or node.members is None:
            for part in reversed(place[depth:]):
                value = {part: value}
            return text[: node.start] + _dumped(value, text, node.start) + text[node.end :]
        for part in reversed(place[depth + 1 :]):
            value = {part: value}
        return _with_member(text, node, place[depth], value)

    def take_out(self, text: str, place: Place) -> str:
        node = _root(text)
        for part in place[:-1]:
            assert node.members is not None  # noqa: S101 - the caller found it there
            node = node.members[part][1]
        assert node.members is not None  # noqa: S101 - likewise
        return _without_member(text, node, place[-1])


def _root(text: str) -> _Node:
    """Raises ValueError where the text is not one object."""
    start = _skipped(text, 0)
    if start == len(text):
        return _Node(start, start, {}, {})
    node = _node(text, start, 0)
    if node.members is None or _skipped(text, node.end) != len(text):
        raise ValueError("not one object")
    return node


def _skipped(text: str, at: int) -> int:
    match = _SKIP.match(text, at)
    return match.end() if match else at


def _node(text: str, at: int, depth: int) -> _Node:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    match text[at : at + 1]:
        case "{":
            return _object(text, at, depth)
        case "[":
            return _array(text, at, depth)
        case '"':
            token = _TEXT.match(text, at)
        case _:
            token = _WORD.match(text, at)
    if token is None:
        raise ValueError("not a value")
    return _Node(at, token.end(), json.loads(token[0]))


def _object(text: str, start: int, depth: int) -> _Node:
    members: dict[str, tuple[int, _Node]] = {}
    at = _skipped(text, start + 1)
    while text[at : at + 1] != "}":
        key = _TEXT.match(text, at)
        if key is None:
            raise ValueError("not a key")
        colon = _skipped(text, key.end())
        if text[colon : colon + 1] != ":":
            raise ValueError("no colon")
        name = json.loads(key[0])
        if name in members:
            raise ValueError("a key stands twice")
        value = _node(text, _skipped(text, colon + 1), depth + 1)
        members[name] = (at, value)
        at = _behind_comma(text, value.end, "}")
    return _Node(start, at + 1, {name: node.value for name, (_, node) in members.items()}, members)


def _array(text: str, start: int, depth: int) -> _Node:
    items: list[Any] = []
    at = _skipped(text, start + 1)
    while text[at : at + 1] != "]":
        item = _node(text, at, depth + 1)
        items.append(item.value)
        at = _behind_comma(text, item.end, "]")
    return _Node(start, at + 1, items)


def _behind_comma(text: str, at: int, end: str) -> int:
    at = _skipped(text, at)
    if text[at : at + 1] == ",":
        return _skipped(text, at + 1)
    if text[at : at + 1] != end:
        raise ValueError("no comma")
    return at


def _with_member(text: str, node: _Node, name: str, value: Any) -> str:
    """The member comes last; on a line of its own, but in an object that stands on one line."""
    assert node.members is not None  # noqa: S101 - it is an object
    key = json.dumps(name, ensure_ascii=False)
    newline = "\r\n" if "\r\n" in text else "\n"
    if not node.members:
        outer = _indent_at(text, node.start)
        inner = outer + _step(text)
        between = text[node.start + 1 : node.end - 1].rstrip()  # a comment, where there is one
        entry = f"{key}: {_dumped_at(value, inner, text)}"
        new = f"{{{between}{newline}{inner}{entry}{newline}{outer}}}"
        return text[: node.start] + new + text[node.end :]
    first = next(iter(node.members.values()))[0]
    last = list(node.members.values())[-1][1].end
    comma = _skipped(text, last)
    trails = text[comma : comma + 1] == ","
    at = comma + 1 if trails else last
    head = text[text.rfind("\n", 0, first) + 1 : first]
    if "\n" not in text[node.start : node.end] or head.strip():
        entry = f"{key}: {json.dumps(value, ensure_ascii=False)}"
        return text[:at] + ("" if trails else ",") + f" {entry}" + text[at:]
    entry = f"{newline}{head}{key}: {_dumped_at(value, head, text)}"
    if not trails:
        text = text[:last] + "," + text[last:]
        at += 1
    at = _behind_comment(text, at)
    return text[:at] + entry + ("," if trails else "") + text[at:]


def _behind_comment(text: str, at: int) -> int:
    """Behind a comment that ends the line."""
    match = re.compile(r"[ \t]*(//[^\r\n]*|/\*[^\r\n]*?\*/)(?=[ \t]*\r?\n)").match(text, at)
    return match.end() if match else at


def _without_member(text: str, node: _Node, name: str) -> str:
    assert node.members is not None  # noqa: S101 - it is an object
    names = list(node.members)
    index = names.index(name)
    start, value = node.members[name]
    after = _skipped(text, value.end)
    if text[after : after + 1] == ",":
        end = after + 1
    else:  # the last: the comma before it goes as well
        end = value.end
        if index:
            before = node.members[names[index - 1]][1].end
            comma = _skipped(text, before)
            text = text[:comma] + text[comma + 1 :]
            start, end = start - 1, end - 1
    line = text.rfind("\n", 0, start) + 1
    rest = re.compile(r"[ \t]*\r?\n").match(text, end)
    if not text[line:start].strip() and rest:
        return text[:line] + text[rest.end() :]
    if len(names) == 1:
        return text[: node.start] + "{}" + text[node.end :]
    blanks = re.compile(r"[ \t]*").match(text, end)
    return (
        text[:start].rstrip(" \t")
        + (" " if index else "")
        + text[blanks.end() if blanks else end :]
    )


def _step(text: str) -> str:
    """What one level is indented by."""
    match = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return match[1] if match else "  "


def _indent_at(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _dumped(value: Any, text: str, at: int) -> str:
    return _dumped_at(value, _indent_at(text, at), text)


def _dumped_at(value: Any, indent: str, text: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    dumped = json.dumps(value, ensure_ascii=False, indent=_step(text))
    return dumped.replace("\n", newline + indent)


JSON: Document = _Json()
