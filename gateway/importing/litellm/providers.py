"""The places of all deployments in, `providers:` of gateway.yaml with good names out."""

from __future__ import annotations

import re
from typing import Any

from gateway.importing.ledger import ENV_PREFIX
from gateway.importing.litellm.place import Place, host_in

_SUFFIXES = ("aws_region_name", "vertex_location", "region_name", "organization")


class Providers:
    """Names a place's provider, the same for the same place."""

    def __init__(self) -> None:
        self._names: dict[tuple[Any, ...], str] = {}
        self.data: dict[str, dict[str, Any]] = {}

    def name_of(self, place: Place, copy: int = 0) -> str:
        """The name of the place's provider. `copy` tells apart what one model needs twice."""
        identity = (*place.identity, copy)
        if identity not in self._names:
            name = self._free_name(place)
            self._names[identity] = name
            self.data[name] = _provider(place)
        return self._names[identity]

    def _free_name(self, place: Place) -> str:
        base = place.base_name
        if base not in self.data:
            return base
        kind = base.split("-")[0]
        others = [p for name, p in self.data.items() if name.split("-")[0] == kind]
        for mark in _marks(_provider(place)):
            suffix = re.sub(r"[^A-Za-z0-9._-]+", "-", mark[1]).strip("-")
            is_own = all(mark not in _marks(other) for other in others)
            if suffix and is_own and f"{base}-{suffix}" not in self.data:
                return f"{base}-{suffix}"
        count = 2
        while f"{base}-{count}" in self.data:
            count += 1
        return f"{base}-{count}"


def _marks(provider: dict[str, Any]) -> list[tuple[str, str]]:
    """What tells a provider from another one of its kind, the most telling first."""
    raw = provider.get("litellm_params", {})
    found = [(key, str(raw[key])) for key in _SUFFIXES if key in raw]
    host = host_in(provider.get("api_base")) or ""
    found.append(("host", host if host[:1].isdigit() else host.split(".")[0]))
    return [(key, text) for key, text in found if not text.startswith(ENV_PREFIX)]


def _provider(place: Place) -> dict[str, Any]:
    data: dict[str, Any] = {"litellm": place.prefix}
    if place.api_base is not None:
        data["api_base"] = place.api_base
    if place.keys is not None:
        data["api_keys"] = list(place.keys)
    if place.headers:
        data["headers"] = dict(place.headers)
    if place.raw:
        data["litellm_params"] = dict(place.raw)
    return data
