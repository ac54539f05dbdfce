"""Models in, chains out: who is asked after whom, and the longest until the last one is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.diagnostics import Diagnostic, Severity
from gateway.model import Chain, Model
from gateway.resolve.durations import spelled

LONGEST_CHAIN = 20
"""Models in a chain: more is a mistake, and LiteLLM gives up before."""


def resolve_chains(models: Mapping[str, Model]) -> dict[str, Chain]:
    """A chain for every model, without cycles: a name that was asked is not asked again.

    A chain that is too long is cut one behind the longest that may be.
    """
    return {name: _chain(name, models) for name in models}


def _chain(name: str, models: Mapping[str, Model]) -> Chain:
    members = _members(name, models)
    earlier = [models[member] for member in members[:-1]]
    return Chain(
        members=members,
        unreachable=round(sum(_address_count(m) * m.timeouts.connect for m in earlier), 3),
        silent=round(sum(_key_count(m) * m.timeouts.silent for m in earlier), 3),
    )


def _members(name: str, models: Mapping[str, Model]) -> tuple[str, ...]:
    """A fallback's own fallbacks are asked before the next fallback: LiteLLM nests them."""
    members: dict[str, None] = {}
    waiting = [name]
    while waiting and len(members) <= LONGEST_CHAIN:
        member = waiting.pop()
        if member in models and member not in members:
            members[member] = None
            waiting.extend(reversed(models[member].fallbacks))
    return tuple(members)


def _address_count(model: Model) -> int:
    """How many addresses refuse a connection one after the other: a second key's is known by then."""
    return len({u.provider.api_base or u.provider.name for u in model.upstreams})


def _key_count(model: Model) -> int:
    """How many upstreams can be silent one after the other: a provider again for each key."""
    return len({(u.provider.name, u.api_key) for u in model.upstreams})


def find_long_chains(
    models: Mapping[str, Model], chains: Mapping[str, Chain]
) -> Iterator[Diagnostic]:
    """Chains of so many models that no client waits for the last."""
    for name, chain in chains.items():
        if len(chain.members) > LONGEST_CHAIN:
            fragment = models[name].fragment
            yield Diagnostic(
                "GW225",
                f"the chain of `{name}` has more than {LONGEST_CHAIN} models, fallbacks of fallbacks included",
                fragment.path,
                fragment.key_span(("fallbacks",)),
                "remove fallbacks from it, or from the models that it falls back to",
            )


def find_chains_over_budget(
    models: Mapping[str, Model], chains: Mapping[str, Chain]
) -> Iterator[Diagnostic]:
    """Chains that can take longer than their own budget to reach their last model."""
    for model in models.values():
        chain, budget = chains[model.name], model.failover_within
        if budget is None or len(chain.members) < 2:
            continue
        slowest = max(chain.unreachable, chain.silent)
        if slowest <= budget:
            continue
        fragment = model.fragment
        at = ("failover_within",) if "failover_within" in fragment.data else ("fallbacks",)
        waits = [models[m] for m in chain.members[:-1] if models[m].timeouts.first_token is None]
        hint = (
            f"set `timeouts.first_token` of `{waits[0].name}`: without it a silent upstream is "
            f"waited for {spelled(waits[0].timeouts.total)}"
            if waits
            else f"allow {spelled(slowest)}, or lower `timeouts.connect` and `timeouts.first_token`"
        )
        yield Diagnostic(
            "GW214",
            f"the chain of `{model.name}` can take {spelled(slowest)}, its budget is {spelled(budget)}",
            fragment.path,
            fragment.key_span(at),
            hint,
            Severity.WARNING,
        )
