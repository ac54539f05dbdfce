"""Values of a source in, notes, variables and secrets of the import out: the one place that collects them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from gateway.constants import IMAGE_VARIABLE, MASTER_KEY, PROXY_ENVIRONMENT
from gateway.diagnostics.secrets import looks_like_a_secret, says_secret
from gateway.importing.imported import Note
from gateway.importing.source import Value

ENV_PREFIX = "os.environ/"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_RESERVED = {MASTER_KEY, IMAGE_VARIABLE, *PROXY_ENVIRONMENT, "PYTHONPATH", "HOME", "PATH"}
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?\Z")
"""YAML 1.1 takes `1e-06` for text: a price, and no secret, whatever its name says."""
_FILE_OR_TOKEN = re.compile(r"\.?/|oidc/")
"""What a name that says secret may hold without being one: a path, or a token that is fetched."""


class Ledger:
    """What an import collects on its way."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.secrets: dict[str, str] = {}
        self.variables: dict[str, None] = {}
        self._taken: set[str] = set()

    def reserve(self, names: Iterable[str]) -> None:
        """Variables that the source refers to: no secret may be moved into one of them."""
        self._taken.update(names)

    def note(self, at: Value, message: str, hint: str | None = None) -> None:
        """A line for the user; the same one about the same place is said once."""
        found = Note(at.path, at.line, message, hint)
        if found not in self.notes:
            self.notes.append(found)

    def note_overruled(self, at: Value) -> None:
        """Something else says the same thing otherwise, and LiteLLM takes that."""
        self.note(at, f"`{at.name}` was not carried over: it is said a second time, which counts")

    def reference(self, at: Value, text: str) -> str:
        """The variable that `os.environ/NAME` names, spelt so that it can stand in a `.env`."""
        wanted = text.removeprefix(ENV_PREFIX)
        name = _as_name(wanted)
        if name in _RESERVED:
            name = f"UPSTREAM_{name}"
        if name != wanted:
            self.note(
                at,
                f"`{at.name}`: the variable is called `{name}` here",
                "give it that value in .env",
            )
        self.variables[name] = None
        return name

    def moved(self, value: str, wanted: str) -> str:
        """The variable that holds a literal secret from now on; one value has one variable."""
        for name, known in self.secrets.items():
            if known == value:
                return name
        base = _as_name(wanted.upper())
        name, count = base, 1
        while name in self._taken or name in self.secrets or name in _RESERVED:
            count += 1
            name = f"{base}_{count}"
        self.secrets[name] = value
        return name

    def keep(self, name: str, value: str) -> None:
        """A variable whose name is given, and its value."""
        self.secrets[name] = value

    def carried(self, value: Value, owner: str) -> Any:
        """A value as it can stand in a project, taken: secrets moved, references as they are written.

        `owner` is whose it is: the start of a new variable's name. None where it cannot be carried,
        which is noted.
        """
        value.is_taken = True
        return self._carried(value, value.name.rsplit(".", 1)[-1], owner, in_list=False)

    def _carried(self, value: Value, key: str, owner: str, *, in_list: bool) -> Any:
        if isinstance(value.data, dict):
            children = {
                name: self._carried(child, name, owner, in_list=in_list)
                for name, child in value.data.items()
            }
            return {name: child for name, child in children.items() if child is not None}
        if isinstance(value.data, list):
            carried = [self._carried(child, key, owner, in_list=True) for child in value.data]
            return [child for child in carried if child is not None]
        if not isinstance(value.data, str):
            return value.data
        return self._text(value, key, owner, in_list=in_list)

    def _text(self, value: Value, key: str, owner: str, *, in_list: bool) -> str | None:
        text: str = value.data
        if ENV_PREFIX in text and not text.startswith(ENV_PREFIX):
            self.note(
                value,
                f"`{value.name}` was not carried over: only a whole value can be a variable",
                "put the whole value into the variable",
            )
            return None
        is_reference = text.startswith(ENV_PREFIX)
        if not is_reference and not is_secret(key, text):
            return text
        if in_list:
            what = "a variable" if is_reference else "a secret"
            self.note(
                value, f"`{value.name}` was not carried over: {what} has no place inside a list"
            )
            return None
        if is_reference:
            return ENV_PREFIX + self.reference(value, text)
        name = key if says_secret(key) else f"{owner}_{key}"
        wanted = name if name.upper().startswith(_as_name(owner.upper())) else f"{owner}_{name}"
        variable = self.moved(text, wanted)
        return ENV_PREFIX + variable


def is_secret(key: str, text: str) -> bool:
    """Whether a text under this key is a literal secret."""
    if text in ("", "none") or text.startswith(ENV_PREFIX) or _NUMBER.match(text):
        return False
    if looks_like_a_secret(text):
        return True
    return says_secret(key) and not _FILE_OR_TOKEN.match(text)


def _as_name(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "SECRET"
    name = name if _VARIABLE.match(name) else f"_{name}"
    return name[:100]
