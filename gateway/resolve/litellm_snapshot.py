"""What the pinned LiteLLM accepts, read from schema/litellm-keys.json when it is first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_SNAPSHOT = Path(__file__).parent.parent / "schema" / "litellm-keys.json"

Schema = Mapping[str, Any]
"""JSON Schema's words for one value; `enum` and `pattern` are about texts only, and `x-text` says
that a number or boolean may be written as text. An empty one accepts anything."""


@cache
def _snapshot() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(_SNAPSHOT.read_bytes())
    return loaded


@cache
def known(title: str) -> frozenset[str]:
    """The names of a section of LiteLLM's configuration, or of a list such as `providers`."""
    return frozenset(_snapshot()[title])


def schemas(section: str) -> Mapping[str, Schema]:
    """What each key of a section may hold."""
    found: Mapping[str, Schema] = _snapshot()[section]
    return found


def sections_with(key: str, sections: Iterable[str]) -> list[str]:
    """Those of `sections` that have a key of this name."""
    return [section for section in sections if key in _snapshot()[section]]
