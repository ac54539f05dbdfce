"""A file in, the excuses in its comments out: `# gateway: allow GW214 — why`, and what is wrong with them.

One at the end of a line is about that line; one on a line of its own is about the next line that is
no comment, so that several can be stacked above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import SourceFile, Span
from gateway.yaml_text import Comment, find_comments

# Most files have none of these, and then their comments are not looked for.
_BEGINS = re.compile(r"#[ \t]*gateway(?:[ \t]*:|[ \t]+allow\b)", re.IGNORECASE)
_EXCUSE = re.compile(
    r"#[ \t]*gateway:[ \t]*allow[ \t]+(?P<codes>\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*"
    r"(?:[—–:-]+(?P<reason>.*))?\Z"
)
_LIKE_A_CODE = re.compile(r"(?i:gw)\d{3}(?!\d)")


@dataclass(frozen=True, slots=True)
class Excuse:
    """One code that a comment allows on some lines. `span` is where the comment names the code."""

    path: str
    code: str
    reason: str
    lines: range
    span: Span


def find_excuses(source: SourceFile) -> tuple[Sequence[Excuse], Sequence[Diagnostic]]:
    """Every excuse of a file that can be read, and findings about comments that are meant as one."""
    if not _BEGINS.search(source.text):
        return (), ()
    excuses: list[Excuse] = []
    found: list[Diagnostic] = []
    comments = find_comments(source.text) or ()
    lines = _lines_of(comments)
    for comment in comments:
        for item in _read(comment, source.path, lines[comment.line]):
            if isinstance(item, Excuse):
                excuses.append(item)
            else:
                found.append(item)
    return excuses, found


def _lines_of(comments: Sequence[Comment]) -> Mapping[int, range]:
    """The line of each comment -> the lines that it is about.

    A stack is about all of its own lines too: a finding about a whole file stands in the first line,
    which may be a comment.
    """
    alone = [comment.line for comment in comments if comment.is_alone]
    first: dict[int, int] = {}
    for line in alone:
        first[line] = first.get(line - 1, line)
    last: dict[int, int] = {}
    for line in reversed(alone):
        last[line] = last.get(line + 1, line)
    return {
        line: range(first.get(line, line), last.get(line, line - 1) + 2)
        for line in (comment.line for comment in comments)
    }


def _read(comment: Comment, path: str, lines: range) -> Iterator[Excuse | Diagnostic]:
    """Behind a value an excuse may follow other words; a line of its own must begin with it, for a
    line that was commented out with its excuse asks for nothing."""
    begins = _BEGINS.match(comment.text) if comment.is_alone else _BEGINS.search(comment.text)
    if begins is None:
        return
    text = comment.text[begins.start() :].rstrip()
    column = comment.column + begins.start()
    whole = Span(comment.line, column, comment.line, column + len(text))
    excuse = _EXCUSE.match(text)
    if excuse is None:
        message = "this comment to the gateway is not understood"
        yield _finding("GW261", message, _form(_LIKE_A_CODE.findall(text)), path, whole)
        return
    codes = list(re.finditer(r"\w+", excuse["codes"]))
    reason = (excuse["reason"] or "").strip()
    if not re.search(r"\w", reason):
        hint = _form([code[0] for code in codes])
        yield _finding("GW263", "this excuse gives no reason", hint, path, whole)
        return
    for code in codes:
        start = column + excuse.start("codes") + code.start()
        span = Span(comment.line, start, comment.line, start + len(code[0]))
        yield _excuse(Excuse(path, code[0], reason, lines, span))


def _excuse(excuse: Excuse) -> Excuse | Diagnostic:
    """The excuse, or why there is none for its code."""
    from gateway.adjusting import why_not_adjustable  # noqa: PLC0415 - few files have one

    wrong = why_not_adjustable(excuse.code)
    return _finding("GW262", *wrong, excuse.path, excuse.span) if wrong else excuse


def _form(codes: Sequence[str]) -> str:
    return f"write `# gateway: allow {', '.join(codes).upper() or 'CODE'} — reason`"


def _finding(code: str, message: str, hint: str | None, path: str, span: Span) -> Diagnostic:
    return Diagnostic(code, message, path, span, hint, Severity.WARNING)
