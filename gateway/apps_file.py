"""A blueprint in, what the running stack knows of its apps out: names of variables and models, no value."""

from __future__ import annotations

import json
from typing import Any

from gateway.model import App, Blueprint, Model
from gateway.resolve.names import DEFAULT
from gateway.resolve.patterns import asked_by_name, patterns_section

NAME = "apps.json"
"""Beside the runtime's modules, which read it as `Apps.from_data`."""
_PRICES = ("input", "output")


def apps_text(blueprint: Blueprint) -> str:
    """The same for the same blueprint."""
    return json.dumps(apps_data(blueprint), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def apps_data(blueprint: Blueprint) -> dict[str, Any]:
    """Every name is a model's own here: aliases are resolved. The order of `apps` is no matter."""
    named = asked_by_name(blueprint.models)
    names = {name: model.name for model in named for name in (model.name, *model.aliases)}
    shared = blueprint.shared_state
    redis = {"variable": shared.name, "prefix": blueprint.server.project} if shared else None
    return {
        **({"redis": redis} if redis else {}),
        "names": {**names, DEFAULT: blueprint.default_model},
        **patterns_section(blueprint),
        "workers": blueprint.server.workers,
        "apps": {app.name: _app(app, blueprint) for app in blueprint.apps},
    }


def _app(app: App, blueprint: Blueprint) -> dict[str, Any]:
    answering = _answering(app, blueprint)
    budget = app.budget
    return {
        "keys": [key.name for key in app.keys],
        "models": list(app.models),
        "globs": list(app.globs),
        "answering": sorted(answering),
        "default_model": app.default_model,
        "limits": dict(app.limits),
        "budget": {"unit": budget.unit, "amount": budget.amount, "per": budget.per}
        if budget
        else None,
        # Dollars for a million tokens, of the dearest: what a request may cost, before it is asked.
        "prices": {
            key: max(m.price.get(key, 0.0) for m in blueprint.models if m.name in answering)
            for key in _PRICES
        },
        "expires": app.expires,
    }


def _answering(app: App, blueprint: Blueprint) -> set[str]:
    """The models that may answer it: those that it may ask for, and all that stand in for them."""
    by_name = {name: m for m in blueprint.models for name in (m.name, *m.aliases)}
    by_name[DEFAULT] = blueprint.models[0]
    found: set[str] = set()
    waiting = list(app.models)
    while waiting:
        model = by_name[waiting.pop()]
        if model.name not in found:
            found.add(model.name)
            waiting += _stand_ins(model)
    return found


def _stand_ins(model: Model) -> tuple[str, ...]:
    return (
        *model.fallbacks,
        *model.context_window_fallbacks,
        *model.content_policy_fallbacks,
    )
