"""A file in LiteLLM's YAML in, its values with their places out; what nobody takes is noted at the end.

Whoever reads a value takes it. `untaken` finds all that nobody took, so that no key of a source can
get lost in silence, whatever a reader forgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.model import GatewayError, SourceFile
from gateway.yaml_text import LenientNode, read_lenient, shown

# What stands in an entry is named without it: the line says which one it is.
_ENTRY = re.compile(r"model_list\[\d+\]\Z")


@dataclass(slots=True, eq=False)
class Value:
    """A value of the source: `data` is a dict or list of values, or a scalar.

    `name` is what a message calls it: `litellm_params.api_base`. `is_shared`: an anchor that is used.
    """

    data: Any
    path: str
    line: int
    name: str
    is_shared: bool = False
    is_taken: bool = False

    def take(self) -> Any:
        """The plain data; all of it is taken."""
        self.is_taken = True
        return self.plain

    @property
    def plain(self) -> Any:
        """The plain data, as a look at it."""
        if isinstance(self.data, dict):
            return {key: child.plain for key, child in self.data.items()}
        if isinstance(self.data, list):
            return [child.plain for child in self.data]
        return self.data

    def child(self, key: str) -> Value | None:
        """A mapping's value, None where there is none or this is no mapping."""
        return self.data.get(key) if isinstance(self.data, dict) else None

    def items(self) -> list[tuple[str, Value]]:
        """A mapping's keys and values; nothing where this is none."""
        return list(self.data.items()) if isinstance(self.data, dict) else []

    def children(self) -> list[Value]:
        """A list's values; nothing where this is none."""
        return list(self.data) if isinstance(self.data, list) else []

    def below(self) -> Iterator[Value]:
        """Every value in it."""
        inside = self.data.values() if isinstance(self.data, dict) else self.data
        for child in inside if isinstance(self.data, dict | list) else ():
            yield child
            yield from child.below()

    def untaken(self) -> Iterator[Value]:
        """What nobody took, the largest whole first; an empty value says nothing and is not missed."""
        if self.is_taken or self.data in (None, {}, []):
            return
        inside = list(self.below())
        if not inside or not any(child.is_taken for child in inside):
            yield self
            return
        for child in self.data.values() if isinstance(self.data, dict) else self.data:
            yield from child.untaken()


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A file's values, and the keys that stand twice in a mapping (name and line of the second)."""

    root: Value
    duplicates: tuple[tuple[str, int], ...]


def read_tree(source: SourceFile) -> SourceTree:
    """Raises GatewayError with the line where the file cannot be read as a mapping."""
    document = read_lenient(source.text)
    if document.problem is not None:
        problem = document.problem
        raise GatewayError(f"{source.path}:{problem.span.line}: {problem.message}", problem.hint)
    if document.root is None or not isinstance(document.root.data, dict):
        raise GatewayError(f"{source.path} is no mapping of keys to values")
    return SourceTree(_value(document.root, source.path, ""), document.duplicates)


def _value(node: LenientNode, path: str, name: str) -> Value:
    data = node.data
    if isinstance(data, dict):
        start = f"{name}." if name and not _ENTRY.match(name) else ""
        data = {key: _value(child, path, f"{start}{shown(key)}") for key, child in data.items()}
    elif isinstance(data, list):
        data = [_value(child, path, f"{name}[{index}]") for index, child in enumerate(data)]
    return Value(data, path, node.line, name, node.is_shared)
