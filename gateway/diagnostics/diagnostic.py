"""One finding about one place in one file, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.diagnostics.secrets import blanked
from gateway.fix import Fix
from gateway.model import START, Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


def _place(path: str, span: Span) -> str:
    """`path:line:column`, which every editor and terminal can follow."""
    return f"{path}:{span.line}:{span.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, such as the first of two equal keys."""

    path: str
    span: Span
    message: str

    @property
    def place(self) -> str:
        return _place(self.path, self.span)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong, where, and what to do about it.

    `message` is lower case without a full stop and says it alone; `hint` is an instruction, given
    only when it is likely right. Neither repeats a value that may be a secret, and where the value
    itself may be one (`hides_value`) no snippet shows it. `fix` is there where the hint is the one
    right answer, and `gateway fix` may do it.
    """

    code: str
    message: str
    path: str
    span: Span = START
    hint: str | None = None
    severity: Severity = Severity.ERROR
    related: tuple[Related, ...] = ()
    hides_value: bool = False
    fix: Fix | None = None

    @property
    def place(self) -> str:
        return _place(self.path, self.span)

    def __post_init__(self) -> None:
        """No text of a finding repeats what has the shape of a key, wherever it came from."""
        object.__setattr__(self, "message", blanked(self.message))
        object.__setattr__(self, "hint", self.hint and blanked(self.hint))


@dataclass(frozen=True, slots=True)
class Excused:
    """A finding that a comment allows in this place, and the reason that the comment gives."""

    diagnostic: Diagnostic
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", blanked(self.reason))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.severity is Severity.ERROR for found in diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings, each once, by path, line, column and code."""
    unique = dict.fromkeys(diagnostics)
    return tuple(
        sorted(unique, key=lambda d: (d.path, d.span.line, d.span.column, d.code, d.message))
    )
