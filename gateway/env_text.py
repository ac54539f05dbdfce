"""The text of a `.env` in, its values out, exactly as Docker Compose reads them.

Rules measured on Compose 2.26: `NAME=value` with an optional `export`; an unquoted value ends before
` #`; single quotes take everything as it stands; elsewhere `$` is expanded and `\\` may escape. A
value that would need expanding is refused instead: both engines must get the same bytes, and no
message may show a value (Compose's own do).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gateway.constants import ENV_FILE
from gateway.model import START, GatewayError, Span

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.\[\]-]*)[ \t]*(=|\Z)[ \t]*", re.ASCII)
_REST = re.compile(r"[ \t]*(?:#.*)?\Z")
_IN_SINGLE_QUOTES = "put the value into single quotes"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `NAME=value`. `problem` and `hint`: why its value is not surely what Compose would take.

    `is_alone`: a name without `=`, whose value Compose takes from the environment. `span` is what
    stands for the value in the text, quotes included, without blanks and comments around it.
    """

    name: str
    line: int
    value: str = field(repr=False)
    problem: str | None = None
    hint: str | None = None
    is_alone: bool = False
    span: Span = START


class UnreadableLineError(GatewayError):
    """A line that is no assignment: its number, and what is wrong with it."""

    def __init__(self, line: int, problem: str, hint: str) -> None:
        super().__init__(f"{ENV_FILE}:{line}: {problem}", hint)
        self.line = line
        self.problem = problem


def read_assignments(text: str) -> dict[str, Assignment]:
    """Every variable's last assignment. Raises GatewayError for a line that Compose would not read."""
    return {found.name: found for found in every_assignment(text) if not found.is_alone}


def every_assignment(text: str) -> Iterator[Assignment]:
    """Every line that says something, in order. Raises UnreadableLineError at the first that is no assignment."""
    yield from _assignments(text.replace("\r\n", "\n").split("\n"))


def value_of(name: str, assignments: Mapping[str, Assignment]) -> str:
    """A variable's value, empty where it has none. Raises GatewayError where it is not a sure one."""
    found = assignments.get(name)
    if found is None:
        return ""
    if found.problem is not None:
        raise GatewayError(f"{ENV_FILE}:{found.line}: `{name}` {found.problem}", found.hint)
    return found.value


def assignment(name: str, value: str) -> str | None:
    """`NAME=value`, read back as exactly this value; None where no line of a `.env` can hold it."""
    for quote in ("", "'", '"'):
        line = f"{name}={quote}{value}{quote}"
        try:
            found = read_assignments(line)
        except GatewayError:
            continue
        read = found.get(name)
        is_alike = list(found) == [name] and read is not None and read.value == value
        if is_alike and read is not None and read.problem is None and not _is_odd(value, quote):
            return line
    return None


def _is_odd(value: str, quote: str) -> bool:
    """What would be read as it stands, though nobody would trust it: quotes and backslashes bare."""
    return not quote and any(mark in value for mark in " \\'\"`#")


def _assignments(lines: list[str]) -> Iterator[Assignment]:
    number = 0
    while number < len(lines):
        line, number = lines[number], number + 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _NAME.match(line)
        if match is None:
            raise UnreadableLineError(
                number, "this line is not `NAME=value`", "mend it, or put a `#` before it"
            )
        if not match[2]:
            yield Assignment(match[1], number, "", is_alone=True)
            continue
        value, start, column = line[match.end() :], number, match.end() + 1
        if value[:1] in ("'", '"'):
            while _closing(value) is None:
                if number == len(lines):
                    raise UnreadableLineError(
                        start, "a quote that is opened here is never closed", "close it"
                    )
                value, number = f"{value}\n{lines[number]}", number + 1
            found = _quoted(match[1], start, value)
            written = value[: (_closing(value) or 0) + 1]
        else:
            found = _unquoted(match[1], start, value)
            written = found.value
        end = len(written.rpartition("\n")[2]) + (column if number == start else 1)
        yield replace(found, span=Span(start, column, number, end))


def _closing(value: str) -> int | None:
    """Where the quote that opens `value` is closed; a backslash before a quote keeps it open."""
    at = value.find(value[0], 1)
    while at > 0 and value[at - 1] == "\\":
        at = value.find(value[0], at + 1)
    return at if at > 0 else None


def _quoted(name: str, line: int, text: str) -> Assignment:
    end = _closing(text) or 0
    value = text[1:end]
    if not _REST.match(text[end + 1 :]):
        raise UnreadableLineError(
            line, "something follows the closing quote", "remove it, or put a `#` before it"
        )
    problem, hint = _problem(value)
    if text[0] == '"' and ("$" in value or "\\" in value):
        problem, hint = (
            "holds a `$` or a backslash in double quotes, which Compose expands",
            _IN_SINGLE_QUOTES,
        )
    elif f"\\{text[0]}" in value:
        problem, hint = "holds a quote behind a backslash", "use another value"
    return Assignment(name, line, value, problem, hint)


def _unquoted(name: str, line: int, text: str) -> Assignment:
    value = text.partition(" #")[0].rstrip()
    problem, hint = _problem(value)
    if "$" in value:
        problem, hint = "holds a `$`, which Compose expands", _IN_SINGLE_QUOTES
    elif value.startswith("#") or "\t#" in value:
        problem = "has a `#` that Compose takes for a part of the value"
        hint = "put the comment on a line of its own, or the value into single quotes"
    return Assignment(name, line, value, problem, hint)


def _problem(value: str) -> tuple[str | None, str | None]:
    if "\n" in value:
        return "goes over several lines", "put it on one line"
    if not (value.isascii() and value.isprintable()):
        return "holds a character that no HTTP header can carry", "write it anew, in ASCII"
    return None, None
