"""A model in, diagnostics out about upstreams that its chain, or its own list, would ask twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Chain, Model, Path, Provider
from gateway.resolve.chains import LONGEST_CHAIN
from gateway.resolve.hosts import address_of
from gateway.resolve.rules.entries import entry_of
from gateway.yaml_text import shown

_Place = tuple[object, ...]


def find_repeated_upstreams(
    model: Model, models: Mapping[str, Model], chain: Chain
) -> Iterator[Diagnostic]:
    """Members of the chain that ask only where it has asked before.

    Two that stand in one branch are found when that branch's own chain is looked at.
    """
    ids = [name for member in chain.members for name in _upstream_models(models[member])]
    if len(set(ids)) == len(ids):
        return
    asked: dict[_Place, tuple[Model, Model | None]] = dict.fromkeys(_places(model), (model, None))
    seen = {model.name}
    for name in model.fallbacks:
        branch = models.get(name)
        if branch is None:
            continue
        for member in _members(branch, models, seen):
            places = _places(member)
            earlier = [asked.get(place) for place in places]
            for place in places:
                asked.setdefault(place, (member, branch))
            first = next((by for by in earlier if by and by[1] is not branch), None)
            if first and None not in earlier and member.mode == model.mode:
                yield _again(model, branch, member, first[0])


def _members(branch: Model, models: Mapping[str, Model], seen: set[str]) -> Iterator[Model]:
    """The fallback and those behind it, in the order of the chain, each name once."""
    waiting = [branch.name]
    while waiting and len(seen) <= LONGEST_CHAIN:
        name = waiting.pop()
        if name in models and name not in seen:
            seen.add(name)
            yield models[name]
            waiting.extend(reversed(models[name].fallbacks))


def _again(model: Model, branch: Model, member: Model, first: Model) -> Diagnostic:
    behind = "" if member is branch else f" behind fallback `{branch.name}`"
    key = next(key for key in ("model", "upstreams") if key in first.fragment.data)
    there = Related(first.fragment.path, first.fragment.key_span((key,)), "it is asked here first")
    return Diagnostic(
        "GW249",
        f"{'' if behind else 'fallback '}`{member.name}`{behind} asks the upstream of `{first.name}` again",
        model.fragment.path,
        model.fragment.value_span(entry_of(model, branch)),
        "name a model that is served elsewhere",
        Severity.WARNING,
        (there,),
    )


def find_repeated_places(model: Model) -> Iterator[Diagnostic]:
    """Items of `upstreams` that another provider's name hides to be one: same address, id and key."""
    items = model.fragment.data.get("upstreams", ())
    if len(items) < 2:
        return
    providers = {upstream.provider.name: upstream.provider for upstream in model.upstreams}
    asked: dict[_Place, int] = {}
    for index, item in enumerate(items):
        provider = providers[item["provider"]]
        places = [_place(provider, item["model"], key) for key in provider.api_keys or (None,)]
        earlier = [asked.get(place) for place in places]
        for place in places:
            asked.setdefault(place, index)
        first = earlier[0]
        if first is None or None in earlier or items[first]["provider"] == provider.name:
            continue
        if item.get("litellm") != items[first].get("litellm"):
            continue
        at: Path = ("upstreams", index)
        there = model.fragment.value_span(("upstreams", first))
        yield Diagnostic(
            "GW249",
            f"`{shown(item['model'])}` at `{provider.name}` is the upstream at "
            f"`{items[first]['provider']}` again",
            model.fragment.path,
            model.fragment.key_span(at),
            "remove it, or the second name of the provider",
            Severity.WARNING,
            (Related(model.fragment.path, there, "listed here"),),
        )


def _upstream_models(model: Model) -> set[str]:
    return {upstream.upstream_model for upstream in model.upstreams}


def _places(model: Model) -> set[_Place]:
    """Where a model asks. Other headers, body fields or raw settings are another upstream: an
    OpenRouter id with another `extra_body.provider` is served by somebody else."""
    asks = (model.headers, model.params.get("extra_body"), model.litellm)
    return {
        (
            *_place(upstream.provider, upstream.upstream_model, upstream.api_key),
            _hashable((*asks, upstream.litellm)),
        )
        for upstream in model.upstreams
    }


def _place(provider: Provider, upstream_model: str, key: object) -> _Place:
    """Two keys are two accounts, and so are two headers: the second may answer what the first did not."""
    address = address_of(provider.address) or provider.address
    more = (provider.headers, provider.litellm_params)
    return address, upstream_model, key, _hashable(more)


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(_hashable(item) for item in value)
    return value
