"""A blueprint and an address in, what a client is told out."""

from __future__ import annotations

from gateway.clients.client import ClientModel, Connection
from gateway.model import Blueprint, GatewayError, Model


def connection_to(
    blueprint: Blueprint, wanted: str, *, url: str, key: str, key_name: str
) -> Connection:
    """`wanted` is a model, an alias or `default`. Raises GatewayError where it is none."""

    def named(name: str) -> ClientModel:
        model = blueprint.find(name)
        if model is None:
            raise GatewayError(
                f"`{name}` is not a model", f"there are: {', '.join(blueprint.names())}"
            )
        return _client_model(name, model)

    claude = blueprint.claude_code
    small = claude.routes.get("background") or claude.tiers.get("haiku") or wanted
    return Connection(
        url=url,
        key=key,
        key_name=key_name,
        model=named(wanted),
        small=named(small),
        tiers={tier: named(name) for tier, name in claude.tiers.items()},
        subagent=named(claude.routes["subagent"]) if "subagent" in claude.routes else None,
        names=blueprint.names(),
        total=max(model.timeouts.total for model in blueprint.models),
    )


def _client_model(name: str, model: Model) -> ClientModel:
    return ClientModel(
        name=name,
        mode=model.mode,
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        capabilities=model.capabilities,
    )
