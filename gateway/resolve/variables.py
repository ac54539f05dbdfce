"""Everything that was resolved in, the environment variables that it refers to out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.model import EnvRef


def resolve_variables(*values: Any) -> tuple[EnvRef, ...]:
    """Each variable once, sorted by name; required where any reference requires it."""
    required: dict[str, bool] = {}
    for reference in _references(values):
        required[reference.name] = required.get(reference.name, False) or reference.required
    return tuple(EnvRef(name, required[name]) for name in sorted(required))


def _references(value: Any) -> Iterator[EnvRef]:
    if isinstance(value, EnvRef):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            yield from _references(item)
