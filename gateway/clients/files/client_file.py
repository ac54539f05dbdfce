"""The types that all formats share: a file of a client's, a place in it, and how its text is edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Place = tuple[str, ...]
"""The keys that lead to a value: `("env", "ANTHROPIC_BASE_URL")`."""


class Absent(Enum):
    """What stands where nothing does."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Document(Protocol):
    """One format. Everything that an edit does not name stays byte for byte."""

    @property
    def name(self) -> str:
        """`json`, `toml`, …"""

    def read(self, text: str) -> Mapping[str, Any]:
        """What the text says; empty text says nothing. Raises ValueError where it is not sound."""

    def put(self, text: str, place: Place, value: Any) -> str:
        """The text with this value at the place; what is missing on the way there is made."""

    def take_out(self, text: str, place: Place) -> str:
        """The text without what stands at the place, which must be there."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """Where a client keeps its settings. `folder` begins with `~`, or is relative to the current folder.

    `variable` is the one of the environment that names another folder.
    """

    folder: str
    name: str
    document: Document
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class ClientFile:
    """What a client's settings must say.

    A value that is ABSENT must not be in the file. `holds_key`: one of the values is the key;
    `needs` is the variable that must hold it instead, None where the client finds it by itself.
    """

    of: SettingsFile
    values: Mapping[Place, Any]
    holds_key: bool = False
    needs: str | None = None

    def text(self) -> str:
        """The whole file, where there is none yet."""
        text = ""
        for place, value in self.values.items():
            if value is not ABSENT:
                text = self.of.document.put(text, place, value)
        return text


def in_the_way(data: Any, place: Place) -> Place | None:
    """The nearest place above that holds a value where a table must be."""
    for length in range(1, len(place)):
        there = found_at(data, place[:length])
        if there is not ABSENT and not isinstance(there, Mapping):
            return place[:length]
    return None


def found_at(data: Any, place: Place) -> Any:
    """The value at the place, or ABSENT."""
    for part in place:
        if not isinstance(data, Mapping) or part not in data:
            return ABSENT
        data = data[part]
    return data
