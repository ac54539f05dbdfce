"""An imported project and the name that shall be its default model in, the project with it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.importing.imported import Imported
from gateway.model import GatewayError
from gateway.resolve.patterns import patterns_of

_KEY = "default_model"


def with_default_model(imported: Imported, name: str | None) -> Imported:
    """Raises GatewayError where no model has the name, and where there is none and it takes one."""
    patterns = {n: data for n, data in imported.fragments.items() if "*" in n}
    if name is None:
        if imported.fragments and _KEY not in imported.settings:
            raise GatewayError(
                "a project has a default model, and the source has wildcards alone",
                f"name one of their models, as in `--default-model {min(patterns)[:-1]}…`",
            )
        return imported
    if not _is_served(name, imported.fragments, patterns):
        raise GatewayError(f"`{name}` is no model of what was imported")
    return replace(imported, settings={_KEY: name, **_without(imported.settings)})


def _is_served(
    name: str, fragments: Mapping[str, Mapping[str, Any]], patterns: Mapping[str, Mapping[str, Any]]
) -> bool:
    aliases = (alias for data in fragments.values() for alias in data.get("aliases", ()))
    is_one = name in {*fragments, *aliases} - patterns.keys()
    return is_one or patterns_of(patterns).serving(name) is not None


def _without(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != _KEY}
