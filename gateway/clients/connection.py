"""A blueprint and an address in, what a client is told out."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.clients.client import ClientModel, Connection
from gateway.model import App, Blueprint, GatewayError, Model
from gateway.resolve.names import DEFAULT
from gateway.resolve.patterns import asked_by_name, may_use, with_name
from gateway.resolve.wanted import model_named

_GRACE = 10.0
"""Seconds that a client waits longer than the gateway, so that the gateway's own error arrives."""


def connection_to(  # noqa: PLR0913 - what there is, what is wanted, and how it is reached
    blueprint: Blueprint,
    wanted: str,
    *,
    url: str,
    key: str,
    key_name: str,
    key_command: tuple[str, ...] = (),
    any_mode: bool = False,
    app: App | None = None,
) -> Connection:
    """`wanted` is a model, an alias or `default`; one that chats, unless `any_mode`, and that `app` may
    use, where the key is an app's.

    Raises GatewayError where it is none.
    """

    blueprint = _knowing(blueprint, wanted)

    def named(name: str) -> ClientModel:
        return _client_model(name, model_named(blueprint, name))

    def may(name: str) -> bool:
        return app is None or may_use(blueprint, app, name)

    if app is not None and wanted == DEFAULT:
        wanted = app.default_model
    model, own = named(wanted), tuple(filter(may, blueprint.names()))
    if not may(wanted):
        raise _not_its(app, wanted, own)
    if model.mode != "chat" and not any_mode:
        raise GatewayError(
            f"`{wanted}` is not a chat model (its mode is {model.mode})",
            f"there are: {', '.join(m.name for m in asked_by_name(blueprint.models) if m.mode == 'chat')}",
        )
    claude = blueprint.claude_code
    small = claude.routes.get("background") or claude.tiers.get("haiku") or wanted
    subagent = claude.routes.get("subagent")
    return Connection(
        url=url,
        key=key,
        key_name=key_name,
        model=model,
        small=named(small if may(small) else wanted),
        tiers={tier: named(name) for tier, name in claude.tiers.items() if may(name)},
        subagent=named(subagent) if subagent and may(subagent) else None,
        models=tuple(map(named, own)),
        total=_longest(blueprint) + _GRACE,
        key_command=key_command,
        app=app.name if app else "",
    )


def _knowing(blueprint: Blueprint, wanted: str) -> Blueprint:
    """The blueprint with a model for `wanted`, where a pattern serves it."""
    if "*" in wanted:
        hint = "`*` stands for the model's own id"
        raise GatewayError(f"`{wanted}` is a pattern: name one of its models", hint)
    return with_name(blueprint, wanted)


def _not_its(app: App | None, wanted: str, own: Sequence[str]) -> GatewayError:
    whose = app.name if app else ""
    return GatewayError(f"the app `{whose}` may not use `{wanted}`", f"there are: {', '.join(own)}")


def _longest(blueprint: Blueprint) -> float:
    """Of every chain: all members but the last accept a connection and say nothing, the last is slow."""
    total = {model.name: model.timeouts.total for model in blueprint.models}
    return max(chain.silent + total[chain.members[-1]] for chain in blueprint.chains.values())


def _client_model(name: str, model: Model) -> ClientModel:
    return ClientModel(
        name=name,
        mode=model.mode,
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        capabilities=model.capabilities,
    )
