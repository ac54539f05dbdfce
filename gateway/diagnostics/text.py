"""Diagnostics in, text for people out: `file:line:col: error[code]: message`, snippet, caret, hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gateway.diagnostics.diagnostic import Diagnostic, Severity
from gateway.diagnostics.secrets import blanked_line

_LONGEST_LINE = 160
_RED, _YELLOW, _BOLD, _CYAN, _RESET = "\033[31m", "\033[33m", "\033[1m", "\033[36m", "\033[0m"


def as_text(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, colour: bool = False
) -> str:
    """`sources` maps a path to its text, for the snippets; a path that is missing gets none."""
    lines_of = {
        path: sources[path].split("\n") for path in {d.path for d in diagnostics} & set(sources)
    }
    return "".join(_one(found, lines_of, colour) for found in diagnostics)


def summary(diagnostics: Sequence[Diagnostic], fragment_count: int, excused_count: int = 0) -> str:
    """`2 errors, 0 warnings in 7 fragments, 1 excused`."""
    errors = sum(found.severity is Severity.ERROR for found in diagnostics)
    return (
        f"{_count(errors, 'error')}, {_count(len(diagnostics) - errors, 'warning')}"
        f" in {_count(fragment_count, 'fragment')}"
        + (f", {excused_count} excused" if excused_count else "")
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _one(found: Diagnostic, lines_of: Mapping[str, list[str]], colour: bool) -> str:
    paint = _painter(colour)
    tone = _RED if found.severity is Severity.ERROR else _YELLOW
    text = f"{paint(_BOLD, f'{found.place}:')} {paint(tone, f'{found.severity}[{found.code}]')}: {found.message}\n"
    text += _snippet(found, lines_of.get(found.path, []), lambda mark: paint(tone, mark))
    for other in found.related:
        text += f"  = {other.message}: {other.place}\n"
    if found.hint:
        text += f"  = {paint(_CYAN, 'hint')}: {found.hint}\n"
    return text


def _painter(colour: bool) -> Callable[[str, str], str]:
    return (lambda tone, text: f"{tone}{text}{_RESET}") if colour else (lambda _, text: text)


def _snippet(found: Diagnostic, lines: list[str], paint: Callable[[str], str]) -> str:
    span = found.span
    if found.hides_value or not 1 <= span.line <= len(lines):
        return ""
    line = blanked_line(lines[span.line - 1].rstrip("\r").replace("\t", " "))
    if not line.strip() or len(line) > _LONGEST_LINE or not line.isprintable():
        return ""
    number = str(span.line)
    gutter = " " * len(number)
    end = span.end_column if span.end_line == span.line else len(line) + 1
    carets = "^" * max(1, min(end, len(line) + 1) - span.column)
    return f"{gutter} |\n{number} | {line}\n{gutter} | {' ' * (span.column - 1)}{paint(carets)}\n"
