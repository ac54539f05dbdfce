"""A text's lines in, positions between the protocol's units and ours out.

The protocol counts from 0, in UTF-16 code units unless the client offers UTF-8 or UTF-32; we count
from 1, in code points.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lsprotocol import types

from gateway.model import Span

_BREAK = re.compile(r"\r\n|\n|\r")
_WIDTHS: dict[types.PositionEncodingKind, Callable[[str], int]] = {
    types.PositionEncodingKind.Utf8: lambda c: len(c.encode("utf-8", "surrogatepass")),
    types.PositionEncodingKind.Utf16: lambda c: 2 if ord(c) > 0xFFFF else 1,
    types.PositionEncodingKind.Utf32: lambda _: 1,
}


class Lines:
    """The lines of one text, for a client that counts in `encoding`."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind) -> None:
        self._lines = _BREAK.split(text)
        self._width = _WIDTHS[encoding]

    def range_of(self, span: Span) -> types.Range:
        return types.Range(
            self._position(span.line, span.column), self._position(span.end_line, span.end_column)
        )

    def place_of(self, position: types.Position) -> tuple[int, int]:
        """Line and column; the end of the line or text where the position is behind it."""
        line = min(max(position.line, 0), len(self._lines) - 1)
        units = 0
        for index, character in enumerate(self._lines[line]):
            if units >= position.character:
                return line + 1, index + 1
            units += self._width(character)
        return line + 1, len(self._lines[line]) + 1

    def _position(self, line: int, column: int) -> types.Position:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return types.Position(line - 1, sum(map(self._width, text[: column - 1])))
