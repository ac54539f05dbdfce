"""Prices: no price of LiteLLM's own list is called wrong, and every one is where it is for one token."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files

import pytest

from gateway.resolve.rules.prices import wrong_prices

_KEYS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
}
# LiteLLM's list has them a thousand times too high: 3,200 and 100 dollars for a million.
_THOUSANDFOLD = {
    "azure_ai/jais-30b-chat",
    "watsonx/core42/jais-13b-chat",
    "embed-multilingual-light-v3.0",
}


def real_prices() -> Iterator[tuple[str, str, Mapping[str, float]]]:
    """Name, mode, and the prices for a million tokens of every model in the pinned LiteLLM's list."""
    path = files("litellm").joinpath("model_prices_and_context_window_backup.json")
    for name, entry in json.loads(path.read_text("utf-8")).items():
        said = {key: entry.get(theirs) for key, theirs in _KEYS.items()}
        price = {key: float(value) * 1e6 for key, value in said.items() if value is not None}
        if price and name != "sample_spec":
            yield name, entry.get("mode") or "chat", price


def test_no_real_price_is_called_wrong() -> None:
    prices = list(real_prices())
    assert len(prices) > 3_000
    assert [(name, f) for name, mode, p in prices for f in wrong_prices(p, mode)] == []


def test_every_real_price_is_called_wrong_where_it_is_for_one_token() -> None:
    missed = set()
    for name, mode, price in real_prices():
        for_one = {key: value / 1e6 for key, value in price.items() if value}
        if {key for key, *_ in wrong_prices(for_one, mode)} != for_one.keys():
            missed.add(name)
    assert missed == _THOUSANDFOLD


@pytest.mark.parametrize(
    ("price", "key", "hint"),
    [
        ({"input": 0.0000003}, "input", "write `0.3`: prices are for a million tokens"),
        ({"output": 6e-4}, "output", "write `600`: prices are for a million tokens"),
        (
            {"cached_input": 1.1e-8},
            "cached_input",
            "write `0.011`: prices are for a million tokens",
        ),
        ({"input": 10_000}, "input", "write `0.01` if that is the price"),
        ({"input": 3, "output": 0.015}, "output", "write both for a million tokens"),
        ({"input": 0.1, "cached_input": 0.2}, "cached_input", None),
        ({"input": 0, "cached_input": 0.2}, "cached_input", None),
    ],
)
def test_what_is_wrong_is_named(price: dict[str, float], key: str, hint: str | None) -> None:
    ((at, message, said),) = wrong_prices(price, "chat")
    assert (at, said) == (key, hint)
    assert f"`price.{key}`" in message


@pytest.mark.parametrize(
    "price",
    [{}, {"input": 0}, {"input": 0, "output": 15}, {"input": 9_999.99}, {"cached_input": 0.001}],
)
def test_what_is_odd_and_not_wrong(price: dict[str, float]) -> None:
    assert list(wrong_prices(price, "chat")) == []
