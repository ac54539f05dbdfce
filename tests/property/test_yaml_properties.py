"""Any JSON value survives the writer and both readers; every span lies inside its text."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from strategies import json_values, texts, yaml_like

from gateway.model import Span
from gateway.yaml_text import encode, read, read_plain


def same(left: Any, right: Any) -> bool:
    """Equal in value and in type, all the way down, the sign of zero included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return bool(left == right)


@given(json_values)
def test_a_value_survives_both_readers(value: Any) -> None:
    text = encode(value)
    assert "\n" not in text
    assert same(read_plain(f"key: {text}\n"), {"key": value})
    document = read(f"key: {text}\n")
    assert document.problems == ()
    assert same(document.data, {"key": value})


@given(texts)
def test_any_text_can_be_a_key(text: str) -> None:
    written = f"{encode(text)}: 1\n"
    assert same(read_plain(written), {text: 1})
    assert same(read(written).data, {text: 1})


def is_inside(span: Span, text: str) -> bool:
    lines = text.split("\n")

    def holds(line: int, column: int) -> bool:
        return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1

    start, end = span[:2], span[2:]
    # The end may be the place just behind the last character: the caret needs one column.
    behind = 1 <= end[0] <= len(lines) and end[1] <= len(lines[end[0] - 1]) + 2
    return holds(*start) and behind and start <= end


@given(yaml_like)
def test_every_span_lies_inside_its_text(text: str) -> None:
    document = read(text)
    for node in document.spans.values():
        assert is_inside(node.value, text)
        assert node.key is None or is_inside(node.key, text)
    for problem in document.problems:
        assert is_inside(problem.span, text), problem
        assert all(is_inside(span, text) for _, span in problem.related)


@given(yaml_like)
def test_there_is_a_span_for_every_path_and_no_other(text: str) -> None:
    document = read(text)
    if document.problems or document.data is None:
        return

    def paths(value: Any, path: tuple[str | int, ...]) -> set[tuple[str | int, ...]]:
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        return {path}.union(*(paths(item, (*path, key)) for key, item in items))

    assert set(document.spans) == paths(document.data, ())
