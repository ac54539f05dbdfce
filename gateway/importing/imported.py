"""The frozen types of an import: what a reader of another tool's files returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.diagnostics.secrets import blanked


@dataclass(frozen=True, slots=True)
class Note:
    """One thing of the source that was not carried over as it stood, or that was changed on the way.

    `path` is the source's path as the user gave it and `line` is 1-based. `message` names the key and
    says what became of it; neither repeats what has the shape of a secret. `hint` is an instruction.
    """

    path: str
    line: int
    message: str
    hint: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", blanked(self.message))
        object.__setattr__(self, "hint", self.hint and blanked(self.hint))


@dataclass(frozen=True, slots=True)
class Imported:
    """A project, as data: what `gateway.yaml`, `models.d/` and `.env` shall say.

    `fragments` maps a model's name to its fragment's data; `settings` is gateway.yaml's data; both
    hold plain dict, list, str, int, float and bool in the order in which they are to be written.
    `secrets` maps a variable's name to a value that stood literally in the source: it goes into
    `.env` and nowhere else. `variables` are the other names that the project needs, without values.
    """

    kind: str
    settings: Mapping[str, Any]
    fragments: Mapping[str, Mapping[str, Any]]
    secrets: Mapping[str, str] = field(repr=False)
    variables: tuple[str, ...]
    notes: tuple[Note, ...]
