"""A mapping in, YAML in block style out: what people read and edit, safe for YAML 1.1 and 1.2 alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.yaml_text.writing import encode

_WIDEST = 100


def encode_block(values: Mapping[str, Any]) -> str:
    """A key on each line, mappings below their key; lists of scalars stay on one line while it is short."""
    return "".join(f"{line}\n" for line in _mapping_lines(values, ""))


def _mapping_lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        yield from _entry_lines(f"{indent}{encode(str(key))}:", value, indent)


def _entry_lines(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield start
        yield from _mapping_lines(value, indent + "  ")
    elif isinstance(value, list | tuple) and value:
        line = f"{start} {encode(value)}"
        if len(line) <= _WIDEST and not any(isinstance(item, Mapping | list) for item in value):
            yield line
            return
        yield start
        for item in value:
            yield from _item_lines(item, indent + "  ")
    else:
        yield f"{start} {encode(value)}"


def _item_lines(item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        first, *rest = _mapping_lines(item, indent + "  ")
        yield f"{indent}- {first.removeprefix(indent + '  ')}"
        yield from rest
    else:  # a list in a list stays in flow style: nobody writes those by hand
        yield f"{indent}- {encode(item)}"
