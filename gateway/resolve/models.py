"""A sound fragment × settings in, a model out: its upstreams, its timeouts, its names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import Fragment, Model, Provider, Settings, Timeouts, Upstream
from gateway.resolve.durations import seconds
from gateway.resolve.output_tokens import output_tokens
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
    upstreams = _upstreams(fragment, settings, providers)

    def targets(key: str) -> tuple[str, ...]:
        found = (names[name] for name in data.get(key, ()) if name in names)
        return tuple(dict.fromkeys(found))

    return Model(
        name=fragment.name,
        fragment=fragment,
        description=data.get("description", ""),
        mode=data.get("mode", "chat"),
        aliases=tuple(data.get("aliases", ())),
        upstreams=upstreams,
        fallbacks=targets("fallbacks"),
        context_window_fallbacks=targets("context_window_fallbacks"),
        content_policy_fallbacks=targets("content_policy_fallbacks"),
        timeouts=_longest([upstream.timeouts for upstream in upstreams]),
        failover_within=_within(data, settings),
        context_window=data.get("context_window"),
        max_output_tokens=_longest_answer(data, upstreams),
        capabilities=tuple(data["capabilities"]) if "capabilities" in data else None,
        limits=data.get("limits", {}),
        price=data.get("price", {}),
        headers=with_references(data.get("headers", {})),
        params=with_references(data.get("params", {})),
        litellm=with_references(data.get("litellm", {})),
    )


def _upstreams(
    fragment: Fragment, settings: Settings, providers: Mapping[str, Provider]
) -> tuple[Upstream, ...]:
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
                    timeouts=_timeouts(fragment.data, provider.name, settings),
                    weight=item.get("weight"),
                    order=item.get("order"),
                    limits=item.get("limits", {}),
                    litellm=with_references(item.get("litellm", {})),
                    output_tokens=output_tokens(
                        fragment.data, settings.data["providers"][provider.name]
                    ),
                )
            )
    return tuple(found)


def _longest_answer(data: Mapping[str, Any], upstreams: Sequence[Upstream]) -> int | None:
    """Its own, else what every upstream that says one may be asked for."""
    said = [u.output_tokens["max"] for u in upstreams if "max" in u.output_tokens]
    return data.get("max_output_tokens") or min(said, default=None)


def _timeouts(data: Mapping[str, Any], provider: str, settings: Settings) -> Timeouts:
    """The fragment's own win over its provider's, and those over what holds for all."""
    shared = settings.data.get("timeouts", {})
    connect = settings.data.get("failover", {}).get("connect", _CONNECT)
    of_provider = settings.data["providers"][provider].get("timeouts", {})
    said = {
        "connect": connect,
        "total": _TOTAL,
        **shared,
        **of_provider,
        **data.get("timeouts", {}),
    }
    bounds = {name: seconds(value) for name, value in said.items()}
    return Timeouts(
        connect=bounds["connect"],
        first_token=bounds.get("first_token"),
        total=bounds["total"],
        between_chunks=bounds.get("between_chunks"),
    )


def _longest(timeouts: Sequence[Timeouts]) -> Timeouts:
    def unless_unbounded(bounds: Sequence[float | None]) -> float | None:
        known = [bound for bound in bounds if bound is not None]
        return max(known) if len(known) == len(bounds) else None

    return Timeouts(
        connect=max(each.connect for each in timeouts),
        first_token=unless_unbounded([each.first_token for each in timeouts]),
        total=max(each.total for each in timeouts),
        between_chunks=unless_unbounded([each.between_chunks for each in timeouts]),
    )


def _within(data: Mapping[str, Any], settings: Settings) -> float | None:
    written = data.get("failover_within") or settings.data.get("failover", {}).get("within")
    return seconds(written) if written else None
