"""`api_keys` of a provider in, its keys in order out, with every numbered one by its own name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.model import EnvRef, Path, ProviderKey

BALANCED, SEQUENTIAL = "balanced", "sequential"
ROTATION = "rotation"
NUMBERED = "*"


def resolve_keys(provider: Mapping[str, Any]) -> tuple[ProviderKey, ...]:
    """One for each variable; the first of those that name a variable twice."""
    found: dict[str, ProviderKey] = {}
    for path, name in names_in_keys(provider):
        item = provider["api_keys"][path[1]]
        said = item if isinstance(item, dict) else {}
        key = ProviderKey(
            EnvRef(name),
            priority=said.get("priority", 1),
            weight=said.get("weight", 1),
            limits=said.get("limits", {}),
        )
        found.setdefault(name, key)
    return tuple(found.values())


def names_in_keys(provider: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Each variable beside the place that names it, below the provider.

    How many numbered ones there are is written down, not looked up: what is rendered does not depend
    on what is set where `gateway render` runs.
    """
    for index, item in enumerate(provider.get("api_keys", ())):
        if not isinstance(item, dict):
            yield ("api_keys", index), item
            continue
        name: str = item["env"]
        at: Path = ("api_keys", index, "env")
        if not name.endswith(NUMBERED):
            yield at, name
            continue
        for number in range(1, item.get("count", 1) + 1):
            yield at, f"{name.removesuffix(NUMBERED)}{number}"
