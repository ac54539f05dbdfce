"""Weights in, diagnostics out about those that nothing compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Model, Settings
from gateway.resolve.rules.entries import LISTED, listed

# The only strategy of LiteLLM 1.106.2 that reads weights; the default.
_READS_WEIGHTS = "simple-shuffle"
_STRATEGY = ("litellm", "router_settings", "routing_strategy")


def find_lonely_weights(model: Model) -> Iterator[Diagnostic]:
    """Different weights of upstreams that each stand alone in their `order`: all requests go to the first."""
    items = model.fragment.data.get("upstreams", ())
    if len({item["weight"] for item in items if "weight" in item}) < 2:
        return
    together = Counter(item.get("order") for item in items)
    if max(together.values()) > 1:
        return
    index = next(index for index, item in enumerate(items) if "weight" in item)
    yield Diagnostic(
        "GW253",
        f"the weights of `{model.name}` share nothing: each upstream is alone in its `order`",
        model.fragment.path,
        model.fragment.key_span(("upstreams", index, "weight")),
        "remove the weights, or give upstreams that share requests one `order`",
        Severity.WARNING,
    )


def find_unread_weights(models: Iterable[Model], settings: Settings) -> Iterator[Diagnostic]:
    """A `routing_strategy` that does not look at the weights that models have. Said once, at the strategy."""
    raw = settings.data.get("litellm", {}).get("router_settings", {})
    strategy = raw.get("routing_strategy", _READS_WEIGHTS)
    if strategy == _READS_WEIGHTS:
        return
    weighed = [model for model in models if _has_shares(model)]
    if not weighed:
        return
    have = "has" if len(weighed) == 1 else "have"
    yield Diagnostic(
        "GW253",
        f"this `routing_strategy` does not read weights, and {listed(weighed)} {have} some",
        settings.path,
        settings.value_span(_STRATEGY),
        f"remove it (`{_READS_WEIGHTS}` reads them), or the weights",
        Severity.WARNING,
        tuple(
            Related(m.fragment.path, m.fragment.key_span(("upstreams",)), "weights are here")
            for m in weighed[:LISTED]
        ),
    )


def _has_shares(model: Model) -> bool:
    return len({item.get("weight") for item in model.fragment.data.get("upstreams", ())}) > 1
