"""Diagnostics in, Markdown out: a sentence and a table, for the summary of a job or a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.diagnostics.diagnostic import Diagnostic

_MOST_ROWS = 200
"""GitHub refuses the summary of a step that has more than 1 MiB."""
_SPECIAL = re.compile(r"""[^\w\s.,;/()'"?=%+-]|_|(?<=www)\.""", re.IGNORECASE)


def as_markdown(diagnostics: Sequence[Diagnostic], summary: str) -> str:
    """`summary` is the sentence above the table; paths are relative to the repository's root."""
    text = f"### gateway validate\n\n{_plain(summary)}\n"
    if not diagnostics:
        return text
    text += "\n| where | severity | code | finding |\n|---|---|---|---|\n"
    text += "".join(_row(found) for found in diagnostics[:_MOST_ROWS])
    if len(diagnostics) > _MOST_ROWS:
        text += f"\nand {len(diagnostics) - _MOST_ROWS} more\n"
    return text


def _row(found: Diagnostic) -> str:
    said = _words(found.message)
    for other in found.related:
        said += f"<br>{_words(other.message)}: {_code(other.place)}"
    if found.hint:
        said += f"<br>hint: {_words(found.hint)}"
    return f"| {_code(found.place)} | {found.severity} | {found.code} | {said} |\n"


def _words(text: str) -> str:
    """A sentence whose `names` are code; with an odd backtick, all of it as it stands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(_code(part) if index % 2 else _plain(part) for index, part in enumerate(parts))


def _code(text: str) -> str:
    return f"<code>{_plain(text)}</code>" if text else ""


def _plain(text: str) -> str:
    """No character means anything to Markdown or HTML, and everything stays on one line."""
    one_line = " ".join(text.split("\n")).replace("\r", " ")
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line)
