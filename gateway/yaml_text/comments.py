"""Text that reads as YAML in, its comments out: found truly, for a `#` inside a value is none.

libyaml drops comments, but whatever stands outside its scalars and holds a `#` is one.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import yaml
from yaml._yaml import CParser

_Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` to the end of its line. `line` and `column` are 1-based."""

    line: int
    column: int
    text: str
    is_alone: bool
    """Whether nothing else stands on its line."""


def find_comments(text: str) -> tuple[Comment, ...] | None:
    """Every comment, in order; None where the text cannot be read to its end."""
    try:
        scalars = _scalars(text)
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
    found: list[Comment] = []
    for number, line in enumerate(text.split("\n")):
        at = line.find("#")
        while at >= 0:
            end = _end_of_scalar(scalars, (number, at))
            if end is None:
                comment = line[at:].rstrip("\r")
                found.append(Comment(number + 1, at + 1, comment, not line[:at].strip()))
                break
            at = line.find("#", max(end[1], at + 1)) if end[0] == number else -1
    return tuple(found)


def _scalars(text: str) -> list[tuple[_Mark, _Mark]]:
    """Where each scalar begins and ends; 0-based. The header of a block scalar (`|2 # why`) is none."""
    found: list[tuple[_Mark, _Mark]] = []
    parser = CParser(text)
    try:
        while (token := parser.get_token()) is not None:
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark, token.end_mark
                is_block = token.style in ("|", ">")
                first = (start.line + 1, 0) if is_block else (start.line, start.column)
                found.append((first, (end.line, end.column)))
    finally:
        parser.dispose()
    return found


def _end_of_scalar(scalars: list[tuple[_Mark, _Mark]], at: _Mark) -> _Mark | None:
    """The end of the scalar that `at` lies in, or None."""
    index = bisect_right(scalars, at, key=lambda scalar: scalar[0]) - 1
    if index < 0:
        return None
    end = scalars[index][1]
    return end if at < end else None
