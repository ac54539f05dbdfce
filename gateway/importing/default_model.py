"""An imported project and the name that shall be its default model in, the project with it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.importing.imported import Imported
from gateway.model import GatewayError
from gateway.resolve.patterns import patterns_of
from gateway.yaml_text import shown

_KEY = "default_model"


def with_default_model(imported: Imported, name: str | None) -> Imported:
    """Raises GatewayError where no model has the name, and where there is none and it takes one."""
    if name is None:
        if imported.fragments and _KEY not in imported.settings:
            raise GatewayError(
                "a project has a default model, and the source has wildcards alone",
                f"name one of their models, as in `--default-model {min(imported.fragments)[:-1]}…`",
            )
        return imported
    if not is_served(name, imported.fragments):
        raise GatewayError(f"`{shown(name)}` is no model of what was imported")
    rest = {key: value for key, value in imported.settings.items() if key != _KEY}
    return replace(imported, settings={_KEY: name, **rest})


def with_served_default(
    settings: Mapping[str, Any], fragments: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The settings, with another default model where theirs is gone: the first, none where there is none."""
    default = settings.get(_KEY)
    if default is None or not is_served(default, fragments):
        default = next((name for name in fragments if "*" not in name), None)
    rest = {key: value for key, value in settings.items() if key != _KEY}
    return rest if default is None else {_KEY: default, **rest}


def is_served(name: str, fragments: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a fragment, an alias or a pattern of the fragments has the name."""
    patterns = {n: data for n, data in fragments.items() if "*" in n}
    aliases = (alias for data in fragments.values() for alias in data.get("aliases", ()))
    is_one = name in {*fragments, *aliases} - patterns.keys()
    return is_one or patterns_of(patterns).serving(name) is not None
