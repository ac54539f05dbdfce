"""Everything that was resolved in, the environment variables that it refers to out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.model import EnvRef

_NUMBER = re.compile(r"(\d+)")


def resolve_variables(*values: Any) -> tuple[EnvRef, ...]:
    """Each variable once, sorted by name, `KEY_2` before `KEY_10`; required where any reference requires it, empty where each
    of them allows that."""
    found: dict[str, EnvRef] = {}
    for new in _references(values):
        old = found.get(new.name, new)
        found[new.name] = EnvRef(
            new.name,
            old.required or new.required,
            old.may_be_empty and new.may_be_empty,
            old.is_ours and new.is_ours,
        )
    return tuple(found[name] for name in sorted(found, key=_numbers_apart))


def _numbers_apart(name: str) -> tuple[list[str | int], str]:
    """Texts and numbers take turns, so that like is compared with like."""
    parts = _NUMBER.split(name)
    return [int(part) if at % 2 else part for at, part in enumerate(parts)], name


def _references(value: Any) -> Iterator[EnvRef]:
    if isinstance(value, EnvRef):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            yield from _references(item)
