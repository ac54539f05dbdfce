"""A fragment and a path in, the offsets of what stands there out: key, value, neighbours, whole lines."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from gateway.fixing.edits import Edit, Lines
from gateway.model import Fragment, Path

_FLOW = ("[", "{")
_BLOCK_SCALAR = ("|", ">")
_DASH = re.compile(r"[ \t]*-[ \t]+\Z")


class Places:
    """What the edits of one fragment need to know of its text."""

    def __init__(self, fragment: Fragment) -> None:
        self.fragment = fragment
        self.lines = Lines(fragment.source.text)
        self.text = fragment.source.text

    def data(self, path: Path) -> Any:
        value: Any = self.fragment.data
        for part in path:
            value = value[part]
        return value

    def holds(self, path: Path) -> bool:
        """Whether it is data: what stands below the first of two equal keys has a place alone."""
        with suppress(LookupError, TypeError):
            self.data(path)
            return True
        return False

    def key(self, path: Path) -> tuple[int, int]:
        return self.lines.offsets(self.fragment.key_span(path))

    def value(self, path: Path) -> tuple[int, int]:
        """Without the comments and blank lines that follow it."""
        start, end = self.lines.offsets(self.fragment.value_span(path))
        value = self.data(path)
        if self.text[start : start + 1] in _FLOW or not isinstance(value, dict | list):
            is_block = self.text[start : start + 1] in _BLOCK_SCALAR
            return start, start + len(self.text[start:end].rstrip()) if is_block else end
        children = self.children(path)
        return start, max((self.value(child)[1] for child in children), default=end)

    def start(self, path: Path) -> int:
        """Where the entry of a mapping, or the item of a list, begins."""
        return self.key(path)[0] if isinstance(path[-1], str) else self.value(path)[0]

    def raw(self, path: Path) -> str:
        """The value as it is written."""
        start, end = self.value(path)
        return self.text[start:end]

    def is_flow(self, path: Path) -> bool:
        return self.raw(path)[:1] in _FLOW

    def is_block_scalar(self, path: Path) -> bool:
        return self.raw(path)[:1] in _BLOCK_SCALAR

    def children(self, path: Path) -> list[Path]:
        value = self.data(path)
        parts = value if isinstance(value, dict) else range(len(value))
        return [(*path, part) for part in parts]

    def removal(self, path: Path) -> Edit | None:
        """The edit that takes an entry or an item out; None where it would take a comment with it."""
        parent = path[:-1]
        if self.is_flow(parent):
            return self._removal_in_flow(path, self.children(parent))
        start, end = self.start(path), self.value(path)[1]
        if self.lines.comment_behind(end) != "":
            return None
        if len(self.children(parent)) == 1:
            return self._emptied(parent, end)
        alone = _DASH.match(before := self.lines.before(start)) or not before.strip()
        if not alone or (isinstance(path[-1], str) and before.strip()):
            return None  # the first key of a list's item
        return Edit(self.lines.start_of_line(start), self.lines.after_line(end), "")

    def _emptied(self, parent: Path, end: int) -> Edit | None:
        """The one thing that a block collection held goes: an empty one stays, on its key's line."""
        if not parent or not isinstance(parent[-1], str):
            return None
        behind_key = self.key(parent)[1]
        colon = re.compile(r"[ \t]*:").match(self.text, behind_key)
        empty = " {}" if isinstance(self.data(parent), dict) else " []"
        if colon is None or self.text[colon.end() : end].lstrip()[:1] == "#":
            return None
        return Edit(colon.end(), end, empty)

    def _removal_in_flow(self, path: Path, siblings: list[Path]) -> Edit:
        """With the comma before it, or behind it where it is the first; its line too where it has one."""
        at = siblings.index(path)
        start, end = self.start(path), self.value(path)[1]
        rest = self.text[end : self.lines.end_of_line(end)].strip()
        if not self.lines.before(start).strip() and rest in ("", ",") and len(siblings) > 1:
            return Edit(self.lines.start_of_line(start), self.lines.after_line(end), "")
        if at > 0:
            return Edit(self.value(siblings[at - 1])[1], end, "")
        return Edit(start, self.start(siblings[1]) if len(siblings) > 1 else end, "")
