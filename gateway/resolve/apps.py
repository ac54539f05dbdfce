"""The `apps` section and the models in, who may use what out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.model import App, Budget, EnvRef, Model, Path, Settings
from gateway.resolve.names import DEFAULT
from gateway.resolve.patterns import asked_by_name
from gateway.runtime.claude_routes import matches
from gateway.runtime.model_patterns import may_meet

UNITS = ("tokens", "usd", "requests")
"""What a budget is in: one of them."""


def resolve_apps(models: Sequence[Model], settings: Settings) -> tuple[App, ...]:
    """In the order in which they are written; `models` has the default model first."""
    section = settings.data.get("apps", {})
    return tuple(_app(name, entry, models) for name, entry in section.items())


def app_keys_in(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every place of the section that names a variable."""
    for app, entry in data.get("apps", {}).items():
        if isinstance(entry["key"], str):
            yield ("apps", app, "key"), entry["key"]
        else:
            for index, name in enumerate(entry["key"]):
                yield ("apps", app, "key", index), name


def models_for(wanted: str, models: Sequence[Model]) -> tuple[Model, ...]:
    """Those that a name, an alias, `default` or a pattern stands for."""
    if wanted == DEFAULT:
        return tuple(models[:1])
    if "*" not in wanted:
        return tuple(m for m in models if wanted in (m.name, *m.aliases))
    return tuple(
        m
        for m in models
        if any(matches(wanted, n) for n in (m.name, *m.aliases))
        or ("*" in m.name and may_meet(wanted, m.name))
    )


def allowed_in(entry: Mapping[str, Any], models: Sequence[Model]) -> tuple[Model, ...]:
    """The models that an app may ask for, in the models' order."""
    if "models" not in entry:
        return tuple(models)
    named = {m.name for wanted in entry["models"] for m in models_for(wanted, models)}
    return tuple(m for m in models if m.name in named)


def _app(name: str, entry: Mapping[str, Any], models: Sequence[Model]) -> App:
    keys = [entry["key"]] if isinstance(entry["key"], str) else entry["key"]
    budget = entry.get("budget")
    return App(
        name=name,
        description=entry.get("description", ""),
        # The first is made with a new `.env`; the others hold only while somebody sets them.
        keys=tuple(EnvRef(k, is_ours=not i, may_be_empty=i > 0) for i, k in enumerate(keys)),
        models=tuple(model.name for model in allowed_in(entry, models)),
        default_model=_default(entry, models),
        limits=entry.get("limits", {}),
        budget=budget_of(budget) if budget is not None else None,
        expires=entry.get("expires"),
        globs=tuple(entry.get("models", ("*",))),
    )


def _default(entry: Mapping[str, Any], models: Sequence[Model]) -> str:
    """Its own; else the project's where it may use that, else the first that its list names."""
    if "default_model" in entry:
        return models_for(entry["default_model"], models)[0].name
    allowed = allowed_in(entry, models)
    if models[0] in allowed:
        return models[0].name
    named = (m for wanted in entry["models"] for m in asked_by_name(models_for(wanted, models)))
    return next(named).name


def budget_of(written: Mapping[str, Any]) -> Budget:
    """Of an app's `budget`, which names one unit; of several the first."""
    unit = next((unit for unit in UNITS if unit in written), UNITS[0])
    return Budget(unit, written.get(unit, 0), written["per"])
