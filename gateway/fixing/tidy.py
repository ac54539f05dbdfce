"""A text in, the same text with its modeline, or with its keys in the schema's order, out: no finding asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from gateway.constants import SETTINGS_FILE, STACK_DIR
from gateway.fixing.edits import Lines
from gateway.fixing.places import Places
from gateway.model import Fragment

_MODELINE = "yaml-language-server:"
_COMMENT_LINE = re.compile(r"[ \t]*#")
_EXCUSES = re.compile(r"(?i)#[ \t]*gateway[ \t]*:")
_GAP = re.compile(r"\r?\n(?:[ \t]*\r?\n)*\Z")


def with_modeline(path: str, text: str) -> str:
    """Editors then complete and check the file. Unchanged where it has one, right or not."""
    if _MODELINE in text:
        return text
    name = "gateway" if path == SETTINGS_FILE else "model"
    up = "../" * (len(PurePosixPath(path).parts) - 1)
    line = f"# {_MODELINE} $schema={up}{STACK_DIR}/schema/{name}.schema.json"
    return line + Lines(text).newline + text


def sorted_keys(fragment: Fragment, schema: Mapping[str, Any]) -> str:
    """The file's keys in the order of `schema`, each with the comment lines right above it.

    Unchanged where the keys are not one below the other, or in order already, or where a comment
    stands apart between two of them: nobody can tell to which it belongs. Keys that the schema does
    not know stay behind the one they follow.
    """
    places = Places(fragment)
    keys = list(fragment.data)
    starts = [places.key((key,))[0] for key in keys]
    if places.is_flow(()) or any(places.lines.before(start) for start in starts):
        return fragment.source.text
    begins = [_begin(places, start, is_first=index == 0) for index, start in enumerate(starts)]
    ends = [*begins[1:], _end(places)]
    if any("#" in _apart(places, *entry) for entry in zip(keys, ends, strict=True)):
        return fragment.source.text
    text = fragment.source.text
    blocks = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    order = _order(keys, list(schema["properties"]))
    if order == list(range(len(keys))):
        return text
    if order[0] != 0 and _EXCUSES.search(text, 0, begins[0]):
        return text  # it is about the line below it, and would stay behind
    is_cut_off = not blocks[-1].endswith("\n")
    if is_cut_off:
        blocks[-1] += places.lines.newline
    body = _with_gaps(blocks, order)
    body = body.removesuffix(places.lines.newline) if is_cut_off else body
    return text[: begins[0]] + body + text[ends[-1] :]


def _order(keys: list[str], known: list[str]) -> list[int]:
    ranks: list[int] = []
    for key in keys:
        ranks.append(known.index(key) if key in known else max(ranks[-1:], default=-1))
    return sorted(range(len(keys)), key=lambda index: ranks[index])


def _with_gaps(blocks: list[str], order: list[int]) -> str:
    """Blank lines between two blocks stay between the places where they stood."""
    bodies = [_GAP.sub("", block) for block in blocks]
    gaps = [block[len(body) :] for block, body in zip(blocks, bodies, strict=True)]
    return "".join(bodies[index] + gap for index, gap in zip(order, gaps, strict=True))


def _begin(places: Places, start: int, *, is_first: bool) -> int:
    """With the comment lines right above; what stands above the first key belongs to the file."""
    at = start
    while at > 0 and not is_first:
        above = places.lines.start_of_line(at - 1)
        if not _COMMENT_LINE.match(places.text[above:at]):
            break
        at = above
    return at


def _apart(places: Places, key: str, end: int) -> str:
    """What stands between an entry and the next one with its comments."""
    return places.text[places.lines.after_line(places.value((key,))[1]) : end]


def _end(places: Places) -> int:
    """Behind the last value's line; comments below it belong to the file."""
    last = max(places.value((key,))[1] for key in places.fragment.data)
    return places.lines.after_line(last)
