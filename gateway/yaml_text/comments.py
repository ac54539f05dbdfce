"""A text in, its comments out, in order: what an edit may move but never lose."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from yaml._yaml import CParser

_COMMENT = re.compile(r"(?m)(?:^|(?<=[\s,\[\]{}]))#[^\r\n]*")


def find_comments(text: str) -> list[str] | None:
    """Each from its `#` to the end of its line; None where the text cannot be read to its end.

    Comments behind the `|` of a text on lines of its own are left out.
    """
    try:
        texts = list(_scalars(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
    comments: list[str] = []
    at = 0
    for start, end in (*texts, (len(text), len(text))):
        comments += (match[0].rstrip() for match in _COMMENT.finditer(text, at, start))
        at = end
    return comments


def _scalars(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of every scalar: in them a `#` is a character like any other."""
    parser = CParser(text)
    try:
        while (token := parser.get_token()) is not None:
            if isinstance(token, yaml.ScalarToken):
                yield token.start_mark.index, token.end_mark.index
    finally:
        parser.dispose()
