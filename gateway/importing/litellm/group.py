"""All entries of one `model_name` in, the model's fragment out, its upstreams weighed and ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.entry import Entry
from gateway.importing.litellm.numbers import duration
from gateway.importing.litellm.providers import Providers
from gateway.yaml_text import shown

_HIGHEST_WEIGHT = 1_000_000
_ALIKE = ("mode", "price", "capabilities")
# What stands in the fragment where all its upstreams say the same, else with each of them.
_SHARED = ("limits", "headers", "params", "raw")


def fragment_of(entries: Sequence[Entry], providers: Providers, ledger: Ledger) -> dict[str, Any]:
    """The fragment, without its fallbacks and aliases."""
    joined = _join_keys(_without_repeats(entries, ledger))
    first = joined[0]
    described = first.described
    fragment: dict[str, Any] = {}
    if described.description:
        fragment["description"] = described.description
    shared = {name: _shared([getattr(e, name) for e in joined]) for name in _SHARED}
    if not shared["headers"]:  # each provider then has its own
        joined = [replace(e, place=replace(e.place, headers=e.headers)) for e in joined]
    if len(joined) == 1:
        fragment["provider"] = providers.name_of(first.place)
        fragment["model"] = first.place.model
    else:
        fragment["upstreams"] = _upstreams(joined, shared, providers)
    if described.mode != "chat":
        fragment["mode"] = described.mode
    timeouts = [entry.timeout for entry in joined if entry.timeout is not None]
    if timeouts:
        fragment["timeouts"] = {"total": duration(max(timeouts))}
    windows = [e.described.context_window for e in joined if e.described.context_window is not None]
    longest = [e.described.max_output_tokens for e in joined if e.described.max_output_tokens]
    optional = {
        "limits": shared["limits"],
        "context_window": min(windows, default=None),
        "max_output_tokens": min(longest, default=None),
        "capabilities": list(described.capabilities),
        "price": dict(described.price),
        "headers": shared["headers"],
        "params": shared["params"],
        "litellm": shared["raw"],
    }
    _note_differences(joined, ledger)
    fragment.update({key: value for key, value in optional.items() if value})
    return fragment


def _join_keys(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that differ in nothing but their key are one upstream whose provider has several."""
    joined: dict[Any, Entry] = {}
    for entry in entries:
        place = entry.place
        rest = (
            *(place.prefix, place.api_base, place.model, str(sorted(place.raw.items()))),
            *(entry.weight, entry.order, entry.timeout, str((entry.limits, entry.headers))),
            str((entry.params, entry.raw)),
            None if place.keys else id(entry),
        )
        known = joined.get(rest)
        if known is None:
            joined[rest] = entry
        else:
            keys = tuple(dict.fromkeys([*(known.place.keys or ()), *(place.keys or ())]))
            joined[rest] = replace(known, place=known.place.with_keys(keys))
    return list(joined.values())


def _without_repeats(entries: Sequence[Entry], ledger: Ledger) -> list[Entry]:
    """An entry that stands there twice, word for word, has twice the share in LiteLLM; here it has one."""
    kept: list[Entry] = []
    for entry in entries:
        if any(_alike(entry, other) for other in kept):
            ledger.note(
                entry.at,
                f"`{shown(entry.name)}` has this deployment twice: carried over once",
                "give its upstream a `weight` if it shall have a larger share",
            )
            continue
        kept.append(entry)
    return kept


def _alike(one: Entry, other: Entry) -> bool:
    same = replace(one, at=other.at, described=other.described)
    return same == other and one.place == other.place


def _upstreams(
    entries: Sequence[Entry], shared: Mapping[str, Mapping[str, Any]], providers: Providers
) -> list[dict[str, Any]]:
    weights, orders = _weights(entries), _orders(entries)
    upstreams: list[dict[str, Any]] = []
    for entry, weight, order in zip(entries, weights, orders, strict=True):
        copy, taken = 0, {(u["provider"], u["model"]) for u in upstreams}
        while (name := providers.name_of(entry.place, copy), entry.place.model) in taken:
            copy += 1
        item: dict[str, Any] = {"provider": name, "model": entry.place.model}
        optional = {
            "weight": weight,
            "order": order,
            "limits": None if shared["limits"] else dict(entry.limits),
            "litellm": {
                **({} if shared["params"] else entry.params),
                **({} if shared["raw"] else entry.raw),
            },
        }
        upstreams.append({**item, **{key: value for key, value in optional.items() if value}})
    return upstreams


def _shared(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all of them say alike; nothing where one says something else."""
    return dict(values[0]) if all(value == values[0] for value in values) else {}


def _weights(entries: Sequence[Entry]) -> list[int | None]:
    """Whole numbers in the same relation. LiteLLM never picks a weight of 0 or none beside others."""
    written = [entry.weight for entry in entries]
    if not any(written):
        return [None] * len(entries)
    fractions = [Fraction(weight or 0) for weight in written]
    scale = lcm(*(fraction.denominator for fraction in fractions))
    whole = [int(fraction * scale) for fraction in fractions]
    largest = max(whole)
    if largest > _HIGHEST_WEIGHT:
        whole = [weight * _HIGHEST_WEIGHT // largest for weight in whole]
    if any(entry.order is not None for entry in entries) or all(whole):
        return [max(weight, 1) for weight in whole]
    return [weight or None for weight in whole]


def _orders(entries: Sequence[Entry]) -> list[int | None]:
    """Those without an order are asked last; so are those whose weight is 0 beside others."""
    given = [entry.order for entry in entries if entry.order is not None]
    if given:
        last = max(given) + 1
        return [last if entry.order is None else entry.order for entry in entries]
    weights = [entry.weight or Decimal(0) for entry in entries]
    if any(weights) and not all(weights):
        return [1 if weight else 2 for weight in weights]
    return [None] * len(entries)


def _note_differences(entries: Sequence[Entry], ledger: Ledger) -> None:
    first = entries[0].described
    for other in entries[1:]:
        pairs = [
            ("timeout", entries[0].timeout, other.timeout),
            *((what, getattr(first, what), getattr(other.described, what)) for what in _ALIKE),
        ]
        for what, one, another in pairs:
            if one != another:
                ledger.note(
                    other.at,
                    f"`{what}` of this deployment differs from the first one's of "
                    f"`{shown(other.name)}`: a model has one",
                )
