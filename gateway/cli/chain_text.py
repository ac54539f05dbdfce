"""A blueprint in, text about its models and chains out: shared by models, explain, status and up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gateway.cli.routes_text import routes_data
from gateway.model import Blueprint, Model, ProviderKey, Upstream
from gateway.resolve.patterns import with_name
from gateway.resolve.wanted import model_named


def models_text(blueprint: Blueprint) -> str:
    """`qwen3.5-local → qwen3.5    azerty, …`: a line for each model, the default marked with `*`."""
    rows = []
    for model in blueprint.models:
        mark = "*" if model.name == blueprint.default_model else " "
        chain = " → ".join(blueprint.chains[model.name].members)
        mode = "" if model.mode == "chat" else f"{model.mode}; "
        providers = ", ".join(dict.fromkeys(u.provider.name for u in model.upstreams))
        aliases = f" (also {', '.join(model.aliases)})" if model.aliases else ""
        bounds = "".join(f"; {' '.join(each.split())}" for each in _bounds(model))
        rows.append((f"{mark} {chain}", f"{mode}{providers}{aliases}{bounds}"))
    width = max(len(first) for first, _ in rows)
    return "".join(f"{first:<{width}}  {second}\n" for first, second in rows)


def models_json(blueprint: Blueprint) -> str:
    return (
        json.dumps(
            {
                "format_version": "1.0",
                "models": models_data(blueprint),
                "claude_code": routes_data(blueprint),
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def models_data(blueprint: Blueprint) -> list[dict[str, Any]]:
    return [
        {
            "name": model.name,
            "description": model.description,
            "default": model.name == blueprint.default_model,
            "mode": model.mode,
            "aliases": list(model.aliases),
            "chain": list(blueprint.chains[model.name].members),
            "upstreams": [
                {
                    "id": upstream.id,
                    "provider": upstream.provider.name,
                    "model": upstream.upstream_model,
                    "api_base": upstream.provider.written_address,
                    "api_key": upstream.api_key.name if upstream.api_key else None,
                }
                for upstream in model.upstreams
            ],
        }
        for model in blueprint.models
    ]


def model_text(blueprint: Blueprint, name: str) -> str:
    """What happens to a request for `name`. Raises GatewayError where it is no model."""
    blueprint = with_name(blueprint, name)
    model = model_named(blueprint, name)
    by_name = {m.name: m for m in blueprint.models}
    chain = blueprint.chains[model.name]
    lines = [f"{model.name}: {model.description}" if model.description else model.name]
    if model.aliases:
        lines.append(f"  also        {', '.join(model.aliases)}")
    lines.append(f"  written in  {model.fragment.path}")
    lines += [f"  {each}" for each in _bounds(model)]
    for place, member in enumerate(chain.members, 1):
        lines.extend(_member_lines(by_name[member], place))
    if len(chain.members) > 1:
        lines.append(
            f"  {chain.members[-1]} is asked after at most {chain.unreachable:g}s where the others do not"
        )
        lines.append(f"  accept a connection, {chain.silent:g}s where they accept and say nothing")
    return "\n".join(lines) + "\n"


def _bounds(model: Model) -> list[str]:
    """Of a pattern: what it serves; of a model that it serves nothing."""
    said = model.fragment.data
    return [f"{key:<10}  {', '.join(said[key])}" for key in ("allow", "deny") if key in said]


def _key_lines(keys: Sequence[ProviderKey]) -> list[str]:
    """In the order in which they are used where only one can be."""
    lines = []
    for key in sorted(keys, key=lambda key: key.priority):
        facts = []
        if len({key.priority for key in keys}) > 1:
            facts.append(f"priority {key.priority}")
        if len({key.weight for key in keys}) > 1:
            facts.append(f"weight {key.weight}")
        facts += [f"{name} {value}" for name, value in key.limits.items()]
        lines.append(f"{key.variable.name}: {', '.join(facts)}" if facts else key.variable.name)
    return lines


def _member_lines(model: Model, place: int) -> list[str]:
    lines = [f"  {place}. {model.name}"]
    places: dict[tuple[str, str], list[Upstream]] = {}
    for upstream in model.upstreams:
        places.setdefault((upstream.provider.name, upstream.upstream_model), []).append(upstream)
    for same in places.values():
        provider, keys = same[0].provider, [each.key for each in same if each.key]
        said = keys[0].variable.name if len(keys) == 1 else f"{len(keys)} keys, {provider.rotation}"
        lines.append(
            f"     {provider.name}: {same[0].upstream_model} at {provider.address} "
            f"({said if keys else 'no key'})"
        )
        if len(keys) > 1:
            lines.extend(f"       {line}" for line in _key_lines(keys))
    timeouts = model.timeouts
    first = "no limit" if timeouts.first_token is None else f"{timeouts.first_token:g}s"
    gap = timeouts.between_chunks
    between = "" if gap is None else f", between chunks {gap:g}s"
    lines.append(
        f"     connect {timeouts.connect:g}s, first token {first}{between}, total {timeouts.total:g}s"
    )
    return lines
