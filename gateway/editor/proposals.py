"""A place that is being written in, what can stand there out: keys, names of the project, choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.editor.places import Place
from gateway.editor.schema_nodes import Node, node_at
from gateway.yaml_text import encode


@dataclass(frozen=True, slots=True)
class Proposal:
    """`text` is YAML, and replaces what is written at the place."""

    label: str
    text: str
    about: str
    is_key: bool = False


def find_proposals(
    place: Place, schema_name: str, names: Mapping[str, Mapping[str, str]]
) -> Iterator[Proposal]:
    """`names` are the project's, by kind, with a line about each."""
    node = node_at(schema_name, place.path[:-1] if place.is_key else place.path)
    if place.is_key or "properties" in node:
        for key, child in node.get("properties", {}).items():
            yield Proposal(key, f"{key}: ", child.get("description", ""), is_key=True)
        return
    for choice, about in _choices(node, names):
        yield Proposal(_label(choice), encode(choice), about)
    for choice, about in _choices(node_at(schema_name, (*place.path, 0)), names):
        yield Proposal(_label(choice), f"[{encode(choice)}]", about)


def _choices(node: Node, names: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Any, str]]:
    """What the schema or the project says can stand there, and a line about each."""
    if "x-names" in node:
        yield from sorted(names[node["x-names"]].items())
    about = node.get("description", "")
    yield from ((choice, about) for choice in node.get("enum", ()))
    if node.get("type") == "boolean":
        yield from ((choice, about) for choice in (True, False))


def _label(choice: Any) -> str:
    return choice if isinstance(choice, str) else encode(choice)
