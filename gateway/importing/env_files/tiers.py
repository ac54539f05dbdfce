"""The models that a proxy for Claude Code is given by variables in, fragments for its tiers out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.importing.draft import Draft
from gateway.importing.wire import Wire
from gateway.importing.words import is_on_this_machine


def add_asked_provider(
    draft: Draft, name: str, wire: Wire, url_at: str, data: Mapping[str, Any]
) -> str:
    """The provider, with what its address loses or cannot reach; its name."""
    base: dict[str, Any] = {"litellm": wire.prefix}
    if wire.api_base is not None:
        base["api_base"] = wire.api_base
    if wire.api_version is not None:
        base["litellm_params"] = {"api_version": wire.api_version}
    if wire.lost is not None:
        draft.source.remark((url_at,), f"`{url_at}` loses {wire.lost}")
    if wire.api_base is not None and is_on_this_machine(wire.api_base):
        draft.source.remark(
            (url_at,),
            f"`{url_at}` is this machine: in a container that would be the container itself",
            "with Docker write `host.docker.internal` instead",
        )
    return draft.add_provider(name, {**base, **data})


def model_of(draft: Draft, variable: str, default: str) -> str:
    """The model that a variable names, else what the tool takes then, which is said."""
    source = draft.source
    value = source.text(variable) if source.at(variable) else None
    if value is not None:
        return value
    if source.at(variable) == "":
        source.carry(variable)
    source.remark((variable,), f"`{variable}` is not set: `{default}` is what the tool takes then")
    return default


def add_models(
    draft: Draft, by_variable: Mapping[str, tuple[str, str]], more: Mapping[str, Any]
) -> dict[str, str]:
    """A fragment for each (provider, model) that a variable names: variable -> the model's name."""
    names: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for variable, (provider, model) in by_variable.items():
        if (provider, model) not in names:
            name = draft.add_model((variable,), model, provider, model)
            if name is None:
                continue
            draft.fragments[name].update(more)
            names[provider, model] = name
        draft.source.carry(variable)
        found[variable] = names[provider, model]
    return found
