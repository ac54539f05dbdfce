"""libyaml's marks in, the span of every path of a document out, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.model import NodeSpans, Path, Span

_Marks = tuple[tuple[int, int, int, int] | None, int, int, int, int]


class Places(Mapping[Path, NodeSpans]):
    """The spans of a document, made when they are asked for: a file in order never asks.

    Each entry is a plain tuple of libyaml's 0-based marks: the key's four or None, then the value's.
    """

    __slots__ = ("_end", "_text", "marks")

    def __init__(self, text: str) -> None:
        self.marks: dict[Path, _Marks] = {}
        self._text = text
        self._end: tuple[int, int] | None = None

    def __getitem__(self, path: Path) -> NodeSpans:
        key, *value = self.marks[path]
        return NodeSpans(None if key is None else self._span(*key), self._span(*value))

    def _span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """libyaml puts the end of what the file's end cuts off on a line behind the last."""
        if self._end is None:
            last = self._text.count("\n") + 1
            self._end = (last, len(self._text) - self._text.rfind("\n"))
        start = min((line + 1, column + 1), self._end)
        return Span(*start, *min((end_line + 1, end_column + 1), self._end))

    def __iter__(self) -> Iterator[Path]:
        return iter(self.marks)

    def __len__(self) -> int:
        return len(self.marks)
