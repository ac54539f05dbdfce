"""A blueprint in, text about its models and chains out: shared by models, explain, status and up."""

from __future__ import annotations

import json
from typing import Any

from gateway.cli.routes_text import routes_data
from gateway.model import Blueprint, Model
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
        rows.append((f"{mark} {chain}", f"{mode}{providers}{aliases}"))
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
    model = model_named(blueprint, name)
    by_name = {m.name: m for m in blueprint.models}
    chain = blueprint.chains[model.name]
    lines = [f"{model.name}: {model.description}" if model.description else model.name]
    if model.aliases:
        lines.append(f"  also        {', '.join(model.aliases)}")
    lines.append(f"  written in  {model.fragment.path}")
    for place, member in enumerate(chain.members, 1):
        lines.extend(_member_lines(by_name[member], place))
    if len(chain.members) > 1:
        lines.append(
            f"  {chain.members[-1]} is asked after at most {chain.unreachable:g}s where the others do not"
        )
        lines.append(f"  accept a connection, {chain.silent:g}s where they accept and say nothing")
    return "\n".join(lines) + "\n"


def _member_lines(model: Model, place: int) -> list[str]:
    lines = [f"  {place}. {model.name}"]
    for upstream in model.upstreams:
        key = upstream.api_key.name if upstream.api_key else "no key"
        provider = upstream.provider
        lines.append(
            f"     {provider.name}: {upstream.upstream_model} at {provider.address} ({key})"
        )
    timeouts = model.timeouts
    first = "no limit" if timeouts.first_token is None else f"{timeouts.first_token:g}s"
    lines.append(
        f"     connect {timeouts.connect:g}s, first token {first}, total {timeouts.total:g}s"
    )
    return lines
