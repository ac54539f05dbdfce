"""A blueprint in, what the running stack decides routes by out: names of models and providers only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.model import Blueprint, Model
from gateway.resolve.names import DEFAULT
from gateway.resolve.patterns import asked_by_name, patterns_section

NAME = "claude_routes.json"
"""Beside the runtime's modules, which read it as `Routes.from_data`."""


def routes_text(blueprint: Blueprint) -> str:
    """The same for the same blueprint."""
    return json.dumps(routes_data(blueprint), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def routes_data(blueprint: Blueprint) -> dict[str, Any]:
    """Every name is a model's own here: aliases are resolved."""
    models = asked_by_name(blueprint.models)
    names = {name: model.name for model in models for name in _names_of(model)}
    names[DEFAULT] = blueprint.default_model
    claude = blueprint.claude_code
    return {
        "default_model": blueprint.default_model,
        "names": names,
        "silent": [model.name for model in models if model.mode != "chat"],
        "providers": _by_provider(blueprint),
        "tiers": {tier: names[name] for tier, name in claude.tiers.items()},
        "routes": {route: names[name] for route, name in claude.routes.items()},
        "long_context_threshold": claude.long_context_threshold,
        "rules": [
            {"name": rule.name, "model": names[rule.model], "when": rule.when}
            for rule in claude.rules
        ],
        **patterns_section(blueprint),
    }


def _names_of(model: Model) -> tuple[str, ...]:
    return (model.name, *model.aliases)


def _by_provider(blueprint: Blueprint) -> Mapping[str, Mapping[str, str]]:
    """What `provider,model` may say: of two models with one upstream id the default comes first."""
    found: dict[str, dict[str, str]] = {p.name.casefold(): {} for p in blueprint.providers}
    for model in asked_by_name(blueprint.models):
        if model.mode == "chat":
            for upstream in model.upstreams:
                there = found[upstream.provider.name.casefold()]
                for name in (*_names_of(model), upstream.upstream_model):
                    there.setdefault(name.casefold(), model.name)
    return found
