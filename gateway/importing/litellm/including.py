"""A LiteLLM configuration in, its values with every `include` merged in out, as LiteLLM merges them."""

from __future__ import annotations

import posixpath
from pathlib import Path

from gateway.importing.ledger import Ledger
from gateway.importing.source import Value, read_tree
from gateway.model import GatewayError, SourceFile
from gateway.project import read_file

_INCLUDE = "include"


def read_with_includes(source: SourceFile, folder: Path, ledger: Ledger) -> dict[str, Value]:
    """The top-level sections. `source.path` is relative to `folder`, as are the paths of the notes.

    Lists are joined; every other section is replaced by the later file's. An included file is read
    once, the nearer ones first. Raises GatewayError, for a missing file with the line of its entry.
    """
    root = _read(source, ledger)
    waiting = _included(root)
    seen = {posixpath.normpath(source.path)}
    sections = _sections(root)
    while waiting:
        entry = waiting.pop(0)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.take()))
        if path in seen:
            continue
        seen.add(path)
        included = _read(_file(folder, path, entry), ledger)
        _merge(sections, _sections(included), ledger)
        waiting += _included(included)
    return sections


def _read(source: SourceFile, ledger: Ledger) -> Value:
    tree = read_tree(source)
    for name, line in tree.duplicates:
        place = Value(None, source.path, line, name)
        ledger.note(
            place, f"`{name}` stands twice in one mapping: the last one counts, as in LiteLLM"
        )
    return tree.root


def _file(folder: Path, path: str, entry: Value) -> SourceFile:
    try:
        text = read_file(Path("/") if path.startswith("/") else folder, path).text
    except GatewayError as error:
        raise GatewayError(f"{entry.path}:{entry.line}: {error.message}", error.hint) from None
    return SourceFile(path, text)


def _included(root: Value) -> list[Value]:
    entries = root.child(_INCLUDE)
    if entries is None:
        return []
    if not isinstance(entries.data, list) or not all(
        isinstance(entry.data, str) for entry in entries.data
    ):
        raise GatewayError(f"{entries.path}:{entries.line}: `include` must be a list of file paths")
    return entries.children()


def _sections(root: Value) -> dict[str, Value]:
    return {key: value for key, value in root.items() if key != _INCLUDE}


def _merge(sections: dict[str, Value], later: dict[str, Value], ledger: Ledger) -> None:
    for key, value in later.items():
        earlier = sections.get(key)
        if earlier is not None and isinstance(earlier.data, list) and isinstance(value.data, list):
            joined = [*earlier.data, *value.data]
            sections[key] = Value(joined, earlier.path, earlier.line, earlier.name)
            continue
        if earlier is not None:
            ledger.note(
                earlier,
                f"`{key}` does not count: {value.path} replaces the whole section, as in LiteLLM",
            )
        sections[key] = value
