"""What would mend a finding, as a value: an intention, which `gateway.fixing` turns into an edit of the text.

A validator attaches one only where there is one right answer. `instruction` is what the finding's
hint says and `done` what is reported when it was done, so that the two never differ. Nothing here
holds a value that may be a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gateway.model import Path, Span, path_text


@dataclass(frozen=True, slots=True)
class RenameKey:
    """The key at the end of `path` is called `to`; its value stays."""

    path: Path
    to: str

    @property
    def instruction(self) -> str:
        return f"rename it to `{self.to}`"

    @property
    def done(self) -> str:
        return f"renamed `{self.path[-1]}` to `{self.to}`"


@dataclass(frozen=True, slots=True)
class RenameValue:
    """The text at `path` is the name `to`, misspelt as `old`."""

    path: Path
    old: str
    to: str

    @property
    def instruction(self) -> str:
        return f"rename it to `{self.to}`"

    @property
    def done(self) -> str:
        return f"renamed `{self.old}` to `{self.to}`"


@dataclass(frozen=True, slots=True)
class WriteValue:
    """The scalar at `path` is `value`."""

    path: Path
    value: str | int | bool

    @property
    def instruction(self) -> str:
        return f"write `{self._spelt}`"

    @property
    def done(self) -> str:
        return f"wrote `{self._spelt}` as {named(self.path)}"

    @property
    def _spelt(self) -> str:
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


@dataclass(frozen=True, slots=True)
class Quote:
    """The plain number at `path` is text, letter by letter as it is written."""

    path: Path

    @property
    def instruction(self) -> str:
        return "put it in quotes"

    @property
    def done(self) -> str:
        return f"put {named(self.path)} in quotes"


@dataclass(frozen=True, slots=True)
class Unquote:
    """The quoted text at `path` is the number that it spells."""

    path: Path

    @property
    def instruction(self) -> str:
        return "remove the quotes"

    @property
    def done(self) -> str:
        return f"removed the quotes of {named(self.path)}"


@dataclass(frozen=True, slots=True)
class WrapInList:
    """The scalar at `path` is a list of this one item."""

    path: Path

    @property
    def instruction(self) -> str:
        return "put it in brackets: `[…]`"

    @property
    def done(self) -> str:
        return f"made {named(self.path)} a list"


@dataclass(frozen=True, slots=True)
class MoveKey:
    """The key at the root of the file belongs into the mapping `into`, which may not be there yet."""

    key: str
    into: str

    @property
    def instruction(self) -> str:
        return f"move it into `{self.into}`"

    @property
    def done(self) -> str:
        return f"moved `{self.key}` into `{self.into}`"


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """The item of a list at `path` goes."""

    path: Path

    @property
    def instruction(self) -> str:
        return "remove it"

    @property
    def done(self) -> str:
        return f"removed {named(self.path)}"


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """The key at `path` goes: another place of the file says the same."""

    path: Path

    @property
    def instruction(self) -> str:
        return "remove it: another place says the same"

    @property
    def done(self) -> str:
        return f"removed {named(self.path)}, which another place says too"


@dataclass(frozen=True, slots=True)
class RemoveDuplicate:
    """One of two equal entries with one key goes; both keys' spans."""

    key: str
    first: Span
    second: Span

    @property
    def instruction(self) -> str:
        return "keep one of the two"

    @property
    def done(self) -> str:
        return f"removed one of two equal `{self.key}`"


@dataclass(frozen=True, slots=True)
class QuoteText:
    """The plain text on the line where the reader stumbled at `span` is one text."""

    span: Span

    @property
    def instruction(self) -> str:
        return "put the text in quotes"

    @property
    def done(self) -> str:
        return f"put the text on line {self.span.line} in quotes"


@dataclass(frozen=True, slots=True)
class IndentWithSpaces:
    """Tabs that indent are spaces."""

    @property
    def instruction(self) -> str:
        return "indent with spaces"

    @property
    def done(self) -> str:
        return "indented with spaces instead of tabs"


@dataclass(frozen=True, slots=True)
class EndLinesWithLineFeeds:
    """A carriage return alone, which ends a line for YAML and not for editors, is a line feed."""

    @property
    def instruction(self) -> str:
        return "end lines with a plain line feed"

    @property
    def done(self) -> str:
        return "ended lines with a line feed"


@dataclass(frozen=True, slots=True)
class SplitDocuments:
    """Every document but the first goes to a file of its own."""

    @property
    def instruction(self) -> str:
        return "move what follows `---` to a file of its own"

    @property
    def done(self) -> str:
        return "moved each further document to a file of its own"


InData = (
    RenameKey
    | RenameValue
    | WriteValue
    | Quote
    | Unquote
    | WrapInList
    | MoveKey
    | RemoveItem
    | RemoveKey
)
"""Fixes of a file that can be read: what they do to its data is known (`gateway.fixing.meaning`)."""
InText = RemoveDuplicate | QuoteText | IndentWithSpaces | EndLinesWithLineFeeds | SplitDocuments
"""Fixes of a text that the reader refuses."""
Fix = InData | InText


class Advice(NamedTuple):
    """What a finding says to do; and the fix, where this is the one right answer."""

    hint: str | None
    fix: Fix | None = None


def advise(fix: Fix, *, certain: bool = True) -> Advice:
    """The fix's own words as the hint; the fix itself only where it is certain."""
    return Advice(fix.instruction, fix if certain else None)


def named(path: Path) -> str:
    """`timeouts.connect`, `fallbacks[0]`, for a line about what was done."""
    return f"`{path_text(path)}`"
