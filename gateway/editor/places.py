"""A text and a cursor in, the place of the document under it out; in a text that is half written too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.model import Path, Span
from gateway.yaml_text import read

# What is still open where somebody types: quotes, then brackets. Deeper nesting nobody types.
_CLOSERS = ("", '"', "'", "]", '"]', "']", "}", '"}', "'}", "]}", '"]}', "']}", "}]", '"}]')
_CURSOR = "‸"
_WORD = re.compile(r"\A[^\s,\[\]{}\"'#]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A key or a value of a document. `path` leads to it; `text` is what is written there, `span` where.

    For a key that is still being written, `path` ends in what there is of it.
    """

    path: Path
    is_key: bool
    text: str
    span: Span


def find_place(text: str, line: int, column: int) -> Place | None:
    """The key or scalar that the cursor touches; None between them, and in comments."""
    document = read(text)
    if document.data is None:
        rest = text.split("\n")[line - 1][column - 1 :]
        return find_written(text, line, column + len(rest) - len(_WORD.sub("", rest, count=1)))
    for path, value in _scalars(document.data, ()):
        spans = document.spans[path]
        if spans.key is not None and _holds(spans.key, line, column):
            return Place(path, True, str(path[-1]), spans.key)
        if not isinstance(value, dict | list | None) and _holds(spans.value, line, column):
            return Place(path, False, str(value), spans.value)
    return None


def find_written(text: str, line: int, column: int) -> Place | None:
    """What is being written at the cursor, if only what stands before it counts.

    A mark is put at the cursor and what is open is closed, until that can be read as YAML.
    """
    lines = text.split("\n")[:line]
    before = "\n".join([*lines[:-1], lines[-1][: column - 1]]).replace("\r", "") + _CURSOR
    for end in (*_CLOSERS, *(f"{closer}: " for closer in _CLOSERS)):
        document = read(before + end)
        if not document.problems and isinstance(document.data, dict | list | str):
            return _marked(document.data, document.spans, (line, column))
    return None


def _marked(data: Any, spans: Any, cursor: tuple[int, int]) -> Place | None:
    for path, value in _scalars(data, ()):
        is_key = bool(path) and _CURSOR in str(path[-1])
        if is_key or (isinstance(value, str) and _CURSOR in value):
            start = spans[path].key if is_key else spans[path].value
            written = str(path[-1] if is_key else value).partition(_CURSOR)[0]
            # Text alone, where a mapping must be, is the beginning of its first key.
            place = (*path[:-1], written) if is_key else path or (written,)
            return Place(
                place, is_key or not path, written, Span(start.line, start.column, *cursor)
            )
    return None


def _scalars(data: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything in a document, parents first: what has a key of its own is yielded too."""
    yield path, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _scalars(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _scalars(value, (*path, index))


def _holds(span: Span, line: int, column: int) -> bool:
    """Whether the cursor is in the span, or right behind it."""
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)
