"""A sound fragment × settings in, a model out: its upstreams, its timeouts, its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Fragment, Model, Provider, Settings, Timeouts, Upstream
from gateway.resolve.durations import seconds
from gateway.resolve.providers import with_references

_CONNECT, _TOTAL = "1s", "10m"


def resolve_model(
    fragment: Fragment,
    settings: Settings,
    providers: Mapping[str, Provider],
    names: Mapping[str, str],
) -> Model:
    """`names` maps every name and alias to its model's name: fallbacks come out as models' names."""
    data = fragment.data

    def targets(key: str) -> tuple[str, ...]:
        found = (names[name] for name in data.get(key, ()) if name in names)
        return tuple(dict.fromkeys(found))

    return Model(
        name=fragment.name,
        fragment=fragment,
        description=data.get("description", ""),
        mode=data.get("mode", "chat"),
        aliases=tuple(data.get("aliases", ())),
        upstreams=_upstreams(fragment, providers),
        fallbacks=targets("fallbacks"),
        context_window_fallbacks=targets("context_window_fallbacks"),
        content_policy_fallbacks=targets("content_policy_fallbacks"),
        timeouts=_timeouts(data, settings),
        failover_within=_within(data, settings),
        context_window=data.get("context_window"),
        max_output_tokens=data.get("max_output_tokens"),
        capabilities=tuple(data["capabilities"]) if "capabilities" in data else None,
        limits=data.get("limits", {}),
        price=data.get("price", {}),
        headers=with_references(data.get("headers", {})),
        params=with_references(data.get("params", {})),
        litellm=with_references(data.get("litellm", {})),
    )


def _upstreams(fragment: Fragment, providers: Mapping[str, Provider]) -> tuple[Upstream, ...]:
    """One for each provider and key.

    The runtime leaves LiteLLM one key of each provider to choose among, so that the share of an
    upstream does not grow with its keys.
    """
    written = fragment.data.get("upstreams") or (fragment.data,)
    found: list[Upstream] = []
    for item in written:
        provider = providers[item["provider"]]
        for key in provider.keys or (None,):
            upstream_id = f"{fragment.name}@{provider.name}"
            taken = sum(other.id.split("#")[0] == upstream_id for other in found)
            found.append(
                Upstream(
                    id=f"{upstream_id}#{taken + 1}" if taken else upstream_id,
                    model=fragment.name,
                    provider=provider,
                    upstream_model=item["model"],
                    key=key,
                    weight=item.get("weight"),
                    order=item.get("order"),
                    limits=item.get("limits", {}),
                    litellm=with_references(item.get("litellm", {})),
                )
            )
    return tuple(found)


def _timeouts(data: Mapping[str, Any], settings: Settings) -> Timeouts:
    own = data.get("timeouts", {})
    shared = settings.data.get("timeouts", {})
    connect = own.get("connect") or settings.data.get("failover", {}).get("connect", _CONNECT)
    first_token = own.get("first_token") or shared.get("first_token")
    total = own.get("total") or shared.get("total", _TOTAL)
    return Timeouts(seconds(connect), seconds(first_token) if first_token else None, seconds(total))


def _within(data: Mapping[str, Any], settings: Settings) -> float | None:
    written = data.get("failover_within") or settings.data.get("failover", {}).get("within")
    return seconds(written) if written else None
