"""A key at the root of a fragment and the mapping it belongs into in, the edits that move it out.

Its comments move along; where a mapping on one line cannot take them, they stay where they are.
"""

from __future__ import annotations

import re

from gateway.fixing.edits import Edit
from gateway.fixing.places import Places
from gateway.yaml_text import encode

_MODELINE = "yaml-language-server:"
_COMMENT_LINE = re.compile(r"[ \t]*#")
_NOT_IN_FLOW = re.compile(r"[,\[\]{}]|:\s|:\Z")
_STEP = "  "


def moving(places: Places, key: str, into: str) -> list[Edit] | None:
    target = places.fragment.data.get(into)
    if into not in places.fragment.data:
        return _wrapped(places, key, into)
    if not isinstance(target, dict) or key in target:
        return None
    if places.is_flow((into,)):
        return _into_flow(places, key, into)
    return None if places.is_flow(()) else _into_block(places, key, into)


def _fits_in_flow(places: Places, key: str) -> bool:
    raw = places.raw((key,))
    if "\n" in raw or places.is_block_scalar((key,)) or not raw:
        return False
    is_plain = raw[0] not in "'\"[{"
    return not (is_plain and _NOT_IN_FLOW.search(raw))


def _wrapped(places: Places, key: str, into: str) -> list[Edit] | None:
    """There is no such mapping yet: it comes where the key stands."""
    start, end = places.key((key,))[0], places.value((key,))[1]
    if _fits_in_flow(places, key):
        quote = '"' if places.text[start] == '"' else ""
        return [Edit(start, start, f"{quote}{into}{quote}: {{"), Edit(end, end, "}")]
    indent = places.lines.before(start)
    if indent.strip() or places.is_flow(()):
        return None
    entry = re.sub(r"\n(?!\r?\n)", f"\n{_STEP}", places.text[start:end])
    return [Edit(start, end, f"{encode(into)}:{places.lines.newline}{indent}{_STEP}{entry}")]


def _into_flow(places: Places, key: str, into: str) -> list[Edit] | None:
    if not _fits_in_flow(places, key):
        return None
    start, end = places.key((key,))[0], places.value((key,))[1]
    children = places.children((into,))
    entry = places.text[start:end]
    at = places.value(children[-1])[1] if children else places.value((into,))[0] + 1
    insert = Edit(at, at, f", {entry}" if children else entry)
    comment = places.lines.comment_behind(end)
    if comment:  # the comment of its line stays there, as a line of its own
        return [insert, Edit(start, places.lines.end_of_line(end) - len(comment), "")]
    removal = places.removal((key,))
    return [insert, removal] if removal else None


def _into_block(places: Places, key: str, into: str) -> list[Edit] | None:
    lines = places.lines
    start, end = places.key((key,))[0], places.value((key,))[1]
    children = places.children((into,))
    if lines.before(start).strip() or lines.comment_behind(end) is None or not children:
        return None
    inner = lines.before(places.key(children[0])[0])
    last = lines.end_of_line(places.value((into,))[1])
    if inner.strip():
        return None
    first = _first_comment_line(places, start)
    step = inner.removeprefix(lines.before(start))
    moved = re.sub(r"(?m)^(?!\r?$)", step, places.text[first : lines.end_of_line(end)])
    return [Edit(last, last, lines.newline + moved), Edit(first, lines.after_line(end), "")]


def _first_comment_line(places: Places, start: int) -> int:
    """Where the comment lines right above an entry begin; not the ones that the file begins with."""
    first = places.lines.start_of_line(start)
    at = first
    while at > 0:
        at = places.lines.start_of_line(at - 1)
        line = places.text[at:first].split("\n", 1)[0]
        if not _COMMENT_LINE.match(line) or _MODELINE in line:
            return first
        first = at
    return places.lines.start_of_line(start)
