"""Fragments in, diagnostics out about where they are served: shares, places that stand twice, ids, modes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.fix import RemoveItem, WriteValue
from gateway.model import Fragment, Model, Path
from gateway.yaml_text import shown

# Prefixes of one maker's own API, where no model's id starts with the prefix again. Not `groq`
# (which serves `groq/compound`), and not those that pass other makers' ids on.
_NATIVE = frozenset(
    (
        *("anthropic", "azure", "bedrock", "cerebras", "cohere"),
        *("deepseek", "gemini", "mistral", "vertex_ai", "xai"),
    )
)


def find_upstream_mistakes(fragment: Fragment) -> Iterator[Diagnostic]:
    """Upstreams of which only some have a share or a place in the order, and those that stand twice."""
    items: Sequence[Mapping[str, Any]] = fragment.data.get("upstreams", ())
    orders = {item.get("order") for item in items}
    if None in orders and len(orders) > 1:
        yield _incomplete(
            "order", fragment, next(i for i, u in enumerate(items) if "order" not in u)
        )
    for order in orders:  # weights are compared among upstreams that are asked at the same time
        together = [index for index, item in enumerate(items) if item.get("order") == order]
        missing = [index for index in together if "weight" not in items[index]]
        if missing and len(missing) < len(together):
            yield _incomplete("weight", fragment, missing[0])
    first: dict[tuple[str, str], int] = {}
    for index, item in enumerate(items):
        place = (item["provider"], item["model"])
        if first.setdefault(place, index) != index:
            there = fragment.value_span(("upstreams", first[place]))
            yield Diagnostic(
                "GW109",
                f"`{shown(place[1])}` at `{shown(place[0])}` is listed twice",
                fragment.path,
                fragment.key_span(("upstreams", index)),
                "remove it; `weight` gives an upstream more requests",
                related=(Related(fragment.path, there, "listed here"),),
                fix=RemoveItem(("upstreams", index)) if item == items[first[place]] else None,
            )


def _incomplete(key: str, fragment: Fragment, index: int) -> Diagnostic:
    return Diagnostic(
        "GW231",
        f"this upstream has no `{key}`, others have one",
        fragment.path,
        fragment.key_span(("upstreams", index)),
        f"give every upstream {'a weight' if key == 'weight' else 'an order'}, or none",
    )


def find_repeated_prefixes(
    fragments: Iterable[Fragment], providers: Mapping[str, Mapping[str, Any]]
) -> Iterator[Diagnostic]:
    """Ids that start with the provider's prefix, which LiteLLM takes off once and we put before."""
    for fragment in fragments:
        for path, item in _places(fragment):
            prefix = providers.get(item["provider"], {}).get("litellm")
            if prefix in _NATIVE and item["model"].startswith(f"{prefix}/"):
                at = (*path, "model")
                fix = WriteValue(at, item["model"].removeprefix(f"{prefix}/"))
                yield Diagnostic(
                    "GW235",
                    f"the id repeats the provider's prefix `{prefix}/`",
                    fragment.path,
                    fragment.value_span(at),
                    f"write `{shown(str(fix.value))}`",
                    Severity.WARNING,
                    fix=fix,
                )


def _places(fragment: Fragment) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if "upstreams" not in fragment.data:
        yield (), fragment.data
    for index, item in enumerate(fragment.data.get("upstreams", ())):
        yield ("upstreams", index), item


def find_shared_modes(models: Iterable[Model]) -> Iterator[Diagnostic]:
    """Models of mode `responses` whose upstream id another model asks for in another mode."""
    by_id: dict[tuple[str, str], dict[str, Model]] = {}
    for model in models:
        for upstream in model.upstreams:
            same = by_id.setdefault((upstream.provider.litellm, upstream.upstream_model), {})
            same.setdefault(model.name, model)
    reported: set[tuple[str, str]] = set()
    for (prefix, upstream_model), same in by_id.items():
        for model in (m for m in same.values() if m.mode == "responses"):
            other = next((m for m in same.values() if m.mode != "responses"), None)
            if other is None or (model.name, other.name) in reported:
                continue
            reported.add((model.name, other.name))
            yield Diagnostic(
                "GW230",
                f"`{shown(prefix)}/{shown(upstream_model)}` is for responses here, in `{other.name}` for {other.mode}",
                model.fragment.path,
                model.fragment.value_span(("mode",)),
                "give both models one `mode`: LiteLLM keeps one for each upstream id",
                Severity.WARNING,
                related=(Related(other.fragment.path, _place_of(other), "the other is here"),),
            )


def _place_of(model: Model) -> Any:
    fragment = model.fragment
    return fragment.key_span(
        next((key,) for key in ("mode", "model", "upstreams") if key in fragment.data)
    )
