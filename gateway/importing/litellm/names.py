"""The names of a LiteLLM configuration in, the names that a project can have for them out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.resolve.names import DEFAULT
from gateway.validate import schema


def project_names(written: Iterable[str]) -> dict[str, str]:
    """Each name as it is written -> as a project can have it; different ones stay different.

    `default` is the default model's second name and cannot be a model's own.
    """
    names: dict[str, str] = {}
    taken = {name for name in written if is_name(name)}
    for name in dict.fromkeys(written):
        if is_name(name) or is_pattern_name(name):
            names[name] = name
            continue
        base = f"{DEFAULT}-model" if name == DEFAULT else _spelt(name)
        free, count = base, 1
        while free in taken:
            count += 1
            free = f"{base}-{count}"
        taken.add(free)
        names[name] = free
    return names


def is_name(name: str) -> bool:
    """Whether a model or an alias can be called that."""
    pattern = schema("model")["properties"]["name"]["pattern"]
    fits = re.search(pattern, name) is not None and len(name) <= 200
    return (
        fits and "*" not in name and name != DEFAULT and re.search("[A-Za-z0-9]", name) is not None
    )


def is_pattern_name(name: str) -> bool:
    """Whether a pattern can be called that."""
    return name.endswith("*") and is_name(f"{name[:-1]}x") and name != "*"


def _spelt(name: str) -> str:
    spelt = re.sub(r"[^A-Za-z0-9._:/@+\[\]-]+", "-", name).strip("-._:/@+[]")
    return spelt[:190] or "model"
