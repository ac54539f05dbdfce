"""Diagnostics in, GitHub's workflow commands out: one line each, which a runner shows as an annotation."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.diagnostics.codes import CODES
from gateway.diagnostics.diagnostic import Diagnostic, Severity

_SHOWN = 10
"""How many errors, and how many warnings, of one step GitHub shows (actions/toolkit, problem-matchers.md)."""


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Paths are relative to the repository's root. All findings are in the log, shown or not."""
    text = "".join(_one(found) for found in diagnostics)
    counts = [sum(found.severity is severity for found in diagnostics) for severity in Severity]
    if max(counts) > _SHOWN:
        text += (
            f"GitHub shows {_SHOWN} errors and {_SHOWN} warnings of a step as annotations; "
            "the log has all findings\n"
        )
    return text


def _one(found: Diagnostic) -> str:
    """The order of the properties is that of @actions/core; the log shows nothing but the message."""
    line, column, end_line, end_column = found.span
    properties: dict[str, str | int] = {
        "title": f"{found.code}: {CODES[found.code].title}",
        "file": found.path,
        "line": line,
        "endLine": end_line,
    }
    if line == end_line:  # a runner drops columns that lie on different lines
        properties["col"] = column
        if end_column > column:
            properties["endColumn"] = end_column
    parts = [f"{found.place}: {found.message}"]
    parts += [f"{o.message}: {o.place}" for o in found.related]
    parts += [f"hint: {found.hint}"] if found.hint else []
    named = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{found.severity} {named}::{_data(chr(10).join(parts))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
