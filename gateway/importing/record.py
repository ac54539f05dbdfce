"""One source's data with the line of every place: each is carried over, or ends as a note, by construction.

A reader takes what it knows with `carry` or says what became of it with `note`; whatever it did
neither with is noted by `notes`, so nothing of a source is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from gateway.diagnostics.secrets import looks_like_a_secret
from gateway.importing.imported import Note
from gateway.model import path_text
from gateway.yaml_text import shown

Place = tuple[str | int, ...]
"""A place inside a source: `("Providers", 0, "api_key")`, or a variable: `("BIG_MODEL",)`."""


EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a reader knows, and what becomes of it: the row of a table in the docs.

    `name` as the tool spells it, `*` for any text. With `dropped` it is only noted, for that reason;
    else `becomes` says where its value goes.
    """

    name: str
    becomes: str = ""
    dropped: str | None = None
    hint: str | None = None


class Record:
    """A source as it is read. Asking for a value of the wrong type notes it, and the answer is None."""

    def __init__(self, path: str, data: Any, lines: Mapping[Place, int]) -> None:
        """`lines` has every place of `data`, each before those below it."""
        self.path = path
        self._data = data
        self._lines = lines
        self._settled: set[Place] = set()
        self._notes: list[Note] = []

    def at(self, *place: str | int) -> Any:
        """The value of a place, None where there is none."""
        found = self._data
        for part in place:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def keys_of(self, *place: str | int) -> tuple[str, ...]:
        """The keys of a mapping; of anything else none, which is noted where there is something."""
        found = self.at(*place)
        if isinstance(found, dict):
            return tuple(found)
        self._refuse(place, found, "a mapping")
        return ()

    def items(self, *place: str | int) -> Iterator[Place]:
        """The places of a list's items; of anything else none, which is noted."""
        found = self.at(*place)
        if isinstance(found, list):
            yield from ((*place, index) for index in range(len(found)))
        else:
            self._refuse(place, found, "a list")

    def text(self, *place: str | int) -> str | None:
        """Text that may be written out, on one line and without the shape of a secret; None for none.

        Empty text says nothing, so nothing is said about it.
        """
        found = self.at(*place)
        if not isinstance(found, str):
            self._refuse(place, found, "text")
        elif not found.strip():
            self.carry(*place)
        elif not found.isprintable():
            self.note(place, f"`{joined(place)}` holds a character that cannot be written")
        elif looks_like_a_secret(found):
            self.note(
                place, f"`{joined(place)}` holds what looks like a key: it is not carried over"
            )
        else:
            return found.strip()
        return None

    def number(self, *place: str | int, least: float = 0, most: float = 10**9) -> float | None:
        """A number within bounds, also where it is written as text, as variables are."""
        found = self.at(*place)
        if isinstance(found, str) and len(found) < 20:
            try:
                found = float(found)
            except ValueError:
                found = None
        if isinstance(found, bool) or not isinstance(found, int | float):
            self._refuse(place, self.at(*place), "a number")
            return None
        if not least <= found <= most:
            self.note(
                place, f"`{joined(place)}` is not from {least:g} to {most:g}: not carried over"
            )
            return None
        return int(found) if found == int(found) else found

    def _refuse(self, place: Place, found: Any, wanted: str) -> None:
        if found is not None or place in self._lines:
            self.note(place, f"`{joined(place)}` is not {wanted}: it is not carried over")

    def carry(self, *place: str | int) -> None:
        """The place, with all that is below it, is in the project."""
        self._settled.add(place)

    def note(self, place: Place, message: str, hint: str | None = None) -> None:
        """Says what became of a place and all that is below it; no shape of a key gets through."""
        self._settled.add(place)
        self.remark(place, message, hint)

    def remark(self, place: Place, message: str, hint: str | None = None) -> None:
        """Says something about a place that has to be carried or noted still."""
        self.remark_line(self.line(place), message, hint)

    def remark_line(self, line: int, message: str, hint: str | None = None) -> None:
        """Says something about a line that holds no place."""
        note = Note(self.path, line, message, hint)
        if note not in self._notes:
            self._notes.append(note)

    def drop_known(self, keys: Sequence[Key]) -> None:
        """Notes every key at the top that has a row in `keys` which says that it is dropped."""
        exact = {known.name: known for known in keys}
        for name in self.keys_of():
            like = (
                k for k in keys if "*" in k.name[:-1] + k.name[1:] and fnmatchcase(name, k.name)
            )
            known = exact.get(name) or next(like, None)
            if known is None or known.dropped is None:
                continue
            if self.at(name) in EMPTY:
                self.carry(name)
            else:
                self.drop((name,), known)

    def drop_untaken(self, names: Sequence[str], reason: str) -> None:
        """Notes those keys at the top that were neither carried over nor noted, for one reason."""
        for name in names:
            if (name,) not in self._settled and self.at(name) not in EMPTY:
                self.drop((name,), Key(name, dropped=reason))

    def drop(self, place: Place, known: Key) -> None:
        """Notes a place for the reason that its row of the table gives."""
        message = f"`{joined(place)}` is not carried over: {known.dropped}"
        self.note(place, message, known.hint)

    def line(self, place: Place) -> int:
        """The line of a place; of one that is not in the source, that of what it would be in."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def notes(self) -> tuple[Note, ...]:
        """Every note by line, with one for each place that was neither carried over nor noted.

        What is empty says nothing, and is not missed.
        """
        above = {place[:end] for place in self._settled for end in range(len(place))}
        for place in self._lines:
            ends = (place[:end] for end in range(len(place) + 1))
            is_settled = any(end in self._settled for end in ends)
            if place and place not in above and not is_settled and self.at(*place) not in EMPTY:
                self.note(place, f"`{joined(place)}` is not carried over: nothing here takes it")
        return tuple(sorted(self._notes, key=lambda note: note.line))


def joined(place: Place) -> str:
    """A place for a message: `Providers[0].api_key`."""
    return shown(path_text(place))
