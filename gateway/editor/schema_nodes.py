"""A path of a document in, the node of the JSON Schema that judges it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Path
from gateway.validate import schema

Node = Mapping[str, Any]


def node_at(schema_name: str, path: Path) -> Node:
    """The schema of what stands at `path`, its `$ref` followed; empty where nothing is known."""
    whole = schema(schema_name)
    node: Node = whole
    for part in path:
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            further = node.get("additionalProperties")
            node = node.get("properties", {}).get(
                part, further if isinstance(further, dict) else {}
            )
        if "$ref" in node:
            node = {**whole["$defs"][node["$ref"].rpartition("/")[2]], **node}
    return node
