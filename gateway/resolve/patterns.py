"""Fragments that serve every model of a provider in: what their pattern is, and a fragment for each name
of theirs that the project itself mentions, out.

A name that is mentioned becomes a model like any other: it can stand in chains, routes, apps and lists.
The others are known when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import App, Blueprint, Fragment, Model, Settings, Upstream
from gateway.resolve.names import is_pattern
from gateway.runtime.model_patterns import Pattern, Patterns, glob_has

_MENTIONS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


def mentioned_models(fragments: Sequence[Fragment], settings: Settings) -> list[Fragment]:
    """A fragment for each name that a pattern serves, no fragment has, and the project mentions."""
    by_name = {f.name: f for f in fragments if is_pattern(f)}
    if not by_name:
        return []
    patterns = patterns_of({name: fragment.data for name, fragment in by_name.items()})
    taken = {name for f in fragments for name in (f.name, *f.data.get("aliases", ()))}
    wanted = dict.fromkeys(_mentions(fragments, settings.data))
    served = ((name, patterns.serving(name)) for name in wanted if name not in taken)
    return [_one_of(by_name[p.name], p, name) for name, p in served if p is not None]


def patterns_data(blueprint: Blueprint) -> list[dict[str, Any]]:
    """What the running stack knows of them; the longest first."""
    data = [
        {
            **_data_of(model.name, model.fragment.data),
            "fallbacks": list(blueprint.chains[model.name].members[1:]),
        }
        for model in blueprint.models
        if is_pattern(model.fragment) and "*" in model.name
    ]
    return sorted(data, key=lambda each: (-len(each["name"]), each["name"]))


def patterns_section(blueprint: Blueprint) -> dict[str, Any]:
    """The same under its key, where there are any."""
    data = patterns_data(blueprint)
    return {"patterns": data} if data else {}


def with_name(blueprint: Blueprint, name: str) -> Blueprint:
    """The blueprint with a model for `name`, where a pattern alone serves it; else as it is."""
    if blueprint.find(name) is not None:
        return blueprint
    pattern = Patterns.from_data(patterns_data(blueprint)).serving(name)
    if pattern is None:
        return blueprint
    model = next(m for m in blueprint.models if m.name == pattern.name)
    rest = pattern.rest_of(name) or ""
    fragment = _one_of(model.fragment, pattern, name)
    one = replace(
        model,
        name=name,
        fragment=fragment,
        upstreams=tuple(_upstream(each, name, rest) for each in model.upstreams),
    )
    chain = blueprint.chains[model.name]
    chains = {**blueprint.chains, name: replace(chain, members=(name, *chain.members[1:]))}
    return replace(blueprint, models=(*blueprint.models, one), chains=chains)


def why_denied(blueprint: Blueprint, name: str) -> str | None:
    """What a pattern says against a name that it has; None where none has it, or one serves it."""
    pattern = Patterns.from_data(patterns_data(blueprint)).for_name(name)
    why = pattern.refusal(name) if pattern is not None else None
    return (
        None
        if pattern is None or why is None
        else f"the pattern `{pattern.name}` has it, and {why}"
    )


def may_use(blueprint: Blueprint, app: App, name: str) -> bool:
    """Whether an app may ask for a name: of a model of its own, or of a pattern's that its list has."""
    model = blueprint.find(name)
    if model is not None and model.name in app.models:
        return True
    pattern = Patterns.from_data(patterns_data(blueprint)).serving(name)
    is_its = pattern is not None and pattern.name in app.models
    return is_its and any(glob_has(glob, name) for glob in app.globs)


def asked_by_name(models: Iterable[Model]) -> list[Model]:
    """Models whose name somebody can ask for."""
    return [model for model in models if "*" not in model.name]


def _upstream(upstream: Upstream, name: str, rest: str) -> Upstream:
    upstream_id = upstream.id.replace(upstream.model, name, 1)
    upstream_model = upstream.upstream_model[:-1] + rest
    return replace(upstream, id=upstream_id, model=name, upstream_model=upstream_model)


def patterns_of(fragments: Mapping[str, Mapping[str, Any]]) -> Patterns:
    """What fragments' data, by name, are as patterns; their fallbacks are not looked at."""
    return Patterns.from_data(_data_of(name, data) for name, data in fragments.items())


def data_for(data: Mapping[str, Any], rest: str) -> dict[str, Any]:
    """A pattern's data with `rest` in the place of each id's `*`, and no `allow` and `deny`."""
    one = {key: value for key, value in data.items() if key not in ("allow", "deny")}
    if "model" in data:
        one["model"] = data["model"][:-1] + rest
    if "upstreams" in data:
        one["upstreams"] = [
            {**item, "model": item["model"][:-1] + rest} for item in data["upstreams"]
        ]
    return one


def _data_of(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    items = data.get("upstreams") or (data,)
    return {
        "name": name,
        "allow": list(data.get("allow", ())),
        "deny": list(data.get("deny", ())),
        "mode": data.get("mode", "chat"),
        "ids": {item["provider"].casefold(): item["model"] for item in items},
        "fallbacks": [],
    }


def _one_of(fragment: Fragment, pattern: Pattern, name: str) -> Fragment:
    """The fragment that somebody would have written for this name alone; its findings stand in the
    pattern's."""
    data = {**data_for(fragment.data, pattern.rest_of(name) or ""), "name": name}
    # A chain may come back to this very name: it does not fall back to itself.
    for key in _MENTIONS:
        if name in data.get(key, ()):
            data[key] = [other for other in data[key] if other != name]
    return replace(fragment, name=name, data=data)


def _mentions(fragments: Iterable[Fragment], settings: Mapping[str, Any]) -> Iterator[str]:
    """Every text of the project that names a model."""
    yield settings["default_model"]
    claude = settings.get("claude_code", {})
    for section in ("tiers", "routes"):
        yield from claude.get(section, {}).values()
    for rule in claude.get("rules", ()):
        yield rule["model"]
    for app in settings.get("apps", {}).values():
        yield from app.get("models", ())
        if "default_model" in app:
            yield app["default_model"]
    for fragment in fragments:
        for key in _MENTIONS:
            yield from fragment.data.get(key, ())
