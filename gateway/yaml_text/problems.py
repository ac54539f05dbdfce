"""What the strict reader refuses, as values; and libyaml's own complaints in our words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from gateway.diagnostics.secrets import blanked
from gateway.fix import EndLinesWithLineFeeds, Fix, IndentWithSpaces, QuoteText, SplitDocuments
from gateway.model import Span

# What libyaml takes for the end of a line and editors do not: every position after it would be off.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")

# What libyaml says, and what we say instead: its words are about its grammar, not about the file.
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a `:` where no mapping can start",
        "put the text in quotes, or check the indentation of this line",
    ),
    "did not find expected key": (
        "the indentation does not match the lines around it",
        "indent keys of one mapping by the same number of spaces",
    ),
    "did not find expected '-' indicator": (
        "a list item was expected here",
        "begin each item of the list with `- ` at the same column",
    ),
    "found character that cannot start any token": (
        "a character that cannot start a value",
        "put text that starts with @, ` or % in quotes",
    ),
    "could not find expected ':'": ("a key without its `:`", "write `key: value`"),
    "found unexpected end of stream": ("a quote that is never closed", "close the quote"),
    "did not find expected ',' or ']'": ("a `[` that is never closed", "close the list with `]`"),
    "did not find expected ',' or '}'": (
        "a `{` that is never closed",
        "close the mapping with `}`",
    ),
    "did not find expected node content": ("a value was expected here", None),
    "block sequence entries are not allowed in this context": (
        "a list item where no list can start",
        "put the list on the lines below its key",
    ),
    "control characters are not allowed": ("a control character", "remove it"),
}
# Where libyaml notices these is the end of the file; where they begin is the mistake.
_BEGUN_BEFORE = (
    "found unexpected end of stream",
    "could not find expected ':'",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
)
_CONFLICT = re.compile(r"^<{7}(?= |$)", re.MULTILINE)
_SETTLE = "choose what is right, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
# A shell's way to name a variable; between brackets its `{` is YAML's own.
_SHELL_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}")
# Where plain text without its quotes is what libyaml stumbles over.
_UNQUOTED = (
    "mapping values are not allowed in this context",
    "found character that cannot start any token",
)


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Something that the strict reader refuses: a code of the table, a message and its place."""

    code: str
    message: str
    span: Span
    hint: str | None = None
    related: tuple[tuple[str, Span], ...] = ()
    fix: Fix | None = None


def shown(text: str) -> str:
    """A key or name for a message: on one line, not endless, and blank where it has a secret's shape.

    That is looked for in the whole of it: what is left of a cut password would not be known for one.
    """
    text = blanked(text)
    line = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= 60 else f"{line[:57]}..."


def find_odd_break(text: str) -> YamlProblem | None:
    """The first line break that editors do not count as one."""
    odd = _ODD_BREAK.search(text) if "\r" in text or not text.isascii() else None
    if odd is None:
        return None
    at = odd.start()
    message = f"a line break that is none: U+{ord(text[at]):04X}"
    fix = EndLinesWithLineFeeds()
    certain = text[at] == "\r"  # the others are line breaks for YAML 1.1 alone
    return YamlProblem(
        "GW002", message, span_of(text, at), fix.instruction, fix=fix if certain else None
    )


def span_of(text: str, at: int) -> Span:
    """The one character at an offset."""
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return Span(line, column, line, column + 1)


def syntax_problem(error: yaml.YAMLError, text: str) -> YamlProblem:
    """What libyaml stumbled over, or what is likely behind it."""
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line, column, *_ = span_of(text, conflict.start())
        span = Span(line, column, line, column + len(conflict[0]))
        return YamlProblem("GW001", "a conflict of a merge that is not resolved", span, _SETTLE)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or ""
    marks = (getattr(error, "problem_mark", None), getattr(error, "context_mark", None))
    problem, context = marks if said not in _BEGUN_BEFORE else reversed(marks)
    mark = problem or context
    if mark is None:
        position = getattr(error, "position", None)
        line, column, *_ = span_of(text, position if isinstance(position, int) else 0)
    else:
        line, column = mark.line + 1, mark.column + 1
    lines = text.split("\n")
    line = min(line, len(lines))
    column = min(column, len(lines[line - 1]) + 1)
    span = Span(line, column, line, column + 1)
    message, hint = _SYNTAX.get(said, ("this is not valid YAML", None))
    fix: Fix | None = QuoteText(span) if said in _UNQUOTED else None
    if lines[line - 1][column - 1 : column] == "\t":
        fix = IndentWithSpaces()
        message, hint = "a tab", fix.instruction
    variable = _SHELL_VARIABLE.search(lines[line - 1], column - 1)
    if variable is not None and said.startswith("did not find expected ',' or"):
        span = Span(line, variable.start() + 1, line, variable.end() + 1)
        message = f"`{shown(variable[0])}` in a list"
        hint = f"name the variable alone: `{variable[1]}`"
    return YamlProblem("GW001", message, span, hint, fix=fix)


class Refused(Exception):
    """Ends the reading of a document that cannot be read any further."""

    def __init__(self, problem: YamlProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def second_document(event: Any) -> YamlProblem:
    fix = SplitDocuments()
    return YamlProblem(
        "GW006", "a second document in one file", span_of_event(event), fix.instruction, fix=fix
    )


def refused_extra(event: Any) -> Refused:
    what, code, hint = ("a tag", "GW007", "remove it")
    if event.anchor is not None:
        what, code, hint = ("an anchor", "GW004", "write the value out where it is used")
    return Refused(YamlProblem(code, what, span_of_event(event), hint))


def not_finite(event: Any) -> YamlProblem:
    return YamlProblem(
        "GW010",
        "a number that JSON cannot hold",
        span_of_event(event),
        "put it in quotes if it is text",
    )


def span_of_event(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
