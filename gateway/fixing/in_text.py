"""A fix of a text that the reader refuses in, the edits that make it readable out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.fix import EndLinesWithLineFeeds, IndentWithSpaces, QuoteText, RemoveDuplicate
from gateway.fixing.edits import Edit, Lines, edited
from gateway.fixing.places import Places
from gateway.load import load
from gateway.model import SourceFile
from gateway.yaml_text import read

# A key or a dash, then plain text up to the comment or the end of the line.
_PLAIN = re.compile(
    r"(?P<head>[ \t]*(?:-[ ]+)*(?:[\w./-]+[ ]*:[ \t]+|(?<=[ ])))"
    r"(?P<text>[^\s#&*!|>'\"\[\]{},].*?)"
    r"(?P<rest>[ \t]*(?:(?<=[ \t])#.*)?)\r?\Z"
)
_TAB_WIDTHS = (2, 4, 8)
_INDENT = re.compile(r"(?m)^[ \t]*\t[ \t]*(?=[^\s])")


def edits_for(
    fix: RemoveDuplicate | QuoteText | IndentWithSpaces | EndLinesWithLineFeeds, source: SourceFile
) -> list[Edit] | None:
    """None where there is more than one way to read the text."""
    match fix:
        case RemoveDuplicate():
            return _without_duplicate(fix, source)
        case QuoteText():
            return _quoted(fix, source.text)
        case IndentWithSpaces():
            return _indented(source.text)
        case EndLinesWithLineFeeds():
            newline = Lines(source.text).newline
            odd = re.finditer("\r(?!\n)", source.text)
            return [Edit(*match.span(), newline) for match in odd]


def _without_duplicate(fix: RemoveDuplicate, source: SourceFile) -> list[Edit] | None:
    """The second goes; the first where only the second has a comment on its line."""
    lines = Lines(source.text)
    start, end = lines.offsets(fix.first)
    for stand_in in _as_long_as(source.text[start:end]):
        scratch = SourceFile(source.path, source.text[:start] + stand_in + source.text[end:])
        fragment, _ = load(scratch)
        if fragment is None:
            return None
        by_key = {fragment.spans[path].key: path for path in fragment.spans}
        first, second = by_key.get(fix.first), by_key.get(fix.second)
        if first is None or second is None:
            continue  # the stand-in is a key of its own there
        places = Places(fragment)
        if not (places.holds(first) and places.holds(second)):
            return None  # below one of two equal keys, and the other one counts
        if repr(places.data(first)) != repr(places.data(second)):
            return None
        removal = places.removal(second) or places.removal(first)
        return [removal] if removal else None
    return None


def _as_long_as(key: str) -> Iterator[str]:
    """Other keys that take as many characters, so that nothing behind them moves."""
    quote, inner = (key[0], key[1:-1]) if key[:1] in ("'", '"') else ("", key)
    for letter in "qxzjkw":
        if inner and letter * len(inner) != inner:
            yield quote + letter * len(inner) + quote


def _quoted(fix: QuoteText, text: str) -> list[Edit] | None:
    """The whole text behind a key, where the lines below do not continue it."""
    lines = Lines(text)
    at = lines.offset(fix.span.line, fix.span.column)
    start = lines.start_of_line(at)
    match = _PLAIN.match(text[start : lines.end_of_line(at)])
    if match is None or not match["text"] or at < start + match.start("text"):
        return None
    indent = len(match["head"]) - len(match["head"].lstrip())
    below = re.compile(r"([ \t]*(#.*)?\r?\n)*(?P<indent>[ ]*)").match(text, lines.after_line(at))
    if below is not None and len(below["indent"]) > indent and below.end() < len(text):
        return None
    new = _in_quotes(match["text"])
    begin = start + match.start("text")
    edit = Edit(begin, start + match.end("text"), new)
    return [edit] if _says(text, edit, match["text"]) else None


def _in_quotes(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _says(text: str, edit: Edit, meant: str) -> bool:
    """Whether the quotes hold exactly what was meant, as far as the text can be read at all now."""
    word = "x" * 12
    with_word = read(edited(text, [Edit(edit.start, edit.end, word)])).data
    now = read(edited(text, [edit])).data
    return repr(now) == repr(_with(with_word, word, meant))


def _with(data: Any, word: str, meant: str) -> Any:
    if isinstance(data, dict):
        return {key: _with(value, word, meant) for key, value in data.items()}
    if isinstance(data, list):
        return [_with(value, word, meant) for value in data]
    return meant if data == word else data


def _indented(text: str) -> list[Edit] | None:
    """Where every usual width that can be read at all says the same."""
    readings: dict[str, list[Edit]] = {}
    for width in _TAB_WIDTHS:
        edits = [
            Edit(*match.span(), match[0].replace("\t", " " * width))
            for match in _INDENT.finditer(text)
        ]
        data = read(edited(text, edits)).data
        if edits and data is not None:
            readings.setdefault(repr(data), edits)
    return next(iter(readings.values())) if len(readings) == 1 else None
