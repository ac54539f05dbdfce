"""A text and replacements of parts of it in, the text with them out; everything else stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from gateway.model import Span

_ONLY_COMMENT = re.compile(r"[ \t]*(#.*)?\r?\Z")


class Edit(NamedTuple):
    """The characters from `start` up to `end` become `text`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Raises ValueError where two edits want the same characters."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at:
            raise ValueError("two edits overlap")
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join((*parts, text[at:]))


class Lines:
    """A text's offsets by line and column, and its line ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def offset(self, line: int, column: int) -> int:
        """Of a 1-based place."""
        return self._starts[line - 1] + column - 1

    def offsets(self, span: Span) -> tuple[int, int]:
        return self.offset(*span[:2]), self.offset(*span[2:])

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def start_of_line(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def end_of_line(self, offset: int) -> int:
        """Where the line's end begins: its line break is behind."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def after_line(self, offset: int) -> int:
        """Where the next line begins."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def before(self, offset: int) -> str:
        """What stands on the line before the offset."""
        return self.text[self.start_of_line(offset) : offset]

    def comment_behind(self, offset: int) -> str | None:
        """The comment that ends the line, empty where nothing does; None where more than that does."""
        match = _ONLY_COMMENT.match(self.text[offset : self.end_of_line(offset)])
        return None if match is None else match[1] or ""
